"""Show the progress of the solver: a status line on a terminal, occasional lines in a log."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import isfinite
from time import monotonic

from core.text_marks import N_
from geo.siting.plan import relative_gap
from geo.siting.record import SearchRecord
from yihui.bootstrap import Wiring

RecordCallback = Callable[[SearchRecord], None]
_QUIET_S = 5.0  # between two log lines


@contextmanager
def show_solving_progress(wiring: Wiring) -> Iterator[RecordCallback]:
    """Yield a callback for every better plan and bound. It writes to standard error."""
    if sys.stderr.isatty():
        from rich.console import Console

        with Console(stderr=True).status(wiring.render(N_("looking for the best sites"))) as status:
            yield lambda record: status.update(_text(wiring, record))
    else:
        yield _lines(wiring)


def _lines(wiring: Wiring) -> RecordCallback:
    last = monotonic()

    def told(record: SearchRecord) -> None:
        nonlocal last
        if monotonic() - last >= _QUIET_S:
            sys.stderr.write(_text(wiring, record) + "\n")
            last = monotonic()

    return told


def _text(wiring: Wiring, record: SearchRecord) -> str:
    if record.sites is None or not isfinite(record.bound):
        return wiring.render(N_("looking for the best sites"))
    share = 100 * relative_gap(record.objective, record.bound)
    return wiring.render(
        N_("a plan is found; at most {share} % better may be possible"), share=f"{share:.2f}"
    )
