"""The fetch loop that replaces Faust's: what it does while a rebalance has stopped the flow. Without brokers."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import ConsumerStoppedError, IllegalStateError

from events.stream.access import StreamAccess
from events.stream.batching import RecordQueue
from events.stream.engine import build_faust_app
from events.stream.fetching import FetchingConsumer, FetchingThread

PARTITION = ("member-events", 3)


def record(offset: int) -> SimpleNamespace:
    return SimpleNamespace(offset=offset, value=b"{}", headers=())


@dataclass
class App:
    consumer_generation_id: int = 7
    should_stop: bool = False
    fetched: RecordQueue = field(default_factory=RecordQueue)


class Consumer(FetchingConsumer):
    """The loop over scripted fetches: records, or None where the flow was stopped meanwhile."""

    def __init__(self, fetches: list[list[int] | None], seek_fails: bool = False) -> None:
        self.scripted, self.seek_fails = deque(fetches), seek_fails
        self.app, self.seeks, self.flow_active = App(), 0, True  # type: ignore[assignment]
        self.suspend_flow = asyncio.Event()
        self.warnings: list[str] = []
        self.log = SimpleNamespace(warning=lambda text, *_: self.warnings.append(text))  # type: ignore[assignment]

    @property
    def should_stop(self) -> bool:
        return False

    async def sleep(self, *_: Any, **__: Any) -> None:
        await asyncio.sleep(0)

    async def wait_first(self, *coroutines: Any, **_: Any) -> Any:
        tasks = [asyncio.ensure_future(coroutine) for coroutine in coroutines]
        done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        return done

    async def _wait_next_records(self, timeout: float) -> Any:
        if not self.scripted:
            self.app.should_stop = True  # type: ignore[misc]
            raise ConsumerStoppedError
        offsets = self.scripted.popleft()
        self.flow_active = offsets is not None
        return ({PARTITION: [record(offset) for offset in offsets]} if offsets else {}), None

    async def perform_seek(self) -> None:
        self.seeks += 1
        if self.seek_fails:
            raise IllegalStateError("the partition is gone")


def drain(consumer: Consumer) -> None:
    fetcher: Any = SimpleNamespace(should_stop=False)
    asyncio.run(asyncio.wait_for(consumer._drain_messages(fetcher), 10))


def taken(consumer: Consumer) -> list[tuple[object, int]]:
    queue: Any = consumer.app.fetched  # type: ignore[attr-defined]
    return [(each.generation, each.record.offset) for each in queue._fetches.get_nowait()]


def test_records_of_a_fetch_are_handed_over_with_their_generation() -> None:
    consumer = Consumer([[4, 5]])
    drain(consumer)
    assert taken(consumer) == [(7, 4), (7, 5)]


@pytest.mark.parametrize("seek_fails", [False, True])
def test_what_came_during_a_rebalance_is_sought_again_and_the_loop_goes_on(seek_fails: bool) -> None:
    consumer = Consumer([None, [4]], seek_fails)
    drain(consumer)
    assert consumer.seeks == 1
    assert len(consumer.warnings) == seek_fails
    assert taken(consumer) == [(7, 4)]


def test_a_full_queue_does_not_hold_up_a_rebalance() -> None:
    consumer = Consumer([[1], [2], []])
    consumer.suspend_flow.set()
    drain(consumer)  # the second fetch is dropped: nobody takes the first one
    assert taken(consumer) == [(7, 1)]


def test_a_consumer_that_is_stopped_by_others_ends_the_worker() -> None:
    consumer = Consumer([])
    consumer.app.should_stop = False

    async def stop(_: float) -> Any:
        raise ConsumerStoppedError

    consumer._wait_next_records = stop  # type: ignore[method-assign]
    with pytest.raises(ConsumerStoppedError):
        drain(consumer)


def test_brokers_hold_an_empty_request_shortly_so_that_the_next_one_is_not_behind_it() -> None:
    async def held_ms() -> int:
        app = build_faust_app(StreamAccess("127.0.0.1:9"), None)
        thread = app.consumer._thread
        assert isinstance(thread, FetchingThread)
        made = thread._create_worker_consumer(app.transport)
        return int(made._fetch_max_wait_ms)

    assert asyncio.run(held_ms()) == 250
