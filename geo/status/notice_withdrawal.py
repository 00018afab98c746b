"""Taking back an announcement: what has to be announced in its place."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from geo.hours import USUAL
from geo.status.notices import reopens
from geo.status.statements import Saying, What

_DAY = timedelta(days=1)
_ANNOUNCED = (What.CLOSED_DAY, What.HOURS)


@dataclass(frozen=True, slots=True)
class Restated:
    """What holds on some days instead; empty hours mean closed."""

    first: date
    last: date
    hours_text: str
    note: str = ""


def restated(known: Sequence[Saying], taken_back: Saying, today: date) -> list[Restated]:
    """What was announced before for each day, from today on, on which the word taken back still holds.

    ``known`` is all that was said of the station, in order. On days of which nothing was announced before
    it is the usual hours. Days of which somebody has announced something else since are left as they are.
    """
    found: list[Restated] = []
    for day in _days(taken_back, today):
        said = [saying for saying in known if saying.what in _ANNOUNCED and _covers(saying, day)]
        hold = [saying for saying in said if not any(reopens(fine, saying) for fine in known)]
        if not hold or hold[-1].order != taken_back.order:
            continue
        text, note = (hold[-2].hours_text, hold[-2].note) if len(hold) > 1 else (USUAL, "")
        if found and (found[-1].hours_text, found[-1].note, found[-1].last + _DAY) == (text, note, day):
            found[-1] = Restated(found[-1].first, day, text, note)
        else:
            found.append(Restated(day, day, text, note))
    return found


def _days(saying: Saying, today: date) -> Iterator[date]:
    first, last = saying.days
    day = max(first, today)
    while day <= last:
        yield day
        day += _DAY


def _covers(saying: Saying, day: date) -> bool:
    first, last = saying.days
    return first <= day <= last
