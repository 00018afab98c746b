"""Which months lie in which files, by the sealed records of ``archived_files``."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Connection, Table, func, select

from benefits.tables.decisions import decisions, postings
from core.civil_time import civil_date, start_of_day
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from events.tables import journal
from store import append_rows, archived_files, enqueue_for_sealing, inbox
from store.monthly_tables import FIRST_MONTH

# Tables with files. The outbox has none: the upkeep deletes its messages after 30 days, and archiving carries the rest.
ARCHIVED_TABLES: Sequence[Table] = (inbox, decisions, postings, journal)
ARCHIVE_FAULTS = FaultTable(
    "archive",
    {
        "not_by_month": (
            N_("{target} is a SQLite file; only PostgreSQL stores its tables by month"),
            N_("a city's SQLite file stays whole; move a larger one to PostgreSQL by a backup"),
        ),
        "too_young": (
            N_("the month {value} is too young to be archived"),
            N_("name a month before {until}; YIHUI_ARCHIVE_AFTER_MONTHS says how many stay"),
        ),
        "no_month": (N_("{value} is no month"), N_("write a month such as 2024-01")),
        "unsealed": (
            N_("rows of {value} are not sealed yet"),
            N_("run yihui ledger seal, then archive the month"),
        ),
        "in_use": (
            N_("the month {value} can't be taken out while others use its tables"),
            N_("run the command again when no long report or backup is running"),
        ),
        "gone": (
            N_("the month {value} is not in the database any more"),
            N_("see yihui archive list"),
        ),
        "busy": (
            N_("another process is archiving"),
            N_("wait until it has ended"),
        ),
        "moved": (
            N_(
                "while {value} was written something in it changed: a person was erased, or a benefit was opened again"
            ),
            N_("run the command again"),
        ),
        "replay": (
            N_("events before {since} are archived, and a replay needs all of them"),
            N_("begin with {since} or later"),
        ),
        "missing": (
            N_("the archived file {value} is missing"),
            N_("put it back from the copy of the archive, or name its folder with YIHUI_ARCHIVE_FOLDER"),
        ),
        "changed": (
            N_("the archived file {value} is not the one that was sealed"),
            N_("put it back from the copy of the archive"),
        ),
        "not_owner": (
            N_("only the owner of the tables can open and archive months"),
            N_("run the command with the database address of the owner"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class ArchivedFile:
    """One month of one table in a file. ``until`` is the first day that the archive does not hold any more.

    ``version`` rises when the file is written anew because a person was erased.
    """

    table: str
    month: date
    until: date
    version: int
    row_count: int
    carried_count: int
    digest: str

    @property
    def id(self) -> str:
        return f"{month_name(self.month)}/{self.table}/{self.version}"

    @property
    def name(self) -> str:
        """The file's name in the archive's folder."""
        return f"{month_name(self.month)}-{self.table}-{self.version}.parquet"

    def path(self, folder: Path) -> Path:
        return folder / self.name


def month_name(month: date) -> str:
    """Return the name of a month in files: 2026-11, or ``start`` for what was recorded before there were months."""
    return "start" if month == FIRST_MONTH else f"{month:%Y-%m}" if month.day == 1 else f"{month:%Y-%m-%d}"


def list_archived_files(connection: Connection) -> list[ArchivedFile]:
    """List the newest version of each file, by month and table."""
    columns = [archived_files.c[name] for name in ("table_name", "month", "until", "version", "row_count")]
    columns += [archived_files.c.carried_count, archived_files.c.digest]
    newest = {
        (row.month, row.table_name): ArchivedFile(*row)
        for row in connection.execute(select(*columns).order_by(archived_files.c.version))
    }
    return [newest[key] for key in sorted(newest)]


def read_archive_horizon(connection: Connection) -> datetime | None:
    """Return the instant before which months are archived; None if none is.

    An event that occurred earlier can't be told from one that was processed before.
    """
    until = connection.execute(select(func.max(archived_files.c.until))).scalar_one()
    return None if until is None else start_of_day(until)


def require_stored(connection: Connection, since: date | None) -> None:
    """*Raises*: FaultError if events since a day, or since the beginning, lie in the archive."""
    horizon = read_archive_horizon(connection)
    if horizon is not None and (since is None or since < civil_date(horizon)):
        first = civil_date(horizon).isoformat()
        raise FaultError(ARCHIVE_FAULTS.build("replay", field="--since", value=since or "", since=first))


def record_archived_files(
    connection: Connection, files: Sequence[ArchivedFile], act: int, now: datetime
) -> None:
    """Record files under an officer's act, to be sealed."""
    rows = [
        {
            "id": one.id,
            "table_name": one.table,
            "month": one.month,
            "until": one.until,
            "version": one.version,
            "row_count": one.row_count,
            "carried_count": one.carried_count,
            "digest": one.digest,
            "act": act,
            "recorded_at": now,
        }
        for one in files
    ]
    append_rows(connection, archived_files, rows)
    enqueue_for_sealing(connection, {"archived_files": [one.id for one in files]}, now)
