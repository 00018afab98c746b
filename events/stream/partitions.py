"""What is ours of the topics: offsets are read and committed here and nowhere else, by way of Faust's consumer."""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from events.stream.access import Access
from events.stream.batching import Place

if TYPE_CHECKING:
    import faust
    from faust.types import TP

T = TypeVar("T")
_ANSWER_WITHIN_S = 10.0


class Partitions:
    """The brokers' side of a worker. Everything may raise KafkaError, and does while brokers are away."""

    def __init__(self, app: "faust.App") -> None:
        self._app = app

    @property
    def generation(self) -> object:
        """Which sharing-out of partitions is in force."""
        return self._app.consumer_generation_id

    @property
    def ours(self) -> set[Place]:
        """None before the first sharing-out."""
        from faust.exceptions import ConsumerNotStarted

        try:
            return {Place(*partition) for partition in self._app.consumer.assignment()}
        except ConsumerNotStarted:
            return set()

    async def starts(self, places: Collection[Place]) -> Mapping[Place, int]:
        """Where each is to go on: after what was committed, at the earliest message that is still kept."""
        if not places:
            return {}
        earliest = await self._app.consumer.earliest_offsets(*map(_faust, places))
        kept = {Place(*partition): offset or 0 for partition, offset in earliest.items()}
        committed = await self.committed(places)
        return {place: max(committed[place] or 0, kept.get(place, 0)) for place in places}

    async def committed(self, places: Collection[Place]) -> Mapping[Place, int | None]:
        """What the brokers know of our group."""
        from aiokafka import TopicPartition

        async def known(places: Sequence[Place]) -> Sequence[int | None]:
            consumer = self._consumer()
            asked = (consumer.committed(TopicPartition(*place)) for place in places)
            found: list[int | None] = await asyncio.gather(*asked)
            return found

        in_order = list(places)
        return dict(zip(in_order, await self._ask(known, in_order), strict=True))

    async def ends(self, places: Collection[Place]) -> Mapping[Place, int]:
        """After the last message of each."""
        if not places:
            return {}
        found = await self._app.consumer.highwaters(*map(_faust, places))
        return {Place(*partition): end or 0 for partition, end in found.items()}

    async def commit(self, offsets: Mapping[Place, int]) -> bool:
        """False where the partitions were shared out anew meanwhile: whoever has them now reads them again."""
        from aiokafka import TopicPartition
        from aiokafka.errors import CommitFailedError, IllegalStateError

        ours = self.ours
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
        """aiokafka lives in a thread of its own, with Faust's consumer as its front."""
        return self._app.consumer._thread  # type: ignore[attr-defined]

    def _consumer(self) -> Any:
        return self._thread._ensure_consumer()

    async def _ask(self, what: Callable[..., Coroutine[Any, Any, T]], *arguments: object) -> T:
        """In that thread, but past the queue in which Faust's own calls wait for messages to come."""
        asked = asyncio.run_coroutine_threadsafe(what(*arguments), self._thread.thread_loop)
        return await asyncio.wrap_future(asked)


def _faust(place: Place) -> "TP":
    from faust.types import TP

    return TP(*place)


def first_at(access: Access, place: Place, offset: int) -> int | None:
    """The offset of the first message there is at or after one: asked of the brokers without Faust.

    Takes up to some seconds. None where nothing came.
    """
    from kafka import KafkaConsumer, TopicPartition

    from events.stream.connection_faults import client_arguments

    # What was asked for may be kept no longer: then it is the earliest there is.
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
