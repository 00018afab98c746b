"""Limit concurrent writes, so that a rider who searches for a station never waits behind writers.

A database has one writer at a time, which may hold it for long (an import). Reads and writes share the
framework's threads; writers take few of them, and wait for their turn without one.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

from fastapi.concurrency import run_in_threadpool

from store import store_error
from yihui.bootstrap import Wiring

WorkParams = ParamSpec("WorkParams")
WorkResult = TypeVar("WorkResult")

MAX_CONCURRENT_WRITES = 8  # of the framework's forty threads
_LONGEST_WAIT_S = 30.0  # as for the database itself, unless it is configured


@dataclass(slots=True)
class WriteQueue:
    """Admits writers in the order of arrival."""

    wiring: Wiring
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MAX_CONCURRENT_WRITES))

    async def run(
        self, work: Callable[WorkParams, WorkResult], *args: WorkParams.args, **named: WorkParams.kwargs
    ) -> WorkResult:
        """Run the work in a thread when its turn comes.

        *Raises*: DatabaseLocked if no turn comes in time; whatever the work raises.
        """
        try:
            async with asyncio.timeout(self.wiring.settings.busy_timeout_s or _LONGEST_WAIT_S):
                await self._turns.acquire()
        except TimeoutError as error:
            raise store_error("locked", self.wiring.database.target) from error
        try:
            return await run_in_threadpool(work, *args, **named)
        finally:
            self._turns.release()
