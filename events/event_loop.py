"""Work of many waits, done by somebody who waits for nothing else."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def awaited(work: Coroutine[Any, Any, T]) -> T:
    """Its result, from a loop and a thread of its own: whoever calls may have a loop that runs already."""
    with ThreadPoolExecutor(1, "awaiting") as apart:
        return apart.submit(asyncio.run, work).result()
