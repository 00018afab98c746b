"""The partitions assigned to a worker: only this module reads and commits offsets, through Faust."""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from events.stream.access import StreamAccess
from events.stream.batching import KafkaRecord, StreamPartition

if TYPE_CHECKING:
    import faust
    from faust.types import TP

T = TypeVar("T")
_ANSWER_WITHIN_S = 10.0


class AssignedPartitions:
    """The brokers' side of a worker. Every method may raise KafkaError, as while brokers are unavailable."""

    def __init__(self, app: "faust.App") -> None:
        self._app = app

    @property
    def generation(self) -> object:
        """The consumer group's generation: it identifies the current assignment."""
        return self._app.consumer_generation_id

    @property
    def assigned(self) -> set[StreamPartition]:
        """The partitions assigned to this worker; empty before the first assignment."""
        from faust.exceptions import ConsumerNotStarted

        try:
            return {StreamPartition(*partition) for partition in self._app.consumer.assignment()}
        except ConsumerNotStarted:
            return set()

    async def start_offsets(self, places: Collection[StreamPartition]) -> Mapping[StreamPartition, int]:
        """Return where each partition continues.

        That is after the committed offset, or at the earliest retained message if that is later.
        """
        if not places:
            return {}
        earliest = await self._app.consumer.earliest_offsets(*map(_faust, places))
        kept = {StreamPartition(*partition): offset or 0 for partition, offset in earliest.items()}
        committed = await self.committed_offsets(places)
        return {place: max(committed[place] or 0, kept.get(place, 0)) for place in places}

    async def committed_offsets(
        self, places: Collection[StreamPartition]
    ) -> Mapping[StreamPartition, int | None]:
        """Return the offsets that our group has committed."""
        from aiokafka import TopicPartition

        async def known(places: Sequence[StreamPartition]) -> Sequence[int | None]:
            consumer = self._consumer()
            asked = (consumer.committed(TopicPartition(*place)) for place in places)
            found: list[int | None] = await asyncio.gather(*asked)
            return found

        in_order = list(places)
        return dict(zip(in_order, await self._ask(known, in_order), strict=True))

    async def end_offsets(self, places: Collection[StreamPartition]) -> Mapping[StreamPartition, int]:
        """Return the offset after the last message of each partition."""
        if not places:
            return {}
        found = await self._app.consumer.highwaters(*map(_faust, places))
        return {StreamPartition(*partition): end or 0 for partition, end in found.items()}

    async def commit(self, offsets: Mapping[StreamPartition, int]) -> bool:
        """Commit offsets; return False if the partitions were reassigned meanwhile.

        Their new worker then reads the messages again.
        """
        from aiokafka import TopicPartition
        from aiokafka.errors import CommitFailedError, IllegalStateError

        ours = self.assigned
        kept = {TopicPartition(*place): offset for place, offset in offsets.items() if place in ours}
        if not kept:
            return False
        try:
            await self._ask(self._consumer().commit, kept)
        except (CommitFailedError, IllegalStateError):
            return False
        return True

    @property
    def _thread(self) -> Any:
        """aiokafka's own thread, behind Faust's consumer."""
        return self._app.consumer._thread  # type: ignore[attr-defined]

    def _consumer(self) -> Any:
        return self._thread._ensure_consumer()

    async def _ask(self, what: Callable[..., Coroutine[Any, Any, T]], *arguments: object) -> T:
        """Run a coroutine in that thread, bypassing the queue in which Faust's calls wait for messages."""
        asked = asyncio.run_coroutine_threadsafe(what(*arguments), self._thread.thread_loop)
        return await asyncio.wrap_future(asked)


def _faust(place: StreamPartition) -> "TP":
    from faust.types import TP

    return TP(*place)


def fetch_first_offset(access: StreamAccess, place: StreamPartition, offset: int) -> int | None:
    """Return the offset of the first message at or after an offset, read from the brokers without Faust.

    Takes up to some seconds. None if no message came.
    """
    from kafka import KafkaConsumer, TopicPartition

    from events.stream.faults import client_arguments

    # If retention has deleted the offset, reading starts at the earliest one.
    consumer = KafkaConsumer(
        **client_arguments(access), enable_auto_commit=False, auto_offset_reset="earliest"
    )
    try:
        partition = TopicPartition(*place)
        consumer.assign([partition])
        consumer.seek(partition, offset)
        found = consumer.poll(timeout_ms=int(_ANSWER_WITHIN_S * 1000), max_records=1)
        return next((int(message.offset) for messages in found.values() for message in messages), None)
    finally:
        consumer.close()


@dataclass(slots=True)
class PartitionOffsets:
    """The next expected offset of each partition assigned to this worker."""

    _next: dict[StreamPartition, int] = field(default_factory=dict)

    def clear(self) -> None:
        """Discard all offsets after a rebalance."""
        self._next = {}

    def unknown_partitions(self, places: Set[StreamPartition]) -> set[StreamPartition]:
        """Return the partitions without a known offset."""
        return set(places - self._next.keys())

    def set_start(self, place: StreamPartition, offset: int) -> None:
        """Set the first expected offset of a partition."""
        self._next[place] = offset

    def find_gaps(self, records: Iterable[KafkaRecord]) -> dict[StreamPartition, tuple[int, int]]:
        """Return the first gap of each partition: the expected offset and the offset that came."""
        expected = dict(self._next)
        found: dict[StreamPartition, tuple[int, int]] = {}
        for record in records:
            wanted = expected[record.place]
            if record.offset > wanted:
                found.setdefault(record.place, (wanted, record.offset))
            expected[record.place] = max(wanted, record.offset + 1)
        return found

    def offsets_after(self, records: Iterable[KafkaRecord]) -> Mapping[StreamPartition, int]:
        """Return the offsets to commit once these records are processed; only those that advance."""
        ends: dict[StreamPartition, int] = {}
        for record in records:
            ends[record.place] = max(ends.get(record.place, 0), record.offset + 1)
        return {place: end for place, end in ends.items() if end > self._next.get(place, -1)}

    def mark_committed(self, committed: Mapping[StreamPartition, int]) -> None:
        """Continue after the committed offsets."""
        self._next.update(committed)
