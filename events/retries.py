"""Run a function in one transaction and retry it after a conflict with another writer."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from store import Database, WriteConflict, lock_exclusive, store_error

MAX_TRIES = 10
_CONFLICT_STATES = frozenset({"23505", "40001", "40P01"})  # unique violation, serialization failure, deadlock


T = TypeVar("T")


def run_in_transaction(database: Database, work: Callable[[Connection], T], *, tries: int = MAX_TRIES) -> T:
    """Run ``work`` in one transaction and return its result after the commit.

    Only PostgreSQL has concurrent writers. If two of them take the last slot of a limit, or the last of
    something that was read without a lock, the second transaction fails and ``work`` runs again on the
    new state. A retry first takes a shared lock, so that retries run one at a time and none of them
    starves.

    *Raises*: DatabaseLocked if every try failed; StoreError as ``Database.write``.
    """
    for number in range(tries):
        try:
            with database.write() as connection:
                if number:
                    lock_exclusive(connection, "work that was lost once")
                return work(connection)
        except WriteConflict as error:
            lost: Exception = error
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in _CONFLICT_STATES:
                raise
            lost = error
    raise store_error("locked", database.target, "other writers were faster every time") from lost


class _RolledBack(Exception):
    """Carry a result out of a transaction that is rolled back."""

    def __init__(self, result: object) -> None:
        self.result = result


def run_and_roll_back(database: Database, work: Callable[[Connection], T]) -> T:
    """Run ``work``, roll its transaction back and return the result.

    *Raises*: as ``run_in_transaction``.
    """

    def undone(connection: Connection) -> T:
        raise _RolledBack(work(connection))

    try:
        return run_in_transaction(database, undone)
    except _RolledBack as stopped:
        result: T = stopped.result  # type: ignore[assignment]
        return result
