"""Batches on their way: checked for gaps, handled in a thread, committed. The part of a worker that loses nothing."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from events.runner import Runner
from events.stream.access import Access
from events.stream.batching import Observer, Place, Record, headers_of, items
from events.stream.bisecting import Outage, Work
from events.stream.liveness import Progress, end_at_once
from events.stream.offsets import Offsets
from events.stream.partitions import Partitions, first_at

if TYPE_CHECKING:
    from faust.types import EventT

_LOG = logging.getLogger(__name__)
EXIT_BROKEN = 70
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.1, 3.0
_HANDED_OVER_WITHIN_S = 4.0  # a rebalance waits no longer for anybody
T = TypeVar("T")


@dataclass(slots=True)
class Consuming:
    """Takes what Faust's agent is given. An offset is committed by ``_batch`` and by nothing else."""

    access: Access
    runner: Runner
    observer: Observer
    progress: Progress
    partitions: Partitions
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    sharing: int = 0  # how often partitions were shared out; 0: not yet
    is_shared_out: bool = False  # false while they are being shared out
    _given_up: int = 0  # the sharing in which something could not be committed: nothing later is either
    _offsets: Offsets = field(default_factory=Offsets)
    _offsets_of: int = 0
    _in_flight: "asyncio.Task[None] | None" = None
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "handling"))

    async def take(self, batch: "Sequence[EventT[bytes]]") -> None:
        """The agent's body. Cancelled or not, the batch goes on by itself, and nothing but its end commits it."""
        await self.settled()
        if self.stopping.is_set():
            return  # it comes again, to whoever has the partition then
        generation = self.partitions.generation
        records = [_record(event) for event in batch if event.message.generation_id == generation]
        self._in_flight = asyncio.create_task(self._ends_with_us(records))
        await asyncio.shield(self._in_flight)

    async def settled(self, within_s: float | None = None) -> bool:
        """Wait for the batch that is under way; whether none is any more."""
        if self._in_flight is None or self._in_flight.done():
            return True
        done, _ = await asyncio.wait({self._in_flight}, timeout=within_s)
        return bool(done)

    async def hand_over(self, *_: object, **__: object) -> None:
        """Partitions are being taken from us: finish what we hold, so that nobody has to do it again."""
        self.is_shared_out = False
        if self.progress.trouble is None:
            await self.settled(_HANDED_OVER_WITHIN_S)

    async def take_over(self, *_: object, **__: object) -> None:
        """Partitions were shared out: they begin where the brokers say."""
        self.sharing += 1
        self.is_shared_out = True
        self.progress.moved()

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _ends_with_us(self, records: Sequence[Record]) -> None:
        """What is not handled must not be passed over by the next batch: the process ends before that."""
        try:
            if self.sharing != self._given_up:
                await self._batch(self.sharing, records)
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 even an exit: nothing may go on after it
            _LOG.critical(
                "a batch was not finished (%s); this process ends, nothing of it is committed", _name(error)
            )
            end_at_once(EXIT_BROKEN)

    async def _batch(self, sharing: int, records: Sequence[Record]) -> None:
        if not await self._started(sharing, records):
            self._given_up = sharing
            return
        await self._nothing_is_missing(records)
        ends = self._offsets.after(records)
        if await self._handled(records, sharing) and await self._committed(ends, sharing):
            self._offsets.done(ends)
            self.progress.moved()
        else:
            self._given_up = sharing  # we stop, or others have the partitions: all of it comes again

    async def _started(self, sharing: int, records: Sequence[Record]) -> bool:
        """Know where each partition was to go on; asked of all that are ours at once, since it takes a while."""
        if self._offsets_of != sharing:
            self._offsets.forget()
            self._offsets_of = sharing
        unknown = self._offsets.unknown({record.place for record in records})
        if unknown:
            unknown |= self._offsets.unknown(self.partitions.ours)
        starts = await self._from_brokers(partial(self.partitions.starts, unknown), sharing)
        for place, offset in (starts or {}).items():
            self._offsets.start(place, offset)
        return starts is not None

    async def _committed(self, ends: Mapping[Place, int], sharing: int) -> bool:
        if not ends:  # only what was done before
            return True
        return bool(await self._from_brokers(partial(self.partitions.commit, ends), sharing))

    async def _nothing_is_missing(self, records: Sequence[Record]) -> None:
        """A hole that the brokers have as well (what is kept no longer, a transaction's mark) is none.

        *Raises*: LostOnTheWay, where messages were lost inside this process: a new one reads them again.
        """
        for place, (wanted, came) in self._offsets.gaps(records).items():
            first = await self._in_thread(partial(first_at, self.access, place, wanted))
            if first != came:
                raise LostOnTheWay(place, wanted, came)

    async def _handled(self, records: Sequence[Record], sharing: int) -> bool:
        """In a thread, so that heartbeats go on; again and again while the database is away."""
        work = Work(self.runner, await self._in_thread(lambda: items(records, self.runner.now())))

        async def go_on() -> bool:
            await self._in_thread(partial(self._work_off, work))
            return True

        return bool(await self._retried(go_on, (Outage,), sharing))

    def _work_off(self, work: Work) -> None:
        for outcomes, seconds in work.go_on():
            self.observer.batch(outcomes, seconds)

    async def _in_thread(self, what: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, what)

    async def _from_brokers(self, ask: Callable[[], Awaitable[T]], sharing: int) -> T | None:
        from aiokafka.errors import KafkaError

        return await self._retried(ask, (KafkaError,), sharing)

    async def _retried(
        self, ask: Callable[[], Awaitable[T]], troubles: tuple[type[Exception], ...], sharing: int
    ) -> T | None:
        """None where we stop, or where the partitions were shared out anew, before it could be done."""
        wait_s = _FIRST_WAIT_S
        while True:
            try:
                return await ask()
            except troubles as error:
                self._tell(error, wait_s)
            if await self._stopped_within(wait_s) or self.sharing != sharing:
                return None
            wait_s = min(2 * wait_s, _LONGEST_WAIT_S)

    def _tell(self, error: Exception, wait_s: float) -> None:
        trouble = error.trouble if isinstance(error, Outage) else _name(error)
        if self.progress.trouble is None or wait_s == _LONGEST_WAIT_S:
            _LOG.warning("waiting: %s", trouble)
        self.progress.waits_for(trouble)

    async def _stopped_within(self, wait_s: float) -> bool:
        try:
            await asyncio.wait_for(self.stopping.wait(), wait_s)
        except TimeoutError:
            return False
        return True


class LostOnTheWay(Exception):
    """Messages that the brokers have did not come to us."""

    def __init__(self, place: Place, wanted: int, came: int) -> None:
        super().__init__(f"{place.topic}:{place.partition}: {came} came where {wanted} should have")


def _record(event: "EventT[bytes]") -> Record:
    message = event.message
    return Record(
        Place(message.topic, message.partition), message.offset, message.value, headers_of(message.headers)
    )


def _name(error: BaseException) -> str:
    return str(error) if isinstance(error, LostOnTheWay) else type(error).__name__
