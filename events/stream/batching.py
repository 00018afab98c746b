"""Kafka messages as read from the brokers, the queue of them, and their conversion into inbound events."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from events.envelope import Event, InvalidEvent
from events.pipeline import BatchOutcome, InboundEvent
from events.stream.bisecting import poison_fault
from events.stream.message import parse_message
from members import scrub_personal_numbers

BATCH_SIZE = 500
LINGER_S = 0.02  # how long a short batch waits for more


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


class FetchedRecord(NamedTuple):
    """A record, and the generation of the consumer group in which this worker has fetched it."""

    generation: object
    record: KafkaRecord


class RecordQueue:
    """The records that wait for the worker, in the order of each partition: one fetch, and the rest of the one before."""

    def __init__(self) -> None:
        self._fetches: asyncio.Queue[list[FetchedRecord]] = asyncio.Queue(1)
        self._rest: list[FetchedRecord] = []

    async def put(self, fetched: list[FetchedRecord]) -> None:
        """Add the records of a fetch; wait while others do."""
        await self._fetches.put(fetched)

    async def take_batch(self) -> list[FetchedRecord]:
        """Return up to `BATCH_SIZE` records; a short batch waits for more for `LINGER_S`."""
        batch = self._rest or await self._fetches.get()
        with suppress(TimeoutError):
            async with asyncio.timeout(LINGER_S):
                while len(batch) < BATCH_SIZE:
                    batch = batch + await self._fetches.get()
        self._rest = batch[BATCH_SIZE:]
        return batch[:BATCH_SIZE]


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

    aiokafka and kafka-python return pairs or a mapping; a header may have no value.
    """
    pairs = given.items() if isinstance(given, Mapping) else given or ()
    return tuple((str(name), value or b"") for name, value in pairs)  # type: ignore[attr-defined]
