"""The queue between Faust's consumer and the worker: everything in order, in batches of limited size."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.stream import batching
from events.stream.batching import FetchedRecord, KafkaRecord, RecordQueue, StreamPartition

PLACE = StreamPartition("member-events", 0)


@pytest.fixture(autouse=True, scope="module")
def _small_and_quick() -> "object":
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batching, "BATCH_SIZE", 5)
        patch.setattr(batching, "LINGER_S", 0)
        yield


def fetch(first: int, number: int) -> list[FetchedRecord]:
    return [FetchedRecord(1, KafkaRecord(PLACE, first + n, b"", ())) for n in range(number)]


def offsets(batch: list[FetchedRecord]) -> list[int]:
    return [fetched.record.offset for fetched in batch]


@given(st.lists(st.integers(1, 12), min_size=1, max_size=8))
def test_batches_are_what_was_fetched_in_order_and_none_is_too_large(sizes: list[int]) -> None:
    async def taken() -> list[list[int]]:
        queue, total, first = RecordQueue(), sum(sizes), 0

        async def put_all() -> None:
            nonlocal first
            for size in sizes:
                await queue.put(fetch(first, size))
                first += size

        putting = asyncio.create_task(put_all())
        batches: list[list[int]] = []
        while sum(map(len, batches)) < total:
            batches.append(offsets(await queue.take_batch()))
        await putting
        return batches

    batches = asyncio.run(taken())
    assert [offset for batch in batches for offset in batch] == list(range(sum(sizes)))
    assert all(0 < len(batch) <= 5 for batch in batches)


def test_a_short_fetch_waits_for_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batching, "LINGER_S", 60)

    async def taken() -> list[int]:
        queue = RecordQueue()
        taking = asyncio.create_task(queue.take_batch())
        await queue.put(fetch(0, 2))
        await asyncio.sleep(0)
        assert not taking.done()
        await queue.put(fetch(2, 3))
        return offsets(await taking)

    assert asyncio.run(taken()) == [0, 1, 2, 3, 4]


def test_a_second_fetch_waits_until_the_first_is_taken() -> None:
    async def waits() -> tuple[bool, bool]:
        queue = RecordQueue()
        await queue.put(fetch(0, 5))
        second = asyncio.create_task(queue.put(fetch(5, 5)))
        await asyncio.sleep(0)
        before = second.done()
        await queue.take_batch()
        await second
        return before, second.done()

    assert asyncio.run(waits()) == (False, True)
