"""Consume batches without loss: check for gaps, process in a thread, commit the offsets."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from events.runner import EventRunner
from events.stream.access import StreamAccess
from events.stream.batching import (
    FetchedRecord,
    KafkaRecord,
    StreamPartition,
    WorkerObserver,
    build_inbound_events,
)
from events.stream.bisecting import Outage, PendingBatch
from events.stream.liveness import WorkerProgress, exit_immediately
from events.stream.partitions import AssignedPartitions, PartitionOffsets, fetch_first_offset

_LOG = logging.getLogger(__name__)
EXIT_BROKEN = 70
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.1, 3.0
_WARM_WITHIN_S = 10.0
_HANDED_OVER_WITHIN_S = 4.0  # the longest time that a rebalance waits for a batch
T = TypeVar("T")


@dataclass(slots=True)
class BatchConsumer:
    """Process batches of records. Only ``_batch`` commits offsets."""

    access: StreamAccess
    runner: EventRunner
    observer: WorkerObserver
    progress: WorkerProgress
    partitions: AssignedPartitions
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    assignment_count: int = 0  # number of partition assignments so far; 0: none yet
    _assigned: asyncio.Event = field(default_factory=asyncio.Event)  # not set during a rebalance
    _given_up: int = 0  # the assignment in which a commit failed: nothing later in it is committed
    _offsets: PartitionOffsets = field(default_factory=PartitionOffsets)
    _offsets_of: int = 0
    _in_flight: "asyncio.Task[None] | None" = None
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "handling"))

    async def warm_up(self) -> None:
        """Load the rules before this worker joins its group.

        No worker handles the events of a partition while the one that holds it loads rules. If the database hangs,
        the worker joins after ten seconds all the same, and its first batch waits.
        """
        self._in_flight = asyncio.create_task(self._run_or_exit(self._in_thread(self.runner.load_rules)))
        await self.wait_until_idle(_WARM_WITHIN_S)

    async def consume(self, batch: Sequence[FetchedRecord]) -> None:
        """Process the records that were fetched since the partitions were assigned; all others come again.

        The batch continues if the caller is cancelled; its offsets are committed only when it is finished.
        """
        await self._assigned.wait()
        await self.wait_until_idle()
        if self.stopping.is_set():
            return  # the batch comes again, to the worker that has the partition then
        generation = self.partitions.generation
        records = [fetched.record for fetched in batch if fetched.generation == generation]
        if self.assignment_count == self._given_up:
            return
        self._in_flight = asyncio.create_task(self._run_or_exit(self._batch(self.assignment_count, records)))
        await asyncio.shield(self._in_flight)

    @property
    def is_assigned(self) -> bool:
        """Whether this worker has its partitions; false during a rebalance."""
        return self._assigned.is_set()

    async def wait_until_idle(self, within_s: float | None = None) -> bool:
        """Wait for the batch in progress; return whether none is in progress any more."""
        if self._in_flight is None or self._in_flight.done():
            return True
        done, _ = await asyncio.wait({self._in_flight}, timeout=within_s)
        return bool(done)

    async def on_partitions_revoked(self, *_: object, **__: object) -> None:
        """Finish the current batch before partitions are revoked, so that no other worker repeats it."""
        self._assigned.clear()
        if self.progress.trouble is None:
            await self.wait_until_idle(_HANDED_OVER_WITHIN_S)

    async def on_partitions_assigned(self, *_: object, **__: object) -> None:
        """Count a new assignment; its partitions start at the offsets that the brokers report."""
        self.assignment_count += 1
        self._assigned.set()
        self.progress.record_progress()

    def close(self) -> None:
        """Shut down the processing thread without waiting for it."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _run_or_exit(self, work: Coroutine[object, object, None]) -> None:
        """Do a batch, or what comes before the first one; exit the process if that fails.

        Otherwise the commit of the next batch would skip the messages of this one.
        """
        try:
            await work
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 even SystemExit: nothing may continue after it
            _LOG.critical(
                "a batch was not finished (%s); this process ends, nothing of it is committed", _name(error)
            )
            exit_immediately(EXIT_BROKEN)

    async def _batch(self, sharing: int, records: Sequence[KafkaRecord]) -> None:
        if not await self._started(sharing, records):
            self._given_up = sharing
            return
        await self._check_gaps(records)
        ends = self._offsets.offsets_after(records)
        if await self._handled(records, sharing) and await self._committed(ends, sharing):
            self._offsets.mark_committed(ends)
            self.progress.record_progress()
        else:
            self._given_up = sharing  # this worker stops or lost the partitions: the whole batch comes again

    async def _started(self, sharing: int, records: Sequence[KafkaRecord]) -> bool:
        """Load each partition's start offset; return False if the worker stops or is rebalanced first.

        It asks for all assigned partitions together, since a request takes a while.
        """
        if self._offsets_of != sharing:
            self._offsets.clear()
            self._offsets_of = sharing
        unknown = self._offsets.unknown_partitions({record.place for record in records})
        if unknown:
            unknown |= self._offsets.unknown_partitions(self.partitions.assigned)
        starts = await self._from_brokers(partial(self.partitions.start_offsets, unknown), sharing)
        for place, offset in (starts or {}).items():
            self._offsets.set_start(place, offset)
        return starts is not None

    async def _committed(self, ends: Mapping[StreamPartition, int], sharing: int) -> bool:
        if not ends:  # all of it was processed before
            return True
        return bool(await self._from_brokers(partial(self.partitions.commit, ends), sharing))

    async def _check_gaps(self, records: Sequence[KafkaRecord]) -> None:
        """Check that each gap in the offsets exists on the brokers too.

        Deleted messages and transaction markers leave such gaps.
        *Raises*: MessagesLost if this process lost messages; a new process reads them again.
        """
        for place, (wanted, came) in self._offsets.find_gaps(records).items():
            first = await self._in_thread(partial(fetch_first_offset, self.access, place, wanted))
            if first != came:
                raise MessagesLost(place, wanted, came)

    async def _handled(self, records: Sequence[KafkaRecord], sharing: int) -> bool:
        """Process a batch in a thread, so that heartbeats continue; retry while the database is down."""
        work = PendingBatch(
            self.runner, await self._in_thread(lambda: build_inbound_events(records, self.runner.now()))
        )

        async def go_on() -> bool:
            await self._in_thread(partial(self._work_off, work))
            return True

        return bool(await self._retried(go_on, (Outage,), sharing))

    def _work_off(self, work: PendingBatch) -> None:
        for outcomes, seconds in work.process():
            self.observer.batch(outcomes, seconds)

    async def _in_thread(self, what: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, what)

    async def _from_brokers(self, ask: Callable[[], Awaitable[T]], sharing: int) -> T | None:
        from aiokafka.errors import KafkaError

        return await self._retried(ask, (KafkaError,), sharing)

    async def _retried(
        self, ask: Callable[[], Awaitable[T]], troubles: tuple[type[Exception], ...], sharing: int
    ) -> T | None:
        """Retry a call; return None if the worker stops or is rebalanced before the call succeeds."""
        wait_s = _FIRST_WAIT_S
        while True:
            try:
                return await ask()
            except troubles as error:
                self._tell(error, wait_s)
            if await self._stopped_within(wait_s) or self.assignment_count != sharing:
                return None
            wait_s = min(2 * wait_s, _LONGEST_WAIT_S)

    def _tell(self, error: Exception, wait_s: float) -> None:
        trouble = error.trouble if isinstance(error, Outage) else _name(error)
        if self.progress.trouble is None or wait_s == _LONGEST_WAIT_S:
            _LOG.warning("waiting: %s", trouble)
        self.progress.record_trouble(trouble)

    async def _stopped_within(self, wait_s: float) -> bool:
        try:
            await asyncio.wait_for(self.stopping.wait(), wait_s)
        except TimeoutError:
            return False
        return True


class MessagesLost(Exception):
    """Messages that the brokers have did not reach this process."""

    def __init__(self, place: StreamPartition, wanted: int, came: int) -> None:
        super().__init__(f"{place.topic}:{place.partition}: {came} came where {wanted} should have")


def _name(error: BaseException) -> str:
    return str(error) if isinstance(error, MessagesLost) else type(error).__name__
