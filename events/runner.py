"""The embedded runner: reads a file, standard input or the ingress table, batch by batch.

A batch, its outcomes and the place to go on from are one transaction: killed at any moment, the
next run goes on where the last commit ended.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO, TypeVar

from sqlalchemy import Connection, bindparam, delete, insert, select

from events import dead_letters, positions
from events.dead_letters import DeadLetter
from events.envelope import Event, Unreadable, read_event
from events.pipeline import Item, Outcomes, handle
from events.retries import in_transaction, rehearse
from rules import Library
from store import Database, ingress

BATCH_SIZE = 500
T = TypeVar("T")
_Lines = list[tuple[int, bytes]]  # line numbers and texts
_Read = tuple[DeadLetter, Event | Unreadable]


@dataclass(frozen=True, slots=True)
class Runner:
    """What handling needs: a database, the rules, a clock; ``batch_size`` events a transaction."""

    database: Database
    library: Callable[[Connection], Library]  # the one in force in a transaction
    now: Callable[[], datetime]
    batch_size: int = BATCH_SIZE

    def run_file(self, path: Path, *, from_start: bool = False) -> Iterator[tuple[int, Outcomes]]:
        """Handle a file of CloudEvents, one a line; yields bytes read so far with each batch's outcomes.

        Goes on after the last committed batch unless ``from_start``; what was handled before is a
        duplicate and changes nothing.
        """
        source = f"file:{path.resolve()}"
        with path.open("rb") as file:
            with self.database.read() as connection:
                reader = (
                    positions.from_start(file) if from_start else positions.resume(connection, source, file)
                )
            for batch in _batches(reader.lines(), self.batch_size):

                def work(connection: Connection, batch: _Lines = batch) -> Outcomes:
                    outcomes = self._handle_lines(batch, path.name, connection)
                    positions.record(connection, source, reader)
                    return outcomes

                yield reader.position, in_transaction(self.database, work)

    def run_stream(self, file: BinaryIO, name: str) -> Iterator[Outcomes]:
        """Handle lines that can't be read twice, such as standard input; yields what is committed."""
        for batch in _batches(positions.from_start(file).lines(), self.batch_size):
            yield in_transaction(self.database, partial(self._handle_lines, batch, name))

    def run_ingress(self) -> Iterator[Outcomes]:
        """Handle what was accepted over HTTP, until nothing waits."""
        while (outcomes := in_transaction(self.database, self._handle_ingress)) is not None:
            yield outcomes

    def handle_events(self, items: Iterable[Item]) -> Iterator[Outcomes]:
        """Handle events that are in memory already (a roll); yields what is committed."""
        for batch in _batches(items, self.batch_size):
            yield in_transaction(self.database, partial(self._handle, batch))

    def replay_letters(self, letters: Iterable[DeadLetter]) -> Outcomes:
        """Try dead letters again, in order of time; those that go through now are resolved.

        Each batch is one transaction. Letters that held personal data were not kept and can't be tried.
        """
        total = Outcomes()
        for batch in _batches(self._read(letters), self.batch_size):
            total.add(in_transaction(self.database, partial(self._replay, batch)))
        return total

    def rehearse_letters(self, letters: Iterable[DeadLetter]) -> Outcomes:
        """What ``replay_letters`` would do; nothing is written."""

        def work(connection: Connection) -> Outcomes:
            total = Outcomes()
            for batch in _batches(self._read(letters), self.batch_size):
                total.add(self._replay(batch, connection))
            return total

        return rehearse(self.database, work)

    def _read(self, letters: Iterable[DeadLetter]) -> list[_Read]:
        now = self.now()
        read = [(letter, read_event(letter.text, now)) for letter in letters if letter.text is not None]
        return sorted(read, key=_time_then_id)

    def _replay(self, batch: Sequence[_Read], connection: Connection) -> Outcomes:
        outcomes = self._handle([Item(event, letter.origin) for letter, event in batch], connection)
        failed = {letter.id for letter in outcomes.letters}
        gone = [letter.id for letter, _ in batch if letter.id not in failed]
        dead_letters.resolve(connection, gone, self.now())
        return outcomes

    def _handle(self, items: Sequence[Item], connection: Connection) -> Outcomes:
        return handle(items, connection, self.library(connection), self.now())

    def _handle_lines(self, batch: _Lines, name: str, connection: Connection) -> Outcomes:
        now = self.now()
        items = [Item(read_event(line, now), f"{name}:{number}") for number, line in batch]
        return handle(items, connection, self.library(connection), now)

    def _handle_ingress(self, connection: Connection) -> Outcomes | None:
        """Locks the rows that it takes: a second runner waits instead of handling them as well."""
        waiting = select(ingress.c.sequence, ingress.c.event).order_by(ingress.c.sequence)
        rows = connection.execute(waiting.limit(self.batch_size).with_for_update()).all()
        if not rows:
            return None
        now = self.now()
        items = [Item(read_event(row.event, now), "http") for row in rows]
        outcomes = handle(items, connection, self.library(connection), now)
        # Never by a range: a row with a lower number may have been committed since they were read.
        taken = [{"taken": row.sequence} for row in rows]
        connection.execute(delete(ingress).where(ingress.c.sequence == bindparam("taken")), taken)
        return outcomes


def _batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    waiting = iter(items)
    while batch := list(islice(waiting, size)):
        yield batch


def _time_then_id(read: _Read) -> tuple[bool, datetime, str]:
    """The letters' own order of arrival is not kept."""
    letter, event = read
    if isinstance(event, Event):
        return False, event.occurred_at, event.id
    return True, letter.recorded_at, letter.id


def accept(connection: Connection, events: Iterable[Event], now: datetime) -> None:
    """Keep validated events until a runner (or the relay to the topic) takes them."""
    rows = [{"event": event.text, "accepted_at": now} for event in events]
    if rows:
        connection.execute(insert(ingress), rows)
