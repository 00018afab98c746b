"""Archive months of PostgreSQL's largest tables, list what is archived, and read archived and live rows together."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from time import time

from sqlalchemy import Connection

from core.civil_time import civil_date, parse_civil_date
from core.faults import FaultError
from core.text_marks import N_
from events.archiving import (
    ARCHIVE_FAULTS,
    ArchivedFile,
    ArchivedMonth,
    add_archived_rows,
    archive_month,
    check_archived_files,
    find_months_to_archive,
    list_archived_files,
    read_archive_horizon,
)
from events.archiving.parquet_files import PARTIAL_SUFFIX
from store import Database, ProcessLock
from store.monthly_tables import (
    MonthlyPartition,
    can_open_months,
    find_month_to_open,
    has_months,
    hold_months,
    list_partitions,
    open_month,
    read_current_month,
    read_open_month,
)
from yihui.bootstrap import Wiring
from yihui.runtime.progress import show_progress
from yihui.services.ledger.sealing import seal_pending
from yihui.services.operation.kept_figures import record_benefit_sums
from yihui.services.rules.life import acting_officer

_LEFT_AFTER_S = 86_400  # files are written before the transaction that records them is committed
_OWNER_ONLY = 0o700  # the files hold pseudonyms and what was decided about them


def archive_folder(wiring: Wiring) -> Path:
    """Return the folder of archived months."""
    return wiring.settings.archive_folder or wiring.settings.data_folder / "archive"


@contextmanager
def read_whole_ledger(wiring: Wiring, member: str | None = None) -> Iterator[Connection]:
    """Open a transaction for reading that sees archived rows as well: all, or those about one member.

    *Raises*: FaultError if an archived file is missing or is not the one that was sealed.
    """
    with read_whole_database(wiring.database, archive_folder(wiring), member) as whole:
        yield whole


@contextmanager
def read_whole_database(database: Database, folder: Path, member: str | None = None) -> Iterator[Connection]:
    """Open a transaction on any database, with the rows that a folder holds of its archived months."""
    with database.read() as connection:
        hold_months(connection)
        is_whole = read_archive_horizon(connection) is None
        if is_whole:
            yield connection
    if is_whole:
        return
    # A database of its own: a pooled connection may have prepared statements, which would not see archived rows.
    fresh = database.open_anew()
    try:
        with fresh.read() as connection:
            hold_months(connection)
            add_archived_rows(connection, folder, member)
            yield connection
    finally:
        fresh.close()


def is_archived(connection: Connection, day: date) -> bool:
    """Return whether decisions about a day may lie in the archive."""
    horizon = read_archive_horizon(connection)
    return horizon is not None and day < civil_date(horizon)


@dataclass(frozen=True, slots=True)
class ArchiveState:
    """The months in the database and in files, and the files that are missing or changed."""

    open_month: date
    is_due: bool  # whether the current month should be opened
    partitions: list[MonthlyPartition]
    files: list[ArchivedFile]
    faults: FaultError | None


def read_archive_state(wiring: Wiring) -> ArchiveState:
    """Return which months lie where, after reading every archived file. *Raises*: FaultError on SQLite."""
    with wiring.database.read() as connection:
        _require_months(wiring, connection)
        month, due = read_open_month(connection), find_month_to_open(connection)
        partitions, files = list_partitions(connection), list_archived_files(connection)
    faults = list(check_archived_files(files, archive_folder(wiring)))
    return ArchiveState(month, due is not None, partitions, files, FaultError(faults) if faults else None)


def open_current_month(wiring: Wiring) -> tuple[date, bool]:
    """Open the current month by the database's clock; return it, and whether rows belong to it now.

    *Raises*: FaultError on SQLite, and if the user does not own the tables.
    """
    with wiring.database.read() as connection:
        _require_months(wiring, connection)
        _require_owner(connection)
        month, due = read_current_month(connection), find_month_to_open(connection)
    if due is None:
        return month, True
    with wiring.database.write() as connection:
        return month, open_month(connection, due)


def archive_months(wiring: Wiring, before: date | None, by: str, reason: str) -> list[ArchivedMonth]:
    """Archive every month that ended before a day, the earliest first; each month is whole or untouched.

    *Raises*: FaultError for a day within the months that stay, on SQLite, for a month that can't be archived, and
    while another process archives.
    """
    limit = _first_stored_day(wiring)
    if before is not None and before > limit:
        raise FaultError(
            ARCHIVE_FAULTS.build(
                "too_young", field="--before", value=f"{before:%Y-%m}", until=f"{limit:%Y-%m}"
            )
        )
    open_current_month(wiring)
    lock = ProcessLock(wiring.database, "archive")
    if not lock.acquire():
        raise FaultError(ARCHIVE_FAULTS.build("busy"))
    done: list[ArchivedMonth] = []
    try:
        for one in _archive(wiring, before or limit, by, reason):
            done.append(one)  # noqa: PERF402 what was done before a refusal counts
    finally:
        lock.release()
        if done:  # also where a later month was refused
            record_benefit_sums(wiring)
    return done


def _archive(wiring: Wiring, before: date, by: str, reason: str) -> Iterator[ArchivedMonth]:
    with wiring.database.read() as connection:
        months = find_months_to_archive(connection, before)
        rows = sum(one.row_estimate for one in list_partitions(connection) if one.month in months)
    folder = archive_folder(wiring)
    folder.mkdir(mode=_OWNER_ONLY, parents=True, exist_ok=True)
    with show_progress(wiring.render(N_("archiving months")), rows) as advance:
        for month in months:
            seal_pending(wiring)
            officer = acting_officer(wiring, by, reason)
            yield archive_month(wiring.database, folder, month, officer, advance)


def delete_left_archive_files(wiring: Wiring) -> None:
    """Delete files of the archive that no record names: those of runs and erasures that were cut off a day ago."""
    folder = archive_folder(wiring)
    if not folder.is_dir():
        return
    with wiring.database.read() as connection:
        known = {one.name for one in list_archived_files(connection)}
    for path in [*folder.glob("*.parquet"), *folder.glob(f"*{PARTIAL_SUFFIX}")]:
        with suppress(FileNotFoundError):
            if path.name not in known and time() - path.stat().st_mtime > _LEFT_AFTER_S:
                path.unlink()


def parse_month(text: str) -> date:
    """Parse a month such as 2024-01 to its first day. *Raises*: FaultError."""
    day = parse_civil_date(f"{text}-01")
    if day is None:
        raise FaultError(ARCHIVE_FAULTS.build("no_month", field="--before", value=text[:40]))
    return day


def _first_stored_day(wiring: Wiring) -> date:
    """Return the first day of the months that stay in the database."""
    today = civil_date(wiring.now())
    months = today.year * 12 + today.month - 1 - wiring.settings.archive_after_months
    return date(months // 12, months % 12 + 1, 1)


def _require_months(wiring: Wiring, connection: Connection) -> None:
    if not has_months(connection):
        raise FaultError(ARCHIVE_FAULTS.build("not_by_month", target=wiring.database.target))


def _require_owner(connection: Connection) -> None:
    if not can_open_months(connection):
        raise FaultError(ARCHIVE_FAULTS.build("not_owner"))
