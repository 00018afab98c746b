"""Run an act of the officer who acts now: its transaction ends with an entry in the audit log, or stores nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import Connection

from benefits import Officer
from core.civil_time import civil_date
from events.retries import run_in_transaction
from yihui.access.acting import (
    ActStage,
    current_stage,
    is_act_recorded,
    note_stage,
    read_statement,
    record_acting,
    restore_statement,
    state_if_done,
)
from yihui.bootstrap import Wiring
from yihui.runtime.demo_clock import require_running_clock

T = TypeVar("T")


@contextmanager
def open_act(wiring: Wiring) -> Iterator[Connection]:
    """Open the transaction of an act, and append its audit entry at its end."""
    with state_if_done(), wiring.database.write() as connection:
        yield connection
        record_acting(connection, wiring.now())


class _RolledBack(Exception):
    """Ends the transaction of a preview."""


def preview_act(wiring: Wiring, work: Callable[[Connection], T]) -> T:
    """Do an act's work in a transaction that is rolled back, and return what it came to: nothing is stored."""
    found: list[T] = []
    try:
        with wiring.database.write() as connection:
            found.append(work(connection))
            raise _RolledBack
    except _RolledBack:
        return found[0]


def run_act(wiring: Wiring, work: Callable[[Connection], T]) -> T:
    """Run an act in one transaction with its audit entry, again after a conflict.

    *Raises*: as ``run_in_transaction``.
    """

    stated = read_statement()

    def recorded(connection: Connection) -> T:
        restore_statement(stated)  # of a try before
        result = work(connection)
        record_acting(connection, wiring.now())
        return result

    return run_in_transaction(wiring.database, recorded)


def acting_officer(wiring: Wiring, who: str, reason: str = "") -> Officer:
    """Return the officer who acts now, with the current time and civil date.

    *Raises*: FaultError if the clock is stopped outside the demo's data.
    """
    require_running_clock(wiring)
    now = wiring.now()
    return Officer(who, now, civil_date(now), reason)


def act_as_officer(wiring: Wiring, by: str, reason: str, work: Callable[[Connection, Officer], T]) -> T:
    """Run the act in the name of the officer who acts now. *Raises*: FaultError if the act is refused."""
    acting = acting_officer(wiring, by, reason)
    return run_act(wiring, lambda connection: work(connection, acting))


def record_reading(wiring: Wiring, connection: Connection) -> None:
    """Append the entry of an actor who reads personal data, before it is shown.

    ``connection`` is a transaction on the vault; a vault of its own has no audit log, so that the entry goes to
    the main database first.
    """
    if wiring.has_separate_vault:
        with open_act(wiring):
            return
    record_acting(connection, wiring.now())


def record_unrecorded_act(wiring: Wiring) -> None:
    """Append the entry of an act whose transactions have none of their own: a run of events, an import, a backup.

    What was begun is recorded though the actor's role has ended since.
    """
    if is_act_recorded() or not wiring.has_database or wiring.settings.read_only:
        return
    if current_stage() is ActStage.BEGUN:
        note_stage(ActStage.DONE)
    with open_act(wiring):
        return


def count_writes(wiring: Wiring) -> int:
    """Return how many transactions that may write this process committed, without opening the database."""
    return wiring.database.writes if "database" in wiring.__dict__ else 0
