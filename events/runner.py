"""The embedded runner: process a file, standard input or the ingress table, batch by batch.

A batch, its outcome and the position after it are one transaction. If the process is killed, the next
run continues after the last commit.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO, TypeVar

from sqlalchemy import Connection, bindparam, delete, func, insert, literal, select

from core.faults import FaultError
from events import dead_letters, positions
from events.dead_letters import DeadLetter
from events.envelope import Event, InvalidEvent, parse_event
from events.pipeline import BatchOutcome, InboundEvent, process_batch
from events.retries import run_and_roll_back, run_in_transaction
from rules import RuleLibrary
from store import Database, ingress

BATCH_SIZE = 500
T = TypeVar("T")
_Lines = list[tuple[int, bytes]]  # line numbers and texts
_Read = tuple[DeadLetter, Event | InvalidEvent]


@dataclass(frozen=True, slots=True)
class EventRunner:
    """Process events with a database, the rules and a clock; ``batch_size`` events a transaction."""

    database: Database
    library: Callable[[Connection], RuleLibrary]  # loads the library in force in a transaction
    now: Callable[[], datetime]
    batch_size: int = BATCH_SIZE

    def load_rules(self) -> None:
        """Load the library in force, so that the first batch finds it loaded.

        A database that is away and rules that can't be read meet the first batch, too, which reports them.
        """
        with suppress(FaultError, OSError), self.database.read() as connection:
            self.library(connection)

    def run_file(self, path: Path) -> Iterator[tuple[int, BatchOutcome]]:
        """Process a file of CloudEvents, one a line; yield the bytes read so far and each batch's outcome.

        The run continues after the last committed batch. Events that were processed before are duplicates and
        change nothing.
        """
        source = f"file:{path.resolve()}"
        with path.open("rb") as file:
            with self.database.read() as connection:
                reader = positions.resume_reader(connection, source, file)
            for batch in _batches(reader.read_lines(), self.batch_size):

                def work(connection: Connection, batch: _Lines = batch) -> BatchOutcome:
                    outcomes = self._handle_lines(batch, path.name, connection)
                    positions.store_reader_position(connection, source, reader)
                    return outcomes

                yield reader.position, run_in_transaction(self.database, work)

    def run_stream(self, file: BinaryIO, name: str) -> Iterator[BatchOutcome]:
        """Process lines that can't be read twice, such as standard input; yield each committed outcome."""
        for batch in _batches(positions.reader_at_start(file).read_lines(), self.batch_size):
            yield run_in_transaction(self.database, partial(self._handle_lines, batch, name))

    def run_ingress(self) -> Iterator[BatchOutcome]:
        """Process events accepted over HTTP until the ingress table is empty."""
        while (outcomes := run_in_transaction(self.database, self._handle_ingress)) is not None:
            yield outcomes

    def run_events(self, items: Iterable[InboundEvent]) -> Iterator[BatchOutcome]:
        """Process events that are in memory (a roll); yield each committed outcome."""
        for batch in _batches(items, self.batch_size):
            yield run_in_transaction(self.database, partial(self._handle, batch))

    def replay_dead_letters(self, letters: Iterable[DeadLetter]) -> BatchOutcome:
        """Process dead letters again, in order of time; resolve those that succeed.

        Each batch is one transaction. Letters that held personal data have no stored text and are left out.
        """
        total = BatchOutcome()
        for batch in _batches(self._read(letters), self.batch_size):
            total.add(run_in_transaction(self.database, partial(self._replay, batch)))
        return total

    def rehearse_dead_letters(self, letters: Iterable[DeadLetter]) -> BatchOutcome:
        """Return what ``replay_dead_letters`` would do; write nothing."""

        def work(connection: Connection) -> BatchOutcome:
            total = BatchOutcome()
            for batch in _batches(self._read(letters), self.batch_size):
                total.add(self._replay(batch, connection))
            return total

        return run_and_roll_back(self.database, work)

    def _read(self, letters: Iterable[DeadLetter]) -> list[_Read]:
        now = self.now()
        read = [(letter, parse_event(letter.text, now)) for letter in letters if letter.text is not None]
        return sorted(read, key=_time_then_id)

    def _replay(self, batch: Sequence[_Read], connection: Connection) -> BatchOutcome:
        outcomes = self._handle([InboundEvent(event, letter.origin) for letter, event in batch], connection)
        failed = {letter.id for letter in outcomes.dead_letters}
        gone = [letter.id for letter, _ in batch if letter.id not in failed]
        dead_letters.resolve_dead_letters(connection, gone, self.now())
        return outcomes

    def _handle(self, items: Sequence[InboundEvent], connection: Connection) -> BatchOutcome:
        return process_batch(items, connection, self.library(connection), self.now())

    def _handle_lines(self, batch: _Lines, name: str, connection: Connection) -> BatchOutcome:
        now = self.now()
        items = [InboundEvent(parse_event(line, now), f"{name}:{number}") for number, line in batch]
        return process_batch(items, connection, self.library(connection), now)

    def _handle_ingress(self, connection: Connection) -> BatchOutcome | None:
        """Process the next rows and lock them, so that a second runner waits and does not process them too."""
        waiting = select(ingress.c.sequence, ingress.c.event).order_by(ingress.c.sequence)
        rows = connection.execute(waiting.limit(self.batch_size).with_for_update()).all()
        if not rows:
            return None
        now = self.now()
        items = [InboundEvent(parse_event(row.event, now), "http") for row in rows]
        outcomes = process_batch(items, connection, self.library(connection), now)
        # Never by a range: a row with a lower number may have been committed since they were read.
        taken = [{"taken": row.sequence} for row in rows]
        connection.execute(delete(ingress).where(ingress.c.sequence == bindparam("taken")), taken)
        return outcomes


def _batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    waiting = iter(items)
    while batch := list(islice(waiting, size)):
        yield batch


def _time_then_id(read: _Read) -> tuple[bool, datetime, str]:
    """Sort key by time and id, since the letters' order of arrival is not stored."""
    letter, event = read
    if isinstance(event, Event):
        return False, event.occurred_at, event.id
    return True, letter.recorded_at, letter.id


def accept_events(connection: Connection, events: Iterable[Event], now: datetime) -> None:
    """Store validated events in the ingress table until a runner (or the relay to the topic) takes them."""
    rows = [{"event": event.text, "accepted_at": now} for event in events]
    if rows:
        connection.execute(insert(ingress), rows)


def find_accepted_event(connection: Connection, source: str, id: str) -> Event | None:
    """Return the event with this id if it waits in the ingress table. It reads all that waits."""
    query = select(ingress.c.event, ingress.c.accepted_at).where(
        ingress.c.event.contains(id, autoescape=True)
    )
    events = (parse_event(row.event, row.accepted_at) for row in connection.execute(query))
    return next((one for one in events if isinstance(one, Event) and one.key == (source, id)), None)


def ingress_backlog(connection: Connection, limit: int) -> int:
    """Return the number of waiting events, counting at most ``limit``; below it, a close upper bound.

    Sequences ascend and rows are removed from the lowest up, so the distance between the lowest and the
    highest sequence is a good estimate. Only if the estimate reaches ``limit`` could gaps from
    rolled-back transactions matter; then the function counts up to ``limit`` rows.
    """
    lowest = select(func.min(ingress.c.sequence)).scalar_subquery()
    highest = select(func.max(ingress.c.sequence)).scalar_subquery()
    distance = connection.execute(select(highest - lowest)).scalar_one()
    if distance is None:
        return 0
    if distance + 1 < limit:
        return int(distance) + 1
    some = select(literal(1)).select_from(ingress).limit(limit).subquery()
    return int(connection.execute(select(func.count()).select_from(some)).scalar_one())
