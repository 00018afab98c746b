"""Messages have a lane of their own: a gateway that hangs takes a few threads, and who comes then is told so."""

import asyncio
from threading import Event

import pytest

from core.faults import FaultError
from yihui.http.message_lane import MAX_CONCURRENT_MESSAGES, MessageLane


def test_a_gateway_that_hangs_takes_a_few_threads_and_the_next_message_is_refused_in_time() -> None:
    lane, answer, sent = MessageLane(longest_wait_s=0.05), Event(), Event()

    async def send_many() -> list[bool]:
        hanging = [asyncio.create_task(lane.run(answer.wait, 10)) for _ in range(MAX_CONCURRENT_MESSAGES)]
        await asyncio.sleep(0)
        with pytest.raises(FaultError) as refused:
            await lane.run(answer.wait, 10)
        assert refused.value.faults[0].code == "joining.not_sent"
        late = asyncio.create_task(lane.run_after_answer(sent.set))
        await asyncio.sleep(2 * lane.longest_wait_s)
        answer.set()
        await late
        return list(await asyncio.gather(*hanging))

    assert asyncio.run(send_many()) == [True] * MAX_CONCURRENT_MESSAGES
    assert sent.is_set(), "what was promised waits longer"
