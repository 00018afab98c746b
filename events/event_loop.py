"""Run a coroutine from synchronous code."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def run_coroutine(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on a new event loop in its own thread and return its result.

    This also works for a caller whose thread already runs an event loop.
    """
    with ThreadPoolExecutor(1, "awaiting") as apart:
        return apart.submit(asyncio.run, work).result()
