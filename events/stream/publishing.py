"""A file of events straight to the topics: checked line by line, confirmed window by window, resumed where it stopped."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from core.faults import Fault
from events import positions
from events.envelope import Event, read_event, sendable
from events.positions import Reader
from events.stream.access import Access
from events.stream.message import to_message
from events.stream.producer import WINDOW_MESSAGES, Addressed
from events.stream.relay import Carrier
from store import Database

_Lines = Sequence[tuple[int, bytes]]


@dataclass(frozen=True, slots=True)
class Step:
    """A window that is through: where the file was read to, how many events went, what is wrong with the others."""

    position: int
    sent: int
    faults: tuple[tuple[int, tuple[Fault, ...]], ...]  # by line


@dataclass(frozen=True, slots=True)
class Publishing:
    """``carrier`` is None where the lines are only to be checked."""

    access: Access
    carrier: Carrier | None
    now: Callable[[], datetime]

    def run_file(self, path: Path, database: Database, *, from_start: bool = False) -> Iterator[Step]:
        """Goes on after the last window that was confirmed, unless ``from_start`` or the file has changed.

        Stopped between the brokers' word and our note of it, a window is sent again; it is handled once.
        *Raises*: NoStream; StoreError; OSError.
        """
        source = f"publish:{self.access.prefix}:{path.resolve()}"
        with path.open("rb") as file:
            with database.read() as connection:
                reader = (
                    positions.from_start(file) if from_start else positions.resume(connection, source, file)
                )
            for step in self._run(reader):
                with database.write() as connection:
                    positions.record(connection, source, reader)
                yield step

    def run_stream(self, file: BinaryIO) -> Iterator[Step]:
        """Lines that are read once: of standard input, or only to be checked. *Raises*: NoStream."""
        return self._run(positions.from_start(file))

    def _run(self, reader: Reader) -> Iterator[Step]:
        lines = reader.lines()
        while window := list(islice(lines, WINDOW_MESSAGES)):
            yield self._window(window, reader)

    def _window(self, lines: _Lines, reader: Reader) -> Step:
        now = self.now()
        read = [(number, sendable(read_event(line, now))) for number, line in lines]
        faults = {number: item.faults for number, item in read if not isinstance(item, Event)}
        good = [(number, item) for number, item in read if isinstance(item, Event)]
        if self.carrier is not None and good:
            refused = self._send([event for _, event in good])
            faults |= {good[n][0]: (fault,) for n, fault in refused.items()}
        return Step(reader.position, len(lines) - len(faults), tuple(sorted(faults.items())))

    def _send(self, events: Sequence[Event]) -> dict[int, Fault]:
        assert self.carrier is not None
        window = [Addressed(self.access.topic_of(event.type), to_message(event.text)) for event in events]
        delivery = self.carrier.deliver(window)
        if delivery.trouble is not None:
            raise delivery.trouble
        return delivery.refused
