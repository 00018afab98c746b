"""End at SIGTERM as at an exception, so that what a command made for a while is deleted."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType

_ENDED_BY_SIGTERM = 128 + signal.SIGTERM


@contextmanager
def end_at_sigterm() -> Iterator[None]:
    """Raise SystemExit at SIGTERM; only the main thread can be told, elsewhere nothing changes."""
    if current_thread() is not main_thread():
        yield
        return

    def end(_number: int, _frame: FrameType | None) -> None:
        sys.exit(_ENDED_BY_SIGTERM)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
