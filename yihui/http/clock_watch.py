"""Notice that this machine's clock is far from the database's, and date nothing by a clock that may be wrong."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import inf
from threading import Lock
from time import monotonic

from core.civil_time import format_civil_instant
from core.faults import Fault, FaultTable
from core.text_marks import N_
from events import InvalidEvent
from events.envelope import CLOCK_SKEW
from yihui.bootstrap import Wiring
from yihui.runtime.clock_offset import ClockOffset, compare_clocks

_REFRESH_INTERVAL_S = 5.0
_JUMP = timedelta(seconds=1)
CLOCK_FAULTS = FaultTable(
    "clock",
    {
        "future": (
            N_(
                "the time {value} lies in the future: this site's clock says {ours}, and its database's clock "
                "says {theirs}"
            ),
            N_(
                "send it again when both clocks have passed it; whoever operates this site sets its clocks right "
                "(yihui doctor)"
            ),
        )
    },
)


@dataclass(slots=True)
class ClockWatch:
    """Knows how far both clocks are apart: asks the database every few seconds, and when our clock has jumped."""

    wiring: Wiring
    _offset: ClockOffset | None = None
    _looked_at: float = -inf  # by the clock that never jumps
    _lock: Lock = field(default_factory=Lock)

    def find_disagreement(self) -> ClockOffset | None:
        """Return what both clocks say now, if they are so far apart that it matters. *Raises*: StoreError."""
        if not self.wiring.has_real_clock or self.wiring.database.is_sqlite:
            return None
        with self._lock:
            now = self.wiring.now()
            if self._is_stale(now):
                self._offset, self._looked_at = (
                    compare_clocks(self.wiring.database, self.wiring.now),
                    monotonic(),
                )
            assert self._offset is not None, "it was read above, or before"
            ahead = self._offset.ahead
        return ClockOffset(now, now - ahead, ahead) if abs(ahead) > CLOCK_SKEW else None

    def _is_stale(self, now: datetime) -> bool:
        passed_s = monotonic() - self._looked_at
        if self._offset is None or passed_s >= _REFRESH_INTERVAL_S:
            return True
        return abs(now - self._offset.ours - timedelta(seconds=passed_s)) > _JUMP


def name_both_clocks(item: InvalidEvent, clocks: ClockOffset) -> InvalidEvent:
    """Return a refused event whose time lies in the future with a fault that says what both clocks say."""
    return replace(item, faults=tuple(_with_clocks(fault, clocks) for fault in item.faults))


def _with_clocks(fault: Fault, clocks: ClockOffset) -> Fault:
    if fault.code != "event.future":
        return fault
    ours, theirs = (format_civil_instant(instant) for instant in (clocks.ours, clocks.theirs))
    return CLOCK_FAULTS.build("future", field=fault.field, value=fault.value, ours=ours, theirs=theirs)
