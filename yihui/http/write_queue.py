"""Limit how many threads wait for one resource, so that a rider who searches for a station never waits behind them.

A database has one writer at a time, which may hold it for long (an import), and a gateway for messages may hang. All
requests share the framework's forty threads. Requests that write or send a message take only some of them, and hold no
thread while they wait for their turn.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

from fastapi.concurrency import run_in_threadpool

from core.faults import FaultError
from members.joining.faults import JOINING_FAULTS
from store import store_error
from yihui.bootstrap import Wiring

WorkParams = ParamSpec("WorkParams")
WorkResult = TypeVar("WorkResult")

MAX_CONCURRENT_WRITES = 8
MAX_CONCURRENT_MESSAGES = 6  # each ends after the gateway's time-out
_LONGEST_WAIT_S = 30.0  # as for the database itself, unless it is configured
_LOG = logging.getLogger(__name__)


@asynccontextmanager
async def _turn(
    turns: asyncio.Semaphore, longest_wait_s: float, refuse: Callable[[], Exception]
) -> AsyncIterator[None]:
    """Wait for a turn, in the order of arrival. *Raises*: what ``refuse`` returns if none comes in time."""
    try:
        async with asyncio.timeout(longest_wait_s):
            await turns.acquire()
    except TimeoutError as error:
        raise refuse() from error
    try:
        yield
    finally:
        turns.release()


@dataclass(slots=True)
class WriteQueue:
    """Admits writers."""

    wiring: Wiring
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MAX_CONCURRENT_WRITES))

    async def run(
        self, work: Callable[WorkParams, WorkResult], *args: WorkParams.args, **named: WorkParams.kwargs
    ) -> WorkResult:
        """Run the work in a thread when its turn comes.

        *Raises*: DatabaseLocked if no turn comes in time; whatever the work raises.
        """
        wait_s = self.wiring.settings.busy_timeout_s or _LONGEST_WAIT_S
        async with _turn(self._turns, wait_s, lambda: store_error("locked", self.wiring.database.target)):
            return await run_in_threadpool(work, *args, **named)


@dataclass(slots=True)
class MessageLane:
    """Admits work that sends a message."""

    longest_wait_s: float = 5.0
    longest_wait_after_answer_s: float = 15.0  # the member has her answer, and the code was counted already
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MAX_CONCURRENT_MESSAGES))

    async def run(
        self, work: Callable[WorkParams, WorkResult], *args: WorkParams.args, **named: WorkParams.kwargs
    ) -> WorkResult:
        """Run the work in a thread when its turn comes.

        *Raises*: FaultError if no turn comes in time; whatever the work raises.
        """
        async with _turn(self._turns, self.longest_wait_s, _refuse_message):
            return await run_in_threadpool(work, *args, **named)

    async def run_after_answer(
        self, work: Callable[WorkParams, object], *args: WorkParams.args, **named: WorkParams.kwargs
    ) -> None:
        """Run the work after its request was answered; if no turn comes in time, log that and raise nothing."""
        try:
            async with _turn(self._turns, self.longest_wait_after_answer_s, _refuse_message):
                await run_in_threadpool(work, *args, **named)
        except FaultError as error:
            _LOG.error("a message was not sent: %s", error.code)


def _refuse_message() -> FaultError:
    return FaultError(JOINING_FAULTS.build("not_sent", field="phone"))
