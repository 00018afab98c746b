"""The embedded runner: reads a file, standard input or the ingress table, batch by batch.

A batch, its outcomes and the place to go on from are one transaction: killed at any moment, the
next run goes on where the last commit ended.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Connection, delete, insert, select

from events import dead_letters, positions
from events.envelope import Event, read_event
from events.pipeline import Item, Outcomes, handle
from rules import Library
from store import Database, ingress

BATCH_SIZE = 500


@dataclass(frozen=True, slots=True)
class Runner:
    """What handling needs: a database, the rules, a clock; ``batch_size`` events a transaction."""

    database: Database
    library: Callable[[], Library]
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
            lines = reader.lines()
            while batch := list(islice(lines, self.batch_size)):
                with self.database.write() as connection:
                    outcomes = self._handle_lines(batch, path.name, connection)
                    positions.record(connection, source, reader)
                yield reader.position, outcomes

    def run_stream(self, file: BinaryIO, name: str) -> Iterator[Outcomes]:
        """Handle lines that can't be read twice, such as standard input."""
        lines = positions.from_start(file).lines()
        while batch := list(islice(lines, self.batch_size)):
            with self.database.write() as connection:
                yield self._handle_lines(batch, name, connection)

    def run_ingress(self) -> Iterator[Outcomes]:
        """Handle what was accepted over HTTP, until nothing waits."""
        while True:
            with self.database.write() as connection:
                outcomes = self._handle_ingress(connection)
            if outcomes is None:
                return
            yield outcomes

    def handle_events(self, items: Iterable[Item]) -> Iterator[Outcomes]:
        """Handle events that are in memory already (a roll, a batch of mended letters)."""
        waiting = iter(items)
        while batch := list(islice(waiting, self.batch_size)):
            with self.database.write() as connection:
                yield handle(batch, connection, self.library(), self.now())

    def replay_letters(self, letters: Iterable[dead_letters.DeadLetter]) -> Outcomes:
        """Try dead letters again; those that go through now are resolved, in the same transaction."""
        now = self.now()
        kept = [letter for letter in letters if letter.text is not None]
        items = [Item(read_event(letter.text or "", now), letter.origin) for letter in kept]
        with self.database.write() as connection:
            outcomes = handle(items, connection, self.library(), now)
            failed = {letter.id for letter in outcomes.letters}
            dead_letters.resolve(connection, [letter.id for letter in kept if letter.id not in failed], now)
        return outcomes

    def _handle_lines(self, batch: list[tuple[int, bytes]], name: str, connection: Connection) -> Outcomes:
        now = self.now()
        items = [Item(read_event(line, now), f"{name}:{number}") for number, line in batch]
        return handle(items, connection, self.library(), now)

    def _handle_ingress(self, connection: Connection) -> Outcomes | None:
        rows = connection.execute(
            select(ingress.c.sequence, ingress.c.event).order_by(ingress.c.sequence).limit(self.batch_size)
        ).all()
        if not rows:
            return None
        now = self.now()
        outcomes = handle(
            [Item(read_event(row.event, now), "http") for row in rows], connection, self.library(), now
        )
        connection.execute(delete(ingress).where(ingress.c.sequence <= rows[-1].sequence))
        return outcomes


def accept(connection: Connection, events: Iterable[Event], now: datetime) -> None:
    """Keep validated events until a runner (or the relay to the topic) takes them."""
    rows = [{"event": event.text, "accepted_at": now} for event in events]
    if rows:
        connection.execute(insert(ingress), rows)
