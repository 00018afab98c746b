"""Seal committed batches, at intervals while events are processed and at the end."""

import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Protocol, TypeVar

from store import Database

SEAL_EVERY_BATCHES = 10  # batches between two seals: with one runner, at most this many are unsealed
T = TypeVar("T")
MAX_BATCHES_AFTER_COMMAND = 200  # batches: a command is not delayed by batches that others left unsealed


class LedgerWriter(Protocol):
    """A process that writes, with its database and its clock."""

    @property
    def database(self) -> Database: ...

    @property
    def now(self) -> Callable[[], datetime]: ...


def seal_after_batches(wiring: LedgerWriter, batches: Iterable[T]) -> Iterator[T]:
    """Yield the same batches, and seal after every tenth and at the end."""
    for number, batch in enumerate(batches, 1):
        yield batch
        if number % SEAL_EVERY_BATCHES == 0:
            seal_pending(wiring)
    seal_pending(wiring)


def seal_after_command(wiring: LedgerWriter) -> None:
    """Seal after a command that wrote. On failure, the batches stay unsealed, and ``verify`` reports them."""
    from store import StoreError

    try:
        seal_pending(wiring, at_most=MAX_BATCHES_AFTER_COMMAND)
    except StoreError as error:
        logging.getLogger("yihui.services.ledger.sealing").info("not sealed yet: %s", error)


def seal_pending(wiring: LedgerWriter, *, at_most: int | None = None) -> tuple[int, int]:
    """Seal the batches committed before the call, at most ``at_most``. Return the numbers of batches and rows."""
    from benefits import read_seal_gap, seal_batches
    from events.retries import run_in_transaction

    batches = rows = 0
    with wiring.database.read() as connection:
        waiting = read_seal_gap(connection).batches
    if at_most is not None:
        waiting = min(waiting, at_most)
    while batches < waiting:
        done = run_in_transaction(wiring.database, lambda connection: seal_batches(connection, wiring.now()))
        if not done.batches:  # another process sealed them first
            break
        batches, rows = batches + done.batches, rows + done.rows
    return batches, rows
