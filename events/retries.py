"""One transaction's work, tried again where another writer was faster."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from store import Database, DatabaseLocked, Overtaken, one_at_a_time

TRIES = 10
_FASTER = frozenset({"23505", "40001", "40P01"})  # unique violation, serialization failure, deadlock


T = TypeVar("T")


def in_transaction(database: Database, work: Callable[[Connection], T], *, tries: int = TRIES) -> T:
    """Do the work in one transaction and give its result once it is committed.

    Only PostgreSQL has two writers at a time: where both take the last slot of a limit, or the last of
    what was read without a lock, the second one fails and its work is done again, on what the first has left. Who has lost once
    waits in a queue with the others who have, so that a crowd doesn't starve anybody.

    *Raises*: DatabaseLocked where every try was lost; StoreError as ``Database.write``.
    """
    for number in range(tries):
        try:
            with database.write() as connection:
                if number:
                    one_at_a_time(connection, "work that was lost once")
                return work(connection)
        except Overtaken as error:
            lost: Exception = error
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in _FASTER:
                raise
            lost = error
    raise DatabaseLocked(database.target, "other writers were faster every time") from lost


class _Undone(Exception):
    """Carries a result out of a transaction that is rolled back."""

    def __init__(self, result: object) -> None:
        self.result = result


def rehearse(database: Database, work: Callable[[Connection], T]) -> T:
    """What the work would give, without doing it. *Raises*: as ``in_transaction``."""

    def undone(connection: Connection) -> T:
        raise _Undone(work(connection))

    try:
        return in_transaction(database, undone)
    except _Undone as stopped:
        result: T = stopped.result  # type: ignore[assignment]
        return result
