"""Show the progress of long work: to an observer such as a background job, else on standard error.

Standard error gets a bar on a terminal, and plain lines otherwise.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

_PLAIN_STEPS = 10  # how many lines a long run leaves in a log
_PLAIN_FROM = 100_000  # the first count that a log shows


class ProgressObserver(Protocol):
    """Receives the progress of the work of its thread; what it raises ends the work."""

    def begin_step(self) -> None: ...

    def advance(self, share: float) -> None:
        """Receive the share of the present step that is done, from 0 to 1; also while nothing is gained."""


class Advance(Protocol):
    """Receives the amount done so far, and what there is to say of it, which stands in place of the label."""

    def __call__(self, done: int, text: str | None = None, /) -> None: ...


_OBSERVER: ContextVar[ProgressObserver | None] = ContextVar("progress_observer", default=None)


@contextmanager
def observe_progress(observer: ProgressObserver) -> Iterator[None]:
    """Send the progress of all work in this block to an observer instead of standard error."""
    before = _OBSERVER.set(observer)
    try:
        yield
    finally:
        _OBSERVER.reset(before)


def find_progress_observer() -> ProgressObserver | None:
    """Return who observes the work of this thread."""
    return _OBSERVER.get()


def begin_step(total: int = 0) -> Callable[[int], None]:
    """Begin a step that only an observer sees; return a function that takes the amount done of ``total``."""
    if (observer := _OBSERVER.get()) is None:
        return lambda _: None
    observer.begin_step()
    return lambda done: observer.advance(done / total if total else 1.0)


@contextmanager
def show_progress(label: str, total: int) -> Iterator[Advance]:
    """Yield a function that takes the amount done so far, in the unit of ``total``."""
    if _OBSERVER.get() is not None:
        step = begin_step(total)
        yield lambda done, _=None: step(done)
    elif sys.stderr.isatty():
        with _bar(label, total) as advance:
            yield advance
    else:
        yield _plain(label, total)


@contextmanager
def _bar(label: str, total: int) -> Iterator[Advance]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=total)
        yield lambda done, text=None: bar.update(task, completed=done, description=text)


@contextmanager
def show_count(label: str) -> Iterator[Callable[[int], None]]:
    """Yield a function that takes how much is done of work whose amount nobody knows beforehand."""
    if _OBSERVER.get() is not None:
        yield begin_step()
    elif sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import Progress, SpinnerColumn, TextColumn

        columns = (SpinnerColumn(), TextColumn("{task.description} {task.completed:,.0f}"))
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(label, total=None)
            yield lambda done: bar.update(task, completed=done)
    else:
        yield _plain_count(label)


@contextmanager
def show_wait(label: str) -> Iterator[None]:
    """Show a label while another program works that reports no progress."""
    if _OBSERVER.get() is not None:
        begin_step()
        yield
    elif sys.stderr.isatty():
        from rich.console import Console

        with Console(stderr=True).status(label):
            yield
    else:
        sys.stderr.write(f"{label}\n")
        yield


def _plain_count(label: str) -> Callable[[int], None]:
    """Return a function that writes a line whenever the amount has doubled."""
    told = _PLAIN_FROM

    def advance(done: int) -> None:
        nonlocal told
        if done >= told:
            sys.stderr.write(f"{label} {done:,}\n")
            told = 2 * done

    return advance


def _plain(label: str, total: int) -> Advance:
    """Return a function that writes a line for every tenth, but none for work that finishes in one step."""
    told = 0

    def advance(done: int, text: str | None = None) -> None:
        nonlocal told
        step = done * _PLAIN_STEPS // total if total else _PLAIN_STEPS
        if told < step < _PLAIN_STEPS:
            sys.stderr.write(f"{text or f'{label} {step * 100 // _PLAIN_STEPS} %'}\n")
            told = step

    return advance
