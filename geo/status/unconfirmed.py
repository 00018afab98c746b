"""Unconfirmed statuses: reports of too few riders, shown as such and without effect."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from core.text_marks import N_
from geo.status.agreement import SupportingReports
from geo.status.live_status import LiveState, LiveStatus, format_report_time
from geo.status.statements import ReportKind


@dataclass(frozen=True, slots=True)
class _Reasons:
    one: str
    several: str


_SAID: Mapping[ReportKind, _Reasons] = MappingProxyType(
    {
        ReportKind.CLOSED: _Reasons(
            N_("1 person said it is closed ({time}); nobody else has confirmed it"),
            N_("{count} people said it is closed (last {time}); too few to be sure"),
        ),
        ReportKind.LOCKED: _Reasons(
            N_("1 person said the door is locked ({time}); nobody else has confirmed it"),
            N_("{count} people said the door is locked (last {time}); too few to be sure"),
        ),
        ReportKind.CROWDED: _Reasons(
            N_("1 person said it is crowded ({time}); nobody else has confirmed it"),
            N_("{count} people said it is crowded (last {time}); too few to be sure"),
        ),
        ReportKind.WRONG_PLACE: _Reasons(
            N_("1 person did not find it where the map shows it ({time}); nobody else has confirmed it"),
            N_("{count} people did not find it where the map shows it (last {time}); too few to be sure"),
        ),
        ReportKind.BROKEN: _Reasons(
            N_("{facility}: 1 person said it is broken ({time}); nobody else has confirmed it"),
            N_("{facility}: {count} people said it is broken (last {time}); too few to be sure"),
        ),
    }
)


def build_unconfirmed_status(alone: SupportingReports, at: datetime, facility: str = "") -> LiveStatus:
    """Build the status that shows these reports, with the reason of the last one."""
    last, count = alone.reports[-1], len(alone.reports)
    said = _SAID[last.what]
    named = (("facility", facility),) if facility else ()
    params = (*alone.params, ("time", format_report_time(last.at, at)), *named)
    reason = said.one if count == 1 else said.several
    return LiveStatus(LiveState.TOLD, alone.since, alone.until, reason, params, count, facility)
