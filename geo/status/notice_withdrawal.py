"""Compute the notices that must replace a keeper's announcement when it is taken back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from geo.hours import USUAL_HOURS
from geo.status.notices import is_reopening
from geo.status.statements import ReportKind, StatusReport

_DAY = timedelta(days=1)
_ANNOUNCED = (ReportKind.CLOSED_DAY, ReportKind.HOURS)


@dataclass(frozen=True, slots=True)
class ReplacementNotice:
    """The hours that hold on some days instead; empty hours mean closed."""

    first: date
    last: date
    hours_text: str
    note: str = ""


def list_replacement_notices(
    known: Sequence[StatusReport], taken_back: StatusReport, today: date
) -> list[ReplacementNotice]:
    """List the earlier announcements for the days from today on which the one taken back still holds.

    ``known`` are all reports on the station, in order. Days without an earlier announcement return to
    the usual hours. Days with a later announcement are left as they are.
    """
    found: list[ReplacementNotice] = []
    for day in _days(taken_back, today):
        said = [saying for saying in known if saying.what in _ANNOUNCED and _covers(saying, day)]
        hold = [saying for saying in said if not any(is_reopening(fine, saying) for fine in known)]
        if not hold or hold[-1].order != taken_back.order:
            continue
        text, note = (hold[-2].hours_text, hold[-2].note) if len(hold) > 1 else (USUAL_HOURS, "")
        if found and (found[-1].hours_text, found[-1].note, found[-1].last + _DAY) == (text, note, day):
            found[-1] = ReplacementNotice(found[-1].first, day, text, note)
        else:
            found.append(ReplacementNotice(day, day, text, note))
    return found


def _days(saying: StatusReport, today: date) -> Iterator[date]:
    first, last = saying.days
    day = max(first, today)
    while day <= last:
        yield day
        day += _DAY


def _covers(saying: StatusReport, day: date) -> bool:
    first, last = saying.days
    return first <= day <= last
