"""Process events again from a file, the journal or a topic, into the real ledger or a scratch one.

A replay uses ``pipeline.process_batch``, so events that were processed before are duplicates. The
position of a replay is committed with each portion: a stopped replay continues there. The position is
deleted at the end.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection

from events import journal, positions
from events.acts import Act, last_act, read_acts
from events.envelope import Event, parse_event
from events.journal import JournalledEvent
from events.pipeline import BatchOutcome, InboundEvent, process_batch
from events.retries import run_in_transaction
from events.runner import EventRunner
from store import Database

_PREFIX = "replay:"
_ACTS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class ReplayPortion:
    """Some events, the position after them in the source's unit, and a function that stores this position.

    ``acts`` were done after these events. ``at`` is when the events were handled, if the source knows it.
    """

    items: Sequence[InboundEvent]
    done: int
    record: Callable[[Connection], None]
    acts: Sequence[Act] = ()
    at: datetime | None = None


class ReplaySource(Protocol):
    """A source of events to replay. ``name`` identifies exactly what is replayed."""

    @property
    def name(self) -> str: ...

    @property
    def total(self) -> int:
        """The size of the source, in the unit of ``ReplayPortion.done``."""
        ...

    def portions(self, target: Connection, size: int, now: datetime) -> Iterator[ReplayPortion]:
        """Yield portions of at most ``size`` events from where the target's last replay was stopped.

        ``target`` is used only before the first portion.
        """
        ...


@dataclass(slots=True)
class LedgerReplay:
    """A replay into the runner's database.

    With ``with_stations`` false, station events are left out: a scratch database holds no register. ``real`` is
    the ledger that handled the events before: each is handled as on that day, from which claims run of those who
    moved up a waiting list.
    ``redo`` does an act again; a ledger that did the acts itself needs none.
    """

    runner: EventRunner
    with_stations: bool = True
    redo: Callable[[Act, Connection], None] | None = None
    real: Database | None = None
    stations_left_out: int = 0

    def run(self, source: ReplaySource) -> Iterator[tuple[int, BatchOutcome]]:
        """Yield the position and the outcome of each portion; each portion is one transaction."""
        database, now = self.runner.database, self.runner.now()
        with database.read() as connection:
            waiting = source.portions(connection, self.runner.batch_size, now)
            first = next(waiting, None)
        while first is not None:
            yield first.done, run_in_transaction(database, partial(self._handle, first))
            first = next(waiting, None)
        with database.write() as connection:
            positions.delete_positions(connection, source.name)

    def _handle(self, portion: ReplayPortion, connection: Connection) -> BatchOutcome:
        items = [item for item in portion.items if self.with_stations or not _is_of_stations(item)]
        outcomes, library = BatchOutcome(), self.runner.library(connection)
        for now, some in self._by_instant(items, portion.at):
            outcomes.add(process_batch(some, connection, library, now))
        if self.redo is not None:
            for act in portion.acts:
                self.redo(act, connection)
        portion.record(connection)
        self.stations_left_out += len(portion.items) - len(items)
        return outcomes

    def _by_instant(
        self, items: Sequence[InboundEvent], at: datetime | None
    ) -> Iterator[tuple[datetime, Sequence[InboundEvent]]]:
        """Yield the events that were handled at one instant together, in their order."""
        if at is not None or self.real is None:
            yield at or self.runner.now(), items
            return
        keys = [item.event.key for item in items if isinstance(item.event, Event)]
        with self.real.read() as connection:
            known = journal.read_instants(connection, keys)
        now = self.runner.now()
        instants = [
            known.get(item.event.key, now) if isinstance(item.event, Event) else now for item in items
        ]
        for instant, group in groupby(zip(instants, items, strict=True), key=itemgetter(0)):
            yield instant, [item for _, item in group]


def _is_of_stations(item: InboundEvent) -> bool:
    return isinstance(item.event, Event) and item.event.type.startswith("station.")


def is_replay_under_way(connection: Connection, source: ReplaySource) -> bool:
    """Return whether a replay of this source into this database was stopped before its end."""
    return bool(positions.read_positions(connection, source.name))


def begin_replay(connection: Connection, source: ReplaySource) -> None:
    """Store the start of a replay that has processed nothing yet."""
    positions.store_position(connection, source.name, 0)


@dataclass(frozen=True, slots=True)
class FileReplaySource:
    """A file of CloudEvents, one a line."""

    path: Path

    @property
    def name(self) -> str:
        return f"{_PREFIX}file:{self.path.resolve()}"

    @property
    def total(self) -> int:
        return self.path.stat().st_size

    def portions(self, target: Connection, size: int, now: datetime) -> Iterator[ReplayPortion]:
        with self.path.open("rb") as file:
            reader = positions.resume_reader(target, self.name, file)
            lines = reader.read_lines()
            while batch := list(islice(lines, size)):
                items = [InboundEvent(parse_event(line, now), f"{self.path.name}:{n}") for n, line in batch]
                position, digest = reader.position, reader.digest.hexdigest()
                record = partial(_keep, name=self.name, position=position, digest=digest)
                yield ReplayPortion(items, position, record)


def _keep(connection: Connection, *, name: str, position: int, digest: str = "") -> None:
    positions.store_position(connection, name, position, digest)


@dataclass(frozen=True, slots=True)
class JournalReplaySource:
    """The journal's events that occurred from one civil date to another, in order of arrival.

    The acts between the events belong to the whole journal: they are left out if a day bounds it.
    """

    database: Database
    since: date | None = None
    until: date | None = None

    @property
    def name(self) -> str:
        return f"{_PREFIX}journal:{self.database.target}:{self.since or ''}..{self.until or ''}"

    @property
    def total(self) -> int:
        with self.database.read() as connection:
            return journal.count_events(connection, self.since, self.until)

    def portions(self, target: Connection, size: int, now: datetime) -> Iterator[ReplayPortion]:
        """Yield portions up to the event that is last now, so that a replay into the same journal ends.

        Events that were handled at one instant stay together, so that each is recorded with its instant.
        """
        acts_name = positions.part_name(self.name, 0)
        stored = positions.read_positions(target, self.name)
        last, last_done = stored.get(self.name, 0), stored.get(acts_name, 0)
        with self.database.read() as connection:
            done = journal.count_events(connection, self.since, self.until, up_to=last)
            end, end_act = journal.last_sequence(connection), last_act(connection)
        if self.since or self.until:
            end_act = last_done
        moments = self._moments((last, end), (last_done, end_act), size)
        for rows, acts in _portions(moments, size):
            last, done = rows[-1].sequence if rows else last, done + len(rows)
            last_done = acts[-1].sequence if acts else last_done
            items = [
                InboundEvent(parse_event(row.text, now), f"journal:{row.sequence}", is_own=True)
                for row in rows
            ]
            record = partial(_keep_both, names=(self.name, acts_name), positions_=(last, last_done))
            yield ReplayPortion(items, done, record, acts, rows[0].recorded_at if rows else None)

    def _moments(
        self, events: tuple[int, int], acts: tuple[int, int], size: int
    ) -> Iterator[JournalledEvent | Act]:
        """Yield events, and each act after the last event that the journal held when it was done."""
        waiting = self._acts(acts)
        act = next(waiting, None)
        last, end = events
        while rows := self._page(last, end, size):
            last = rows[-1].sequence
            for row in rows:
                while act is not None and act.after_event < row.sequence:
                    yield act
                    act = next(waiting, None)
                yield row
        while act is not None:
            yield act
            act = next(waiting, None)

    def _acts(self, between: tuple[int, int]) -> Iterator[Act]:
        last, end = between
        while True:
            with self.database.read() as connection:
                found = read_acts(connection, (last, end), _ACTS_AT_ONCE)
            if not found:
                return
            yield from found
            last = found[-1].sequence

    def _page(self, after: int, end: int, size: int) -> list[JournalledEvent]:
        with self.database.read() as connection:
            return journal.read_page(connection, self.since, self.until, (after, end), size)


def _portions(
    moments: Iterable[JournalledEvent | Act], size: int
) -> Iterator[tuple[list[JournalledEvent], list[Act]]]:
    """Yield events that were handled at one instant, and the acts after them."""
    rows: list[JournalledEvent] = []
    acts: list[Act] = []
    for moment in moments:
        if isinstance(moment, Act):
            acts.append(moment)
            continue
        if acts or len(rows) >= size or (rows and rows[-1].recorded_at != moment.recorded_at):
            yield rows, acts
            rows, acts = [], []
        rows.append(moment)
    if rows or acts:
        yield rows, acts


def _keep_both(connection: Connection, *, names: tuple[str, str], positions_: tuple[int, int]) -> None:
    for name, position in zip(names, positions_, strict=True):
        _keep(connection, name=name, position=position)
