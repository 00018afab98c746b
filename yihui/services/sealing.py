"""Seals what was committed, now and then while events are handled and when they are."""

import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Protocol, TypeVar

from store import Database

EVERY = 10  # batches between two sealings: so many and no more wait where one runner works
T = TypeVar("T")


class Writer(Protocol):
    """Who wrote: with a database and a clock."""

    @property
    def database(self) -> Database: ...

    @property
    def now(self) -> Callable[[], datetime]: ...


def sealed(wiring: Writer, batches: Iterable[T]) -> Iterator[T]:
    """The same batches; what they have committed is sealed behind them."""
    for number, batch in enumerate(batches, 1):
        yield batch
        if number % EVERY == 0:
            seal_what_waits(wiring)
    seal_what_waits(wiring)


AT_A_COMMANDS_END = 200  # batches: a command that wrote isn't held up by what others left


def seal_at_the_end(wiring: Writer) -> None:
    """Seal behind a command that wrote. Where that fails, what was committed waits, and ``verify`` says so."""
    from store import StoreError

    try:
        seal_what_waits(wiring, at_most=AT_A_COMMANDS_END)
    except StoreError as error:
        logging.getLogger("yihui.services.sealing").info("not sealed yet: %s", error)


def seal_what_waits(wiring: Writer, *, at_most: int | None = None) -> tuple[int, int]:
    """Seal until nothing waits that was committed before, or that much is done; gives batches and rows."""
    from benefits import gap, seal
    from events.retries import in_transaction

    batches = rows = 0
    with wiring.database.read() as connection:
        waiting = gap(connection).batches
    if at_most is not None:
        waiting = min(waiting, at_most)
    while batches < waiting:
        done = in_transaction(wiring.database, lambda connection: seal(connection, wiring.now()))
        if not done.batches:  # another one was faster
            break
        batches, rows = batches + done.batches, rows + done.rows
    return batches, rows
