"""Messages as they were read from the brokers, and as items that can be handled."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from events.envelope import Event, Unreadable
from events.pipeline import Item, Outcomes
from events.stream.bisecting import poison
from events.stream.message import read_message
from members import scrubbed

BATCH_SIZE = 500
LINGER_S = 0.1  # how long a short batch waits for more


class Place(NamedTuple):
    """A partition of a topic."""

    topic: str
    partition: int


@dataclass(frozen=True, slots=True)
class Record:
    """One message."""

    place: Place
    offset: int
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]

    @property
    def origin(self) -> str:
        return f"{self.place.topic}:{self.place.partition}:{self.offset}"


class Observer(Protocol):
    """Who is told what the worker does: metrics, for example. Called from several threads."""

    def batch(self, outcomes: Outcomes, seconds: float) -> None:
        """A transaction was committed; a batch is one unless something in it could not be handled."""
        ...

    def lag(self, lag: Mapping[Place, int]) -> None:
        """How many messages each of this worker's partitions holds that aren't done; every few seconds."""
        ...


class Unobserved:
    """Nobody is told."""

    def batch(self, outcomes: Outcomes, seconds: float) -> None:
        pass

    def lag(self, lag: Mapping[Place, int]) -> None:
        pass


def items(records: Iterable[Record], now: datetime) -> Sequence[Item]:
    """Checked whole; what is no event becomes a dead letter further on."""
    return [Item(_read(record, now), record.origin) for record in records]


def _read(record: Record, now: datetime) -> Event | Unreadable:
    try:
        return read_message(record.value, record.headers, now)
    except Exception as error:  # noqa: BLE001 a message that breaks the reading must not stop the others
        text = (record.value or b"").decode("utf-8", "backslashreplace").replace("\0", "\ufffd")
        return Unreadable((poison(error),), None, None, scrubbed(text))


def headers_of(given: object) -> tuple[tuple[str, bytes], ...]:
    """Faust hands on what aiokafka gives: pairs, or a mapping; a header may have no value."""
    pairs = given.items() if isinstance(given, Mapping) else given or ()
    return tuple((str(name), value or b"") for name, value in pairs)  # type: ignore[attr-defined]
