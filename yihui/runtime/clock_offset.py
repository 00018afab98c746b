"""How far this machine's clock is from the database's, and from the newest record that is stored."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select, text

from store import Database
from store.tables import row_batches

_NO_TIME = timedelta(0)
_THEIRS = text("SELECT clock_timestamp()")


@dataclass(frozen=True, slots=True)
class ClockOffset:
    """What two clocks say at the same moment; ``ahead`` is how far ours is ahead of the other one.

    The other one is the database's. A file has none: there it is the newest record, if that is dated after now.
    """

    ours: datetime
    theirs: datetime
    ahead: timedelta = _NO_TIME

    @property
    def earliest(self) -> datetime:
        """The earlier of both clocks: what is dated after it has not happened by one of them."""
        return min(self.ours, self.ours - self.ahead)

    @property
    def seconds(self) -> float:
        return self.ahead.total_seconds()


def read_clock_offset(connection: Connection, now: Callable[[], datetime]) -> ClockOffset:
    """Compare our clock with the database's, the round trip not counted; for a file, with the newest record."""
    before = now()
    if connection.dialect.name == "sqlite":
        newest = read_newest_record(connection) or before
        return ClockOffset(before, max(newest, before), min(before - newest, _NO_TIME))
    theirs: datetime = connection.execute(_THEIRS).scalar_one()
    after = now()
    if before <= theirs <= after:
        return ClockOffset(after, theirs)
    return ClockOffset(after, theirs, (after if theirs > after else before) - theirs)


def read_newest_record(connection: Connection) -> datetime | None:
    """Return when the newest record was written, by the clock of who wrote it."""
    query = select(row_batches.c.recorded_at).order_by(row_batches.c.number.desc()).limit(1)
    found: datetime | None = connection.execute(query).scalar()
    return found


def compare_clocks(database: Database, now: Callable[[], datetime]) -> ClockOffset:
    """Ask the database what its clock says. *Raises*: StoreError."""
    with database.read() as connection:
        return read_clock_offset(connection, now)
