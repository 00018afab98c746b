"""Show the progress of long work on standard error: a bar on a terminal, plain lines otherwise."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_PLAIN_STEPS = 10  # how many lines a long run leaves in a log


@contextmanager
def show_progress(label: str, total: int) -> Iterator[Callable[[int], None]]:
    """Yield a function that takes the amount done so far, in the unit of ``total``."""
    if sys.stderr.isatty():
        with _bar(label, total) as advance:
            yield advance
    else:
        yield _plain(label, total)


@contextmanager
def _bar(label: str, total: int) -> Iterator[Callable[[int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=total)
        yield lambda done: bar.update(task, completed=done)


def _plain(label: str, total: int) -> Callable[[int], None]:
    """Return a function that writes a line for every tenth, but none for work that finishes in one step."""
    told = 0

    def advance(done: int) -> None:
        nonlocal told
        step = done * _PLAIN_STEPS // total if total else _PLAIN_STEPS
        if told < step < _PLAIN_STEPS:
            sys.stderr.write(f"{label} {step * 100 // _PLAIN_STEPS} %\n")
            told = step

    return advance
