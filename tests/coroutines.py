"""Coroutines under test: Playwright's own loop runs in the tests' thread for as long as a browser is open."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from typing import Any, ParamSpec, TypeVar

Given = ParamSpec("Given")
Got = TypeVar("Got")


def carried_out(coroutine: Coroutine[Any, Any, Got]) -> Got:
    """What a coroutine returns, in a loop and a thread of its own."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


def in_a_loop(test: Callable[Given, Coroutine[Any, Any, None]]) -> Callable[Given, None]:
    """An ``async`` test as pytest calls it."""

    @wraps(test)
    def run(*args: Given.args, **kwargs: Given.kwargs) -> None:
        carried_out(test(*args, **kwargs))

    return run
