"""Seals what was committed, now and then while events are handled and when they are."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from yihui.bootstrap import Wiring

EVERY = 10  # batches between two sealings: so many and no more wait where one runner works
T = TypeVar("T")


def sealed(wiring: Wiring, batches: Iterable[T]) -> Iterator[T]:
    """The same batches; what they have committed is sealed behind them."""
    for number, batch in enumerate(batches, 1):
        yield batch
        if number % EVERY == 0:
            seal_what_waits(wiring)
    seal_what_waits(wiring)


def seal_what_waits(wiring: Wiring) -> tuple[int, int]:
    """Seal until nothing waits that was committed before; gives batches and rows."""
    from benefits import gap, seal
    from events.attempts import in_transaction

    batches = rows = 0
    with wiring.database.read() as connection:
        waiting = gap(connection).batches
    while batches < waiting:
        done = in_transaction(wiring.database, lambda connection: seal(connection, wiring.now()))
        if not done.batches:  # another one was faster
            break
        batches, rows = batches + done.batches, rows + done.rows
    return batches, rows
