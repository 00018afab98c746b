"""Refuse acts that count under a stopped clock, except in the demo's own data folder."""

import os

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.runtime.demo_marker import read_stopped_instant

_FAULTS = FaultTable(
    "clock",
    {
        "stopped": (
            N_("the clock is stopped by YIHUI_NOW at {now}; a commitment, a draw or money dated so is false"),
            N_("unset YIHUI_NOW; it is for the demo's data and for questions only"),
        )
    },
)


def is_demo_clock_stopped(wiring: Wiring) -> bool:
    """Return whether the clock of a demo's folder is stopped."""
    settings = wiring.settings
    return settings.is_demo and read_stopped_instant(os.environ, settings.data_folder) is not None


def require_running_clock(wiring: Wiring) -> None:
    """Refuse an act if ``YIHUI_NOW`` stops the clock outside the demo's data. *Raises*: FaultError."""
    stopped = os.environ.get("YIHUI_NOW")
    if stopped and not wiring.settings.is_demo:
        raise FaultError(_FAULTS.build("stopped", field="YIHUI_NOW", now=stopped[:40]))
