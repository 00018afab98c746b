"""What keepers announce: days on which they close, and dates with hours of their own."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from core.civil_time import civil_date, start_of
from geo.hours import USUAL, Spell
from geo.status.live_status import LiveState, LiveStatus, Params, clock
from geo.status.statements import Saying, What

N_ = str  # marks a text for the message catalogue

_DAY = timedelta(days=1)


def announced(known: Sequence[Saying], at: datetime) -> list[tuple[LiveStatus | None, Spell]]:
    """Closed days and dated hours in the order of their announcement, so that the later one holds.

    One that later ones cover wholly has no status of its own.
    """
    found = []
    sayings = [saying for saying in known if saying.what in (What.CLOSED_DAY, What.HOURS)]
    for number, saying in enumerate(sayings):
        first, last = saying.days
        start, end = start_of(first), start_of(last + _DAY)
        end = min([end, *(fine.at for fine in known if reopens(fine, saying))])
        later = [
            other.days for other in sayings[number + 1 :] if not any(reopens(fine, other) for fine in known)
        ]
        if start < end:
            spell = Spell(start, end, *_told(saying, at))
            covered = all(
                any(one <= day <= other for one, other in later)
                for day in (first + _DAY * n for n in range((last - first).days + 1))
            )
            holds = spell.reason and end > at and not covered
            found.append((_status_of(spell) if holds else None, spell))
    return found


def reopens(fine: Saying, closing: Saying) -> bool:
    """Whether a keeper who closed a day says on that day that all is well after all, or that one gets in."""
    opens = fine.says_all_is_well or fine.what is What.LET_IN
    told_later = fine.order > closing.order and fine.is_official and opens
    return closing.what is What.CLOSED_DAY and told_later and civil_date(fine.at) == closing.days[0]


def _told(saying: Saying, at: datetime) -> tuple[str | None, str, Params]:
    """Hours, reason and its parameters."""
    first, last = saying.days
    days = (("day", str(first)), ("first", str(first)), ("last", str(last)))
    params = (*days, ("time", clock(saying.at, at)), ("hours", saying.hours_text), ("note", saying.note))
    if saying.hours_text == USUAL:
        return USUAL, "", ()
    if saying.hours_text:
        return saying.hours_text, _DATED_HOURS[first == last][bool(saying.note)], params
    if first == last == civil_date(at):
        return None, _CLOSED_TODAY[bool(saying.note)], params
    return None, _CLOSED_DAYS[first == last][bool(saying.note)], params


_CLOSED_TODAY = (N_("closed today (keeper, {time})"), N_("closed today: {note} (keeper, {time})"))
_CLOSED_DAYS = (
    (
        N_("closed from {first} to {last} (keeper, {time})"),
        N_("closed from {first} to {last}: {note} (keeper, {time})"),
    ),
    (N_("closed on {day} (keeper, {time})"), N_("closed on {day}: {note} (keeper, {time})")),
)
_DATED_HOURS = (
    (
        N_("from {first} to {last}: {hours} (keeper, {time})"),
        N_("from {first} to {last}, {note}: {hours} (keeper, {time})"),
    ),
    (N_("on {day}: {hours} (keeper, {time})"), N_("on {day}, {note}: {hours} (keeper, {time})")),
)


def _status_of(spell: Spell) -> LiveStatus:
    state = LiveState.CLOSED if spell.hours_text is None else LiveState.HOURS
    return LiveStatus(state, spell.start, spell.end, spell.reason, spell.params)
