"""Limit the requests that wait for a gateway for messages, so that one that hangs takes few of the site's threads."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

from fastapi.concurrency import run_in_threadpool

from core.faults import FaultError
from members.joining.faults import JOINING_FAULTS

WorkParams = ParamSpec("WorkParams")
WorkResult = TypeVar("WorkResult")

MAX_CONCURRENT_MESSAGES = 6  # of the framework's forty threads; each ends after the gateway's time-out
_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class MessageLane:
    """Admits work that sends a message, in the order of arrival; who waits has no thread."""

    longest_wait_s: float = 5.0
    longest_wait_after_answer_s: float = 15.0  # nobody waits, and the code was counted already
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MAX_CONCURRENT_MESSAGES))

    async def run(
        self, work: Callable[WorkParams, WorkResult], *args: WorkParams.args, **named: WorkParams.kwargs
    ) -> WorkResult:
        """Run the work in a thread when its turn comes.

        *Raises*: FaultError if no turn comes in time; whatever the work raises.
        """
        async with self._turn(self.longest_wait_s):
            return await run_in_threadpool(work, *args, **named)

    async def run_after_answer(
        self, work: Callable[WorkParams, object], *args: WorkParams.args, **named: WorkParams.kwargs
    ) -> None:
        """Run the work after its request was answered; that no turn came is logged alone."""
        try:
            async with self._turn(self.longest_wait_after_answer_s):
                await run_in_threadpool(work, *args, **named)
        except FaultError as error:
            _LOG.error("a message was not sent: %s", error.faults[0].code)

    @asynccontextmanager
    async def _turn(self, longest_wait_s: float) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(longest_wait_s):
                await self._turns.acquire()
        except TimeoutError as error:
            raise FaultError(JOINING_FAULTS.build("not_sent", field="phone")) from error
        try:
            yield
        finally:
            self._turns.release()
