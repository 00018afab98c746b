"""What was said of a station, by whom and when, and for how long it says anything.

The numbers in `Terms` are our own choice, to be changed with experience: no document gives any.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from core.civil_time import start_of
from geo.messages import (
    Answer,
    Answered,
    ClosedToday,
    ExceptionSet,
    Inspected,
    Observation,
    OfStation,
    Reported,
)

_DAY = timedelta(days=1)


class Voice(StrEnum):
    """Whose word it is. Riders count together, a keeper or an officer counts alone."""

    RIDER = "rider"
    KEEPER = "keeper"
    OFFICER = "officer"


class What(StrEnum):
    """What is said: what was found at the door, or what a keeper or an officer announces."""

    FINE = "fine"
    CLOSED = "closed"
    LOCKED = "locked"
    CROWDED = "crowded"
    BROKEN = "broken"
    WRONG_PLACE = "wrong_place"
    CLOSED_DAY = "closed_day"
    HOURS = "hours"
    INSPECTED = "inspected"
    LET_IN = "let_in"  # a keeper answers: one gets in now
    IN_PLACE = "in_place"  # a keeper answers: it is where the map shows it
    ANSWERED = "answered"  # a keeper answers, and nothing follows from it


SHUT = frozenset({What.CLOSED, What.LOCKED})
DOOR = SHUT | {What.CROWDED, What.FINE}
_SETTLING = frozenset({What.FINE, What.INSPECTED, What.LET_IN, What.IN_PLACE})  # by an official word


@dataclass(frozen=True, slots=True)
class Terms:
    """How many riders must agree, how long a word lasts, and how many of one rider's words count."""

    quorum: int = 2
    door: timedelta = timedelta(hours=2)
    crowd: timedelta = timedelta(minutes=45)
    broken: timedelta = timedelta(days=3)
    place: timedelta = timedelta(days=7)
    keepers_broken: timedelta = timedelta(days=30)
    settled: timedelta = timedelta(days=400)  # by a keeper or at an inspection, which comes once a year
    most_of_one: int = 6
    rate: timedelta = timedelta(hours=1)


TERMS = Terms()


@dataclass(frozen=True, slots=True)
class Saying:
    """One thing that was said. ``id`` orders what was said at one instant.

    ``who`` is a reporter's keyed hash or the id of a keeper's key; empty for nobody in particular.
    ``counts`` is false for what a rider said too often. ``facilities``: broken, fine again, or missing;
    none with ``fine`` means that all is well. ``lapses_at`` where it is known, else `lapses` tells it.
    ``pin`` is where a rider says that the place really is: lon, lat in WGS84.
    """

    id: str
    station: str
    at: datetime
    voice: Voice
    what: What
    who: str = ""
    counts: bool = True
    facilities: frozenset[str] = frozenset()
    first: date | None = None
    last: date | None = None
    hours_text: str = ""
    note: str = ""
    lapses_at: datetime | None = None
    pin: tuple[float, float] | None = None

    @property
    def order(self) -> tuple[datetime, str]:
        return self.at, self.id

    @property
    def is_official(self) -> bool:
        return self.voice is not Voice.RIDER

    @property
    def says_all_is_well(self) -> bool:
        return self.what is What.FINE and not self.facilities

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last civil day that it announces something for."""
        assert self.first is not None and self.last is not None, f"{self.what} has no days"
        return self.first, self.last


def said(id: str, at: datetime, payload: OfStation) -> Saying:
    """A station event's payload as a saying; facilities are named as the event names them."""
    keeper = payload.keeper or ""
    voice = Voice.OFFICER if isinstance(payload, Inspected) and not keeper else Voice.KEEPER
    match payload:
        case Reported():
            if payload.keeper is None:
                voice, keeper = Voice.RIDER, payload.reporter or ""
            facilities = frozenset({payload.facility} if payload.facility else ())
            pin = None if payload.lon is None or payload.lat is None else (payload.lon, payload.lat)
            what = _FOUND[payload.observation]
            return Saying(id, payload.station, at, voice, what, keeper, facilities=facilities, pin=pin)
        case Answered(station=station, note=note):
            return Saying(id, station, at, voice, What.ANSWERED, keeper, note=note)
        case ClosedToday(station=station, on=day, reason=note):
            return Saying(id, station, at, voice, What.CLOSED_DAY, keeper, first=day, last=day, note=note)
        case ExceptionSet(station=station, first=first, last=last):
            what, text, note = What.HOURS, payload.hours_text, payload.reason
            return Saying(
                id, station, at, voice, what, keeper, first=first, last=last, hours_text=text, note=note
            )
        case Inspected(station=station, on=day):
            missing = frozenset(payload.missing)
            return Saying(
                id, station, at, voice, What.INSPECTED, keeper, facilities=missing, first=day, last=day
            )


def answering(answer: Answer, report: Saying, saying: Saying) -> Saying:
    """A keeper's answer as the word that follows from it about what the report was about.

    That it is mended, open, or that nothing of it was found settles that one matter; the rest is only said.
    """
    if answer in (Answer.ON_IT, Answer.THANKS):
        return saying
    if report.what is What.BROKEN:
        settled = answer is not Answer.OPEN_NOW
        return replace(saying, what=What.FINE, facilities=report.facilities) if settled else saying
    if report.what is What.WRONG_PLACE:
        return replace(saying, what=What.IN_PLACE) if answer is not Answer.OPEN_NOW else saying
    return replace(saying, what=What.LET_IN) if report.what in DOOR - {What.FINE} else saying


_FOUND = {observation: What(observation.value) for observation in Observation}


def lapses(saying: Saying, terms: Terms = TERMS) -> datetime:
    """From when on it says nothing any more, about anything."""
    if saying.lapses_at is not None:
        return saying.lapses_at
    if saying.what in (What.CLOSED_DAY, What.HOURS):
        return start_of(saying.days[1] + _DAY)
    if saying.is_official and saying.what in _SETTLING:
        return saying.at + terms.settled  # longer than whatever it settles, which must not come back
    if saying.what is What.BROKEN:
        return saying.at + (terms.keepers_broken if saying.is_official else terms.broken)
    if saying.what is What.FINE and saying.facilities:
        return saying.at + terms.broken
    return saying.at + (terms.place if saying.what is What.WRONG_PLACE else terms.door)


def lapses_after(saying: Saying, settled: datetime | None, terms: Terms = TERMS) -> datetime:
    """The same where it is known until when the longest of all words before would have lasted.

    A word that only settles others is not needed longer than they are. A week stays for those that
    come in late.
    """
    settles = saying.is_official and saying.what in _SETTLING
    if not settles or (saying.what is What.INSPECTED and saying.facilities):
        return lapses(saying, terms)
    return max(saying.at + terms.place, settled or saying.at)


def counts(at: datetime, earlier: Iterable[datetime], terms: Terms = TERMS) -> bool:
    """Whether a rider who has spoken at these instants, of whatever station, is still heard at this one."""
    recent = sum(at - terms.rate < moment <= at for moment in earlier)
    return recent < terms.most_of_one
