"""Announcements of keepers and officers: days on which a station closes, and dates with special hours."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import takewhile

from core.civil_time import civil_date, end_of_day, start_of_day
from core.text_marks import N_
from geo.hours import USUAL_HOURS, SpecialHours
from geo.status.live_status import LiveState, LiveStatus, MessageParams, format_report_time
from geo.status.statements import ReportKind, StatusReport

_DAY = timedelta(days=1)


_CLOSED_TODAY = (N_("closed today ({by}, {time})"), N_("closed today: {note} ({by}, {time})"))
_CLOSED_DAYS = (
    (
        N_("closed from {first} to {last} ({by}, {time})"),
        N_("closed from {first} to {last}: {note} ({by}, {time})"),
    ),
    (N_("closed on {day} ({by}, {time})"), N_("closed on {day}: {note} ({by}, {time})")),
)
_DATED_HOURS = (
    (
        N_("from {first} to {last}: {hours} ({by}, {time})"),
        N_("from {first} to {last}, {note}: {hours} ({by}, {time})"),
    ),
    (N_("on {day}: {hours} ({by}, {time})"), N_("on {day}, {note}: {hours} ({by}, {time})")),
)
ANNOUNCED = (ReportKind.CLOSED_DAY, ReportKind.HOURS)


def list_announcements(
    known: Sequence[StatusReport], at: datetime
) -> list[tuple[LiveStatus | None, SpecialHours]]:
    """Return closed days and dated hours in the order of their announcement, so that the later one holds.

    The status is None for an announcement that has ended, that later ones cover wholly, or that states the
    usual hours.
    """
    found = []
    sayings = [saying for saying in known if saying.what in ANNOUNCED]
    for number, saying in enumerate(sayings):
        first, last = saying.days
        start, end = start_of_day(first), end_of_day(last)
        end = min([end, *(fine.at for fine in known if is_reopening(fine, saying))])
        later = [
            other.days
            for other in sayings[number + 1 :]
            if not any(is_reopening(fine, other) for fine in known)
        ]
        if start < end:
            spell = SpecialHours(start, end, *_hours_and_reason(saying, at))
            covered = all(
                any(one <= day <= other for one, other in later)
                for day in (first + _DAY * n for n in range((last - first).days + 1))
            )
            holds = spell.reason and end > at and not covered
            found.append((_status_of(spell) if holds else None, spell))
    return found


def is_reopening(fine: StatusReport, closing: StatusReport) -> bool:
    """Return whether ``fine`` is an official word, on the closed day, that the station is open after all."""
    told_later = fine.order > closing.order and fine.is_official and fine.lets_in
    return closing.what is ReportKind.CLOSED_DAY and told_later and civil_date(fine.at) == closing.days[0]


def _hours_and_reason(saying: StatusReport, at: datetime) -> tuple[str | None, str, MessageParams]:
    """Return the hours text (None: closed), the reason and the reason's parameters."""
    first, last = saying.days
    days = (("day", str(first)), ("first", str(first)), ("last", str(last)))
    params = (
        *days,
        ("time", format_report_time(saying.at, at)),
        ("hours", saying.hours_text),
        ("note", saying.note),
        ("by", saying.voice.value),
    )
    if saying.hours_text == USUAL_HOURS:
        return USUAL_HOURS, "", ()
    if saying.hours_text:
        return saying.hours_text, _DATED_HOURS[first == last][bool(saying.note)], params
    if first == last == civil_date(at):
        return None, _CLOSED_TODAY[bool(saying.note)], params
    return None, _CLOSED_DAYS[first == last][bool(saying.note)], params


def _status_of(spell: SpecialHours) -> LiveStatus:
    state = LiveState.CLOSED if spell.hours_text is None else LiveState.HOURS
    return LiveStatus(state, spell.start, spell.end, spell.reason, spell.params)


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
    the usual hours. Days with a later announcement are left as they are. Hours that repeat earlier ones stand in their
    place and take back all in between, so that one withdrawal after the other leads to the usual hours.
    """
    found: list[ReplacementNotice] = []
    for day in _days(taken_back, today):
        said = [saying for saying in known if saying.what in ANNOUNCED and _covers(saying, day)]
        hold = [saying for saying in said if not any(is_reopening(fine, saying) for fine in known)]
        if not hold or hold[-1].order != taken_back.order:
            continue
        beneath = _before(_list_standing(hold[:-1]), taken_back)
        text, note = (beneath[-1].hours_text, beneath[-1].note) if beneath else (USUAL_HOURS, "")
        if found and (found[-1].hours_text, found[-1].note, found[-1].last + _DAY) == (text, note, day):
            found[-1] = ReplacementNotice(found[-1].first, day, text, note)
        else:
            found.append(ReplacementNotice(day, day, text, note))
    return found


def _list_standing(said: Sequence[StatusReport]) -> list[StatusReport]:
    """Return the announcements of a day that none took back: one that repeats an earlier one is in its place."""
    standing: list[StatusReport] = []
    for one in said:
        standing = [] if one.hours_text == USUAL_HOURS else [*_before(standing, one), one]
    return standing


def _before(standing: Sequence[StatusReport], word: StatusReport) -> list[StatusReport]:
    return list(takewhile(lambda other: other.hours_text != word.hours_text, standing))


def _days(saying: StatusReport, today: date) -> Iterator[date]:
    first, last = saying.days
    day = max(first, today)
    while day <= last:
        yield day
        day += _DAY


def _covers(saying: StatusReport, day: date) -> bool:
    first, last = saying.days
    return first <= day <= last
