"""The two days of a ledger: the latest day of a handled event, and the latest day done by the clock."""

from datetime import date
from typing import Literal

from sqlalchemy import Connection, select

from events.tables import ledger_days
from store import insert_into

Clock = Literal["events", "upkeep"]


def read_ledger_day(connection: Connection, clock: Clock) -> date:
    """Return a day of the ledger; ``date.min`` before the first."""
    found = connection.execute(select(ledger_days.c.day).where(ledger_days.c.clock == clock)).scalar()
    return found or date.min


def advance_ledger_day(connection: Connection, clock: Clock, day: date) -> None:
    """Store a day of the ledger; it never goes back."""
    new = insert_into(connection, ledger_days).values(clock=clock, day=day)
    connection.execute(
        new.on_conflict_do_update(
            index_elements=["clock"],
            set_={"day": new.excluded.day},
            where=ledger_days.c.day < new.excluded.day,
        )
    )
