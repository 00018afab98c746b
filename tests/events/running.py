"""Runners in tests: what they did, and how they are cut short."""

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, Table, event, func, select

from events import BatchOutcome, Event, EventRunner, accept_events, parse_event
from store import Database, inbox
from tools.servers.sending import NOW, Sender


def some(send: Sender, number: int) -> list[str]:
    return [send.joined(f"m-{n}") for n in range(number)]


def run(batches: Iterator[tuple[int, BatchOutcome]] | Iterator[BatchOutcome]) -> tuple[int, int, list[str]]:
    """Handled, duplicates, and the places of dead letters."""
    total = BatchOutcome()
    for batch in batches:
        total.add(batch if isinstance(batch, BatchOutcome) else batch[1])
    return total.handled, total.duplicates, [letter.origin for letter in total.dead_letters]


def count(database: Database, table: Table = inbox) -> int:
    with database.read() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def accept(database: Database, lines: Iterable[str]) -> None:
    """Let good events wait, as the page that takes them does."""
    events = [parse_event(line, NOW) for line in lines]
    with database.write() as connection:
        accept_events(connection, [item for item in events if isinstance(item, Event)], NOW)


class Unplugged(Exception):
    pass


def unplugged_at(runner: EventRunner, batch: int) -> EventRunner:
    """The same runner, which fails in its n-th batch, after all of its work but before the commit."""
    numbers = iter(range(1, 1000))

    def fail(connection: Connection) -> None:
        if next(numbers) == batch:
            raise Unplugged

    event.listen(runner.database.engine, "commit", fail)
    return runner
