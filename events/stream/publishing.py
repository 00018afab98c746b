"""Publish a file of events to the topics: validate lines, confirm windows, resume after the last one."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from core.faults import Fault
from events import positions
from events.envelope import Event, check_publishable, parse_event
from events.positions import PositionReader
from events.stream.access import StreamAccess
from events.stream.message import build_message
from events.stream.producer import WINDOW_MESSAGES, AddressedMessage
from events.stream.relay import MessageCarrier
from store import Database

_Lines = Sequence[tuple[int, bytes]]


@dataclass(frozen=True, slots=True)
class PublishedWindow:
    """A finished window: the file position after it, the number of events sent, and the faults by line."""

    position: int
    sent: int
    faults: tuple[tuple[int, tuple[Fault, ...]], ...]  # by line number


@dataclass(frozen=True, slots=True)
class FilePublisher:
    """Publishes events from files. ``carrier`` is None if the lines are only validated."""

    access: StreamAccess
    carrier: MessageCarrier | None
    now: Callable[[], datetime]

    def publish_file(
        self, path: Path, database: Database, *, from_start: bool = False
    ) -> Iterator[PublishedWindow]:
        """Publish a file from the last confirmed window on.

        All of it is published if ``from_start`` or if the file has changed. If the process stops between the
        brokers' confirmation and the stored position, the window is sent again; workers process it once.
        *Raises*: NoStream; StoreError; OSError.
        """
        source = f"publish:{self.access.prefix}:{path.resolve()}"
        with path.open("rb") as file:
            with database.read() as connection:
                reader = (
                    positions.reader_at_start(file)
                    if from_start
                    else positions.resume_reader(connection, source, file)
                )
            for step in self._run(reader):
                with database.write() as connection:
                    positions.store_reader_position(connection, source, reader)
                yield step

    def publish_stream(self, file: BinaryIO) -> Iterator[PublishedWindow]:
        """Publish or validate lines that are read once, as from standard input. *Raises*: NoStream."""
        return self._run(positions.reader_at_start(file))

    def _run(self, reader: PositionReader) -> Iterator[PublishedWindow]:
        lines = reader.read_lines()
        while window := list(islice(lines, WINDOW_MESSAGES)):
            yield self._window(window, reader)

    def _window(self, lines: _Lines, reader: PositionReader) -> PublishedWindow:
        now = self.now()
        read = [(number, check_publishable(parse_event(line, now))) for number, line in lines]
        faults = {number: item.faults for number, item in read if not isinstance(item, Event)}
        good = [(number, item) for number, item in read if isinstance(item, Event)]
        if self.carrier is not None and good:
            refused = self._send([event for _, event in good])
            faults |= {good[n][0]: (fault,) for n, fault in refused.items()}
        return PublishedWindow(reader.position, len(lines) - len(faults), tuple(sorted(faults.items())))

    def _send(self, events: Sequence[Event]) -> dict[int, Fault]:
        assert self.carrier is not None
        window = [
            AddressedMessage(self.access.topic_for_event_type(event.type), build_message(event.text))
            for event in events
        ]
        delivery = self.carrier.deliver(window)
        if delivery.trouble is not None:
            raise delivery.trouble
        return delivery.refused
