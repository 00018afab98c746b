"""Messages have a lane of their own: a gateway that hangs takes a few threads, and who comes then is told so."""

import asyncio
from threading import Event

import pytest

from core.faults import FaultError
from yihui.http.message_lane import MAX_CONCURRENT_MESSAGES, MessageLane


def test_a_gateway_that_hangs_takes_a_few_threads_and_the_next_message_is_refused_in_time() -> None:
    lane, answer = MessageLane(longest_wait_s=0.05), Event()

    async def send_many() -> list[bool]:
        hanging = [asyncio.create_task(lane.run(answer.wait, 10)) for _ in range(MAX_CONCURRENT_MESSAGES)]
        await asyncio.sleep(0)
        with pytest.raises(FaultError) as refused:
            await lane.run(answer.wait, 10)
        assert refused.value.faults[0].code == "joining.not_sent"
        answer.set()
        return list(await asyncio.gather(*hanging))

    assert asyncio.run(send_many()) == [True] * MAX_CONCURRENT_MESSAGES
