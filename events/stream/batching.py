"""Kafka messages as read from the brokers, and their conversion into inbound events."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from events.envelope import Event, InvalidEvent
from events.pipeline import BatchOutcome, InboundEvent
from events.stream.bisecting import poison_fault
from events.stream.message import parse_message
from members import scrub_personal_numbers

BATCH_SIZE = 500
LINGER_S = 0.1  # how long a short batch waits for more


class StreamPartition(NamedTuple):
    """A partition of a topic."""

    topic: str
    partition: int


@dataclass(frozen=True, slots=True)
class KafkaRecord:
    """One message as read from a partition."""

    place: StreamPartition
    offset: int
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]

    @property
    def origin(self) -> str:
        """Topic, partition and offset, as stored with an event or a dead letter."""
        return f"{self.place.topic}:{self.place.partition}:{self.offset}"


class WorkerObserver(Protocol):
    """Receives reports on the worker's progress, for metrics. Called from several threads."""

    def batch(self, outcomes: BatchOutcome, seconds: float) -> None:
        """A transaction was committed. A batch is one transaction unless some event in it failed."""
        ...

    def lag(self, lag: Mapping[StreamPartition, int]) -> None:
        """The number of unprocessed messages in each partition of this worker; called every few seconds."""
        ...


class NullObserver:
    """An observer that ignores all reports."""

    def batch(self, outcomes: BatchOutcome, seconds: float) -> None:
        pass

    def lag(self, lag: Mapping[StreamPartition, int]) -> None:
        pass


def build_inbound_events(records: Iterable[KafkaRecord], now: datetime) -> Sequence[InboundEvent]:
    """Parse and validate each message; an invalid one becomes a dead letter later in the pipeline."""
    return [InboundEvent(_read(record, now), record.origin) for record in records]


def _read(record: KafkaRecord, now: datetime) -> Event | InvalidEvent:
    try:
        return parse_message(record.value, record.headers, now)
    except Exception as error:  # noqa: BLE001 a message that breaks the parser must not stop the others
        text = (record.value or b"").decode("utf-8", "backslashreplace").replace("\0", "\ufffd")
        return InvalidEvent((poison_fault(error),), None, None, scrub_personal_numbers(text))


def normalize_headers(given: object) -> tuple[tuple[str, bytes], ...]:
    """Return headers as pairs.

    Faust passes on what aiokafka returns: pairs or a mapping; a header may have no value.
    """
    pairs = given.items() if isinstance(given, Mapping) else given or ()
    return tuple((str(name), value or b"") for name, value in pairs)  # type: ignore[attr-defined]
