"""Write a month of PostgreSQL's largest tables into Parquet files, and take it out of the database.

What is still open stays: it is carried to the month that is open now. The files are written first, from one
snapshot, while everything goes on; then the month is taken out in one short transaction, which is refused if
anything in it has changed meanwhile.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select, text

from benefits import NewAct, Officer, lock_rulebook_exclusive, read_seal_gap, record_act
from benefits.reporting.archived_sums import ArchivedSums
from benefits.tables.rulebook import rule_acts
from core.civil_time import civil_date
from core.faults import FaultError
from events.archiving.archived_files import (
    ARCHIVE_FAULTS,
    ARCHIVED_TABLES,
    ArchivedFile,
    list_archived_files,
    month_name,
    record_archived_files,
)
from events.archiving.open_rows import OpenRows, find_open_rows, has_reopened, mark_open_benefits, open_row
from events.archiving.parquet_files import write_rows
from store import Database, outbox
from store.monthly_tables import (
    MONTHLY_TABLES,
    MonthlyPartition,
    detach_partitions,
    drop_partitions,
    hold_months,
    list_partitions,
    lock_months,
    partition_name,
)

ARCHIVE_SUBJECT = "months"  # of the act, in place of a rule id
# Of each table the member whom a row is about, and what that takes.
_OWNERS: Mapping[str, tuple[str, str]] = {
    "inbox": (
        "coalesce(j.member_id, '')",
        "LEFT JOIN {journal} AS j ON j.source = p.source AND j.event_id = p.id",
    ),
    "decisions": ("p.member_id", ""),
    "postings": (
        "coalesce(g.member_id, '')",
        "LEFT JOIN transactions AS t ON t.id = p.transaction_id LEFT JOIN grants AS g ON g.id = t.grant_id",
    ),
    "journal": ("p.member_id", ""),
}
_OF_MOVES = ("t.kind", "t.occurred_on", "g.rule_id", "g.granted_on")  # what sums need beside a posting
_ORDER = {"inbox": "p.source, p.id", "decisions": "p.id", "postings": "p.sequence", "journal": "p.sequence"}
_WITH_TIME = ("inbox", "decisions", "postings")  # the journal's rows are written with those of the inbox
_TELL_EVERY = 1_000  # rows
ProgressCallback = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class ArchivedMonth:
    """A month that was taken out of the database: its files, and how many rows stayed because they are open."""

    month: date
    files: tuple[ArchivedFile, ...]

    @property
    def row_count(self) -> int:
        return sum(one.row_count for one in self.files)

    @property
    def carried_count(self) -> int:
        return sum(one.carried_count for one in self.files)


@dataclass(frozen=True, slots=True)
class _Month:
    """A month with the partitions of all tables, and the first day of the month that followed."""

    month: date
    until: date
    partitions: tuple[MonthlyPartition, ...]

    @property
    def names(self) -> dict[str, str]:
        return {table: partition_name(table, self.month) for table in MONTHLY_TABLES}


def find_months_to_archive(connection: Connection, before: date) -> list[date]:
    """Return the months in the database that ended before a day, the earliest first; the open month stays."""
    return [one.month for one in _months(list_partitions(connection)) if one.until <= before]


def _months(partitions: Sequence[MonthlyPartition]) -> Iterator[_Month]:
    months = sorted({one.month for one in partitions})
    for month, until in pairwise(months):
        yield _Month(month, until, tuple(one for one in partitions if one.month == month))


def archive_month(
    database: Database,
    folder: Path,
    month: date,
    officer: Officer,
    tell: ProgressCallback = lambda _: None,
) -> ArchivedMonth:
    """Write a month's files into a folder, then take the month out of the database.

    ``tell`` receives how many rows are written. An interruption leaves the database as it was.

    *Raises*: FaultError if the month has unsealed rows, is in use, or changed meanwhile.
    """
    officer.require_reason()
    sums = ArchivedSums()
    with database.read() as connection:
        hold_months(connection)
        found = _find_month(connection, month)
        _check_complete(connection, found)
        mark_open_benefits(connection, found.until)
        stay, last_erasure = find_open_rows(connection, found.names), _last_erasure(connection)
        files = list(_write_files(connection, folder, found, stay, sums, tell))
    with database.write() as connection:
        lock_rulebook_exclusive(connection)
        if not lock_months(connection):
            raise FaultError(ARCHIVE_FAULTS.build("in_use", value=month_name(month)))
        if _last_erasure(connection) != last_erasure or has_reopened(connection, found.names, stay):
            raise FaultError(ARCHIVE_FAULTS.build("moved", value=month_name(month)))
        detach_partitions(connection, found.partitions)
        _carry(connection, found, stay)
        drop_partitions(connection, found.partitions)
        sums.record(connection, files[0].month)
        detail = {"month": month_name(month), "rows": sum(one.row_count for one in files)}
        act = record_act(connection, officer, NewAct("archived", ARCHIVE_SUBJECT, detail=detail))
        record_archived_files(connection, files, act, officer.at)
    return ArchivedMonth(files[0].month, tuple(files))


def _find_month(connection: Connection, month: date) -> _Month:
    """Return a month whose ``until`` lies behind all that it holds: rows of days before it was over, written late.

    *Raises*: FaultError if the month is not in the database any more.
    """
    found = next((one for one in _months(list_partitions(connection)) if one.month == month), None)
    if found is None:
        raise FaultError(ARCHIVE_FAULTS.build("gone", value=month_name(month)))
    names = found.names
    times = [f"SELECT max(recorded_at) AS at FROM {names[table]}" for table in _WITH_TIME]
    times.append(f"SELECT max(occurred_at) FROM {names['journal']}")
    last = connection.exec_driver_sql(
        f"SELECT max(at) FROM ({' UNION ALL '.join(times)}) AS times"
    ).scalar_one()
    if last is None:
        return found
    return replace(found, until=max(found.until, civil_date(last) + timedelta(days=1)))


def _check_complete(connection: Connection, month: _Month) -> None:
    """*Raises*: FaultError if rows of a month are not sealed yet: a seal is made from the rows in the database."""
    parts = " UNION ALL ".join(f"SELECT recorded_at FROM {month.names[table]}" for table in _WITH_TIME)
    newest = connection.exec_driver_sql(f"SELECT max(recorded_at) FROM ({parts}) AS rows").scalar_one()
    since = read_seal_gap(connection).since
    if newest is not None and since is not None and since <= newest:
        raise FaultError(ARCHIVE_FAULTS.build("unsealed", value=month_name(month.month)))


def _last_erasure(connection: Connection) -> int:
    """Return the number of the last act that erased a person: only such an act changes rows of old months."""
    query = select(func.max(rule_acts.c.sequence)).where(rule_acts.c.act == "erased")
    return connection.execute(query).scalar_one() or 0


def _write_files(
    connection: Connection,
    folder: Path,
    month: _Month,
    stay: OpenRows,
    sums: ArchivedSums,
    tell: ProgressCallback,
) -> Iterator[ArchivedFile]:
    written, named = 0, _name_of_files(connection, month)
    for table in ARCHIVED_TABLES:
        one = ArchivedFile(table.name, named, month.until, 1, 0, 0, "")
        rows: Iterable[Sequence[Any]] = _closed_rows(
            connection, month, table.name, [c.name for c in table.columns]
        )
        if table.name == "postings":
            rows = sums.pass_through(connection, rows, len(_OF_MOVES))
        done = write_rows(one.path(folder), table, _counted(rows, written, tell))
        written += done.row_count
        carried = _count_carried(connection, month, table.name, stay)
        yield replace(one, row_count=done.row_count, carried_count=carried, digest=done.digest)


def _name_of_files(connection: Connection, month: _Month) -> date:
    """Return the month under which files are recorded.

    In a database that was restored from a backup the first partition begins anew, behind the months that were
    archived before: it is named by the day after the last one's first.
    """
    known = {one.month for one in list_archived_files(connection)}
    return max(known) + timedelta(days=1) if month.month in known else month.month


def _counted(rows: Iterable[Sequence[Any]], before: int, tell: ProgressCallback) -> Iterator[Sequence[Any]]:
    for number, row in enumerate(rows, before + 1):
        if number % _TELL_EVERY == 0:
            tell(number)
        yield row


def _closed_rows(
    connection: Connection, month: _Month, table: str, columns: Sequence[str]
) -> Iterator[Sequence[Any]]:
    """Yield the rows of a month that are not open, each with its owner first, in the order of owners."""
    names = month.names
    owner, joined = _OWNERS[table]
    more = _OF_MOVES if table == "postings" else ()
    chosen = ", ".join([f'{owner} COLLATE "C" AS owner', *(f"p.{name}" for name in columns), *more])
    query = text(
        f"SELECT {chosen} FROM {names[table]} AS p {joined.format(**names)} "
        f"WHERE NOT {open_row(table, names)} ORDER BY 1, {_ORDER[table]}"
    )
    yield from connection.execute(query, execution_options={"stream_results": True, "yield_per": 10_000})


def _carry(connection: Connection, month: _Month, stay: OpenRows) -> None:
    """Copy the open rows of a detached month, and its messages, into the month that is open now."""
    for table in ARCHIVED_TABLES:
        columns = ", ".join(column.name for column in table.columns)
        copy = f"INSERT INTO {table.name} ({columns}) SELECT {columns} FROM {month.names[table.name]} AS p WHERE "
        if table.name == "inbox":
            connection.exec_driver_sql(copy + open_row(table.name, month.names))
            continue
        key = "id" if table.name == "decisions" else "sequence"
        connection.exec_driver_sql(f"{copy}{key} = ANY(%s)", (list(stay.keys[table.name]),))
    columns = ", ".join(column.name for column in outbox.columns)
    connection.exec_driver_sql(
        f"INSERT INTO outbox ({columns}) SELECT {columns} FROM {month.names['outbox']}"
    )


def _count_carried(connection: Connection, month: _Month, table: str, stay: OpenRows) -> int:
    if table in stay.keys:
        return len(stay.keys[table])
    query = f"SELECT count(*) FROM {month.names[table]} AS p WHERE {open_row(table, month.names)}"
    return int(connection.exec_driver_sql(query).scalar_one())
