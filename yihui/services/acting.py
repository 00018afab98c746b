"""Open the transaction of an act: it ends with the act's entry in the audit log, or not at all."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import Connection

from events.retries import run_in_transaction
from yihui.access.acting import record_acting
from yihui.bootstrap import Wiring

T = TypeVar("T")


@contextmanager
def open_act(wiring: Wiring) -> Iterator[Connection]:
    """Open the transaction of an act, and append its audit entry at its end."""
    with wiring.database.write() as connection:
        yield connection
        record_acting(connection, wiring.now())


def run_act(wiring: Wiring, work: Callable[[Connection], T]) -> T:
    """Run an act in one transaction with its audit entry, again after a conflict.

    *Raises*: as ``run_in_transaction``.
    """

    def recorded(connection: Connection) -> T:
        result = work(connection)
        record_acting(connection, wiring.now())
        return result

    return run_in_transaction(wiring.database, recorded)
