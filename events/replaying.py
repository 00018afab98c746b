"""Events handled once more: from a file, the journal or a topic, into the real ledger or a scratch one.

The same path as ever (``pipeline.handle``), so that what was handled before is a duplicate. How far a replay has
come is committed with what it did: stopped anywhere, it goes on there; at its end that is forgotten.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection

from events import journal, positions
from events.envelope import Event, read_event
from events.pipeline import Item, Outcomes, handle
from events.retries import in_transaction
from events.runner import Runner
from store import Database

_PREFIX = "replay:"


@dataclass(frozen=True, slots=True)
class Portion:
    """Some events, how far they bring us in the source's unit, and what to keep with their outcomes."""

    items: Sequence[Item]
    done: int
    record: Callable[[Connection], None]


class Source(Protocol):
    """Where events are read again. ``name`` says what exactly is replayed."""

    @property
    def name(self) -> str: ...

    @property
    def total(self) -> int:
        """How much there is, in the unit of ``Portion.done``."""
        ...

    def portions(self, target: Connection, size: int, now: datetime) -> Iterator[Portion]:
        """Portions from where the target's last replay of this source was stopped; at most ``size`` events each.

        ``target`` is used before the first one only.
        """
        ...


@dataclass(slots=True)
class Replaying:
    """A replay into the runner's database. Into a scratch one without stations: it holds no register."""

    runner: Runner
    with_stations: bool = True
    stations_left_out: int = 0

    def run(self, source: Source) -> Iterator[tuple[int, Outcomes]]:
        """How far it has come, and what became of each portion; each is one transaction."""
        database, now = self.runner.database, self.runner.now()
        with database.read() as connection:
            waiting = source.portions(connection, self.runner.batch_size, now)
            first = next(waiting, None)
        while first is not None:
            yield first.done, in_transaction(database, partial(self._handle, first))
            first = next(waiting, None)
        with database.write() as connection:
            positions.forget(connection, source.name)

    def _handle(self, portion: Portion, connection: Connection) -> Outcomes:
        items = [item for item in portion.items if self.with_stations or not _is_of_stations(item)]
        outcomes = handle(items, connection, self.runner.library(connection), self.runner.now())
        portion.record(connection)
        self.stations_left_out += len(portion.items) - len(items)
        return outcomes


def _is_of_stations(item: Item) -> bool:
    return isinstance(item.event, Event) and item.event.type.startswith("station.")


def is_under_way(connection: Connection, source: Source) -> bool:
    """Whether a replay of this source into this database was stopped before its end."""
    return bool(positions.kept(connection, source.name))


def begin(connection: Connection, source: Source) -> None:
    """Remember a replay that has nothing to show yet."""
    positions.keep(connection, source.name, 0)


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file of CloudEvents, one a line."""

    path: Path

    @property
    def name(self) -> str:
        return f"{_PREFIX}file:{self.path.resolve()}"

    @property
    def total(self) -> int:
        return self.path.stat().st_size

    def portions(self, target: Connection, size: int, now: datetime) -> Iterator[Portion]:
        with self.path.open("rb") as file:
            reader = positions.resume(target, self.name, file)
            lines = reader.lines()
            while batch := list(islice(lines, size)):
                items = [Item(read_event(line, now), f"{self.path.name}:{n}") for n, line in batch]
                position, digest = reader.position, reader.digest.hexdigest()
                record = partial(_keep, name=self.name, position=position, digest=digest)
                yield Portion(items, position, record)


def _keep(connection: Connection, *, name: str, position: int, digest: str = "") -> None:
    positions.keep(connection, name, position, digest)


@dataclass(frozen=True, slots=True)
class JournalSource:
    """What was handled about members and occurred from one civil date to another, in order of arrival."""

    database: Database
    since: date | None = None
    until: date | None = None

    @property
    def name(self) -> str:
        return f"{_PREFIX}journal:{self.database.target}:{self.since or ''}..{self.until or ''}"

    @property
    def is_whole(self) -> bool:
        return self.since is None and self.until is None

    @property
    def total(self) -> int:
        with self.database.read() as connection:
            return journal.count(connection, self.since, self.until)

    def portions(self, target: Connection, size: int, now: datetime) -> Iterator[Portion]:
        """Up to the event that is the last one now: what is replayed into its own journal has an end."""
        last = positions.kept(target, self.name).get(self.name, 0)
        with self.database.read() as connection:
            done = journal.count(connection, self.since, self.until, up_to=last)
            end = journal.last(connection)
        while rows := self._page(last, end, size):
            last, done = rows[-1][0], done + len(rows)
            items = [Item(read_event(text, now), f"journal:{sequence}") for sequence, text in rows]
            yield Portion(items, done, partial(_keep, name=self.name, position=last))

    def _page(self, after: int, end: int, size: int) -> list[tuple[int, str]]:
        with self.database.read() as connection:
            return journal.page(connection, self.since, self.until, (after, end), size)
