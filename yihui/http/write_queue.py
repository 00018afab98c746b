"""Turns at writing: few at a time, so that whoever looks for a place never waits behind those who write.

A database has one writer at a time, who may keep it for long (an import). Pages and answers share their threads
with what is written; those who write take few of them and wait for their turn without one.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

from fastapi.concurrency import run_in_threadpool

from store import DatabaseLocked
from yihui.bootstrap import Wiring

Asked = ParamSpec("Asked")
Answered = TypeVar("Answered")

WRITERS = 8  # of the forty threads that the framework has
_LONGEST_WAIT_S = 30.0  # as for the database itself, unless the settings say otherwise


@dataclass(slots=True)
class Writing:
    """Who may write now, in the order of arrival."""

    wiring: Wiring
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(WRITERS))

    async def run(
        self, work: Callable[Asked, Answered], *args: Asked.args, **named: Asked.kwargs
    ) -> Answered:
        """Do it in a thread when it is its turn. *Raises*: DatabaseLocked where none comes; what the work raises."""
        try:
            async with asyncio.timeout(self.wiring.settings.busy_timeout_s or _LONGEST_WAIT_S):
                await self._turns.acquire()
        except TimeoutError as error:
            raise DatabaseLocked(self.wiring.database.target) from error
        try:
            return await run_in_threadpool(work, *args, **named)
        finally:
            self._turns.release()
