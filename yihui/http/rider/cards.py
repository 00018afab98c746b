"""What the rider page shows of a station: finished words, nothing left to decide."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from core.civil_time import CIVIL_TIME
from yihui.runtime.language import Language
from yihui.views.labels import ACCESSES, ENTRIES, FACILITIES, KINDS, label
from yihui.views.live_status import notes
from yihui.views.navigation import Link, links
from yihui.views.stations import skip_answer

if TYPE_CHECKING:
    from geo.hours import Opening
    from geo.nearest.result import Hit, Skip
    from geo.station import Station
    from geo.status.live import Live

N_ = str  # marks a text for the message catalogue

_BY_STATE = {
    "open": N_("Open"),
    "closed": N_("Closed"),
    "unknown": N_("Opening hours not known: ask before you go"),
}
_MINUTES = {  # by e-bike or not, estimated or by the streets
    (False, True): N_("about {minutes} min on foot"),
    (True, True): N_("about {minutes} min by e-bike"),
    (False, False): N_("{minutes} min on foot by street"),
    (True, False): N_("{minutes} min by e-bike by street"),
}
_UNTIL = {"open": N_("Open until {until}"), "closed": N_("Closed until {until}")}
_NUMBER = re.compile(r"\+?\d[\d \-]{3,18}\d")


@dataclass(frozen=True, slots=True)
class Facility:
    """``code`` names its icon."""

    code: str
    word: str


@dataclass(frozen=True, slots=True)
class Card:
    """One station of a list. Empty is what is not known; the template leaves it out.

    *CRS*: ``lon``, ``lat`` are WGS84, None where the place is not placed. ``state`` is open, closed or
    unknown, for the colour; ``call`` an address that begins a call.
    """

    id: str
    name: str
    kind: str
    kind_code: str
    lon: float | None
    lat: float | None
    state: str
    opening: str
    reason: str
    entry: str
    access: str
    address: str
    hours: str
    facilities: Sequence[Facility]
    note: str
    verified: str
    source: str
    phone: str
    call: str
    sample: bool
    links: Sequence[Link] = ()
    metres: str = ""
    bearing: str = ""
    minutes: str = ""
    news: Sequence[str] = ()  # what was said of it lately, besides the reason


@dataclass(frozen=True, slots=True)
class Passed:
    """One nearer place that won't do."""

    id: str
    name: str
    metres: str
    reason: str


def hit_card(hit: "Hit", language: Language, travel: str | None, seconds_per_m: float = 0.0) -> Card:
    """A station found from a position; where the search knew no way of going, minutes by a pace."""
    card = station_card(hit.station, hit.opening, hit.at, language, travel)
    minutes = hit.distance_m * seconds_per_m / 60 if hit.minutes is None else hit.minutes
    said = _MINUTES[travel == "ebike", hit.way_m is None]
    return replace(
        card,
        metres=metres(hit.distance_m, language),
        bearing=language.text(hit.bearing),
        minutes=language.say(said, minutes=max(1, round(minutes))) if minutes else "",
        news=notes(hit.live, card.reason, language),
    )


def station_card(
    station: "Station", opening: "Opening", at: datetime, language: Language, travel: str | None = None
) -> Card:
    """A station with what its hours say at an instant."""
    return Card(
        id=station.id,
        name=station.name,
        kind=label(KINDS, station.kind, language),
        kind_code=station.kind.value,
        lon=station.lon,
        lat=station.lat,
        state=opening.state.value,
        opening=_opening(opening, at, language),
        reason=language.say(opening.reason, **opening.params),
        entry=label(ENTRIES, station.entry, language),
        access=label(ACCESSES, station.access, language),
        address=station.address,
        hours=station.hours_text,
        facilities=_facilities(station.facilities, language),
        note=station.note,
        verified=station.verified_on.isoformat() if station.verified_on else language.say(N_("never")),
        source=station.source,
        phone=station.phone,
        call=call_address(station.phone),
        sample=station.sample,
        links=links(station, travel),
    )


def district_card(
    station: "Station",
    opening: "Opening",
    at: datetime,
    language: Language,
    live: Mapping[str, "Live"],
    travel: str | None = None,
) -> Card:
    """A station of a district's list, with what was said of it."""
    card = station_card(station, opening, at, language, travel)
    now = live.get(station.id)
    return replace(card, news=notes(now.told_at(at) if now else (), card.reason, language))


def blank_card(language: Language) -> Card:
    """A card on which everything stands: what the phone fills when it answers by itself."""
    from geo.hours import Opening
    from geo.station import Kind, State, Station

    some = Station(
        id="-", name="-", kind=Kind.OUTDOOR_STATION, lon=0, lat=0, address="-", hours_text="-", note="-",
        source="-", phone="00000", sample=True, verified_on=date(2000, 1, 1), facilities=frozenset(FACILITIES),
    )  # fmt: skip
    at = datetime(2000, 1, 1, tzinfo=CIVIL_TIME)
    card = station_card(some, Opening(State.UNKNOWN, None, "-"), at, language, "ebike")
    return replace(card, metres="-", bearing="-", minutes="-", news=("-",))


def passed(skip: "Skip", language: Language) -> Passed:
    """Why a nearer station is not on the list."""
    told = skip_answer(skip, language)
    return Passed(told["id"], told["name"], metres(skip.distance_m, language), told["reason"])


def metres(distance_m: float, language: Language) -> str:
    """A distance for somebody who walks: metres, from 10 km on kilometres."""
    if distance_m < 10_000:
        return language.say(N_("{metres} m"), metres=f"{distance_m:,.0f}")
    return language.say(N_("{kilometres} km"), kilometres=f"{distance_m / 1000:,.1f}")


def clock(instant: datetime, at: datetime, language: Language) -> str:
    """An instant as one says it: the time alone today, “tomorrow”, or the date."""
    then, today = instant.astimezone(CIVIL_TIME), at.astimezone(CIVIL_TIME).date()
    if then.date() == today:
        return f"{then:%H:%M}"
    if then.date() == today + timedelta(days=1):
        return language.say(N_("tomorrow {time}"), time=f"{then:%H:%M}")
    return f"{then:%Y-%m-%d %H:%M}"


def call_address(phone: str) -> str:
    """Where a register gives several numbers, or words with them, the first number is called."""
    number = _NUMBER.search(phone)
    return f"tel:{re.sub('[ -]', '', number.group())}" if number else ""


def _facilities(codes: frozenset[str], language: Language) -> tuple[Facility, ...]:
    """In our own order, what riders ask for most first; codes that we don't know come last, as they are."""
    known = [code for code in FACILITIES if code in codes]
    strange = sorted(codes - FACILITIES.keys())
    return tuple(Facility(code, label(FACILITIES, code, language)) for code in (*known, *strange))


def _opening(opening: "Opening", at: datetime, language: Language) -> str:
    state = opening.state.value
    if opening.until is not None and state in _UNTIL:
        return language.say(_UNTIL[state], until=clock(opening.until, at, language))
    return language.text(_BY_STATE[state])
