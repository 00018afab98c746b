"""What the rider page shows of a station: finished words, nothing left to decide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

from geo.civil import CIVIL_TIME
from yihui.answers import skip_answer
from yihui.labels import ACCESSES, ENTRIES, KINDS, facility_list, label
from yihui.language import Language
from yihui.live_words import notes

if TYPE_CHECKING:
    from geo.hours import Opening
    from geo.live import Live
    from geo.nearest import Hit, Skip
    from geo.station import Station

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


@dataclass(frozen=True, slots=True)
class Way:
    """How far it is. ``minutes`` are an estimate from the straight line, unless they are ``by_street``."""

    metres: str
    bearing: str
    minutes: str
    by_street: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """One station of the list."""

    station: "Station"
    kind: str
    state: str  # open, closed, unknown: for the colour
    opening: str
    reason: str
    entry: str
    access: str
    facilities: str
    verified: str
    map_link: str  # RFC 5870, WGS84; empty where the place is not placed
    way: Way | None = None
    notes: Sequence[str] = ()  # what was said of it lately, besides the reason


@dataclass(frozen=True, slots=True)
class Passed:
    """One nearer place that won't do."""

    name: str
    metres: str
    reason: str


def hit_card(hit: "Hit", language: Language, travel: str | None) -> Card:
    """A station found from a position."""
    minutes = ""
    if hit.minutes is not None:
        minutes = language.say(
            _MINUTES[travel == "ebike", hit.way_m is None], minutes=max(1, round(hit.minutes))
        )
    way = Way(metres(hit.distance_m, language), language.text(hit.bearing), minutes, hit.way_m is not None)
    card = station_card(hit.station, hit.opening, hit.at, language, way)
    return replace(card, notes=notes(hit.live, card.reason, language))


def station_card(
    station: "Station", opening: "Opening", at: datetime, language: Language, way: Way | None = None
) -> Card:
    """A station with what its hours say at an instant."""
    return Card(
        station=station,
        kind=label(KINDS, station.kind, language),
        state=opening.state.value,
        opening=_opening(opening, at, language),
        reason=language.say(opening.reason, **opening.params),
        entry=label(ENTRIES, station.entry, language),
        access=label(ACCESSES, station.access, language),
        facilities=facility_list(sorted(station.facilities), language),
        verified=station.verified_on.isoformat() if station.verified_on else "",
        map_link=_map_link(station),
        way=way,
    )


def district_card(
    station: "Station", opening: "Opening", at: datetime, language: Language, live: Mapping[str, "Live"]
) -> Card:
    """A station of a district's list, with what was said of it."""
    card = station_card(station, opening, at, language)
    now = live.get(station.id)
    return replace(card, notes=notes(now.told_at(at) if now else (), card.reason, language))


def passed(skip: "Skip", language: Language) -> Passed:
    """Why a nearer station is not on the list."""
    told = skip_answer(skip, language)
    return Passed(told["name"], metres(skip.distance_m, language), told["reason"])


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


def _opening(opening: "Opening", at: datetime, language: Language) -> str:
    state = opening.state.value
    if opening.until is not None and state in _UNTIL:
        return language.say(_UNTIL[state], until=clock(opening.until, at, language))
    return language.text(_BY_STATE[state])


def _map_link(station: "Station") -> str:
    if not station.is_placed:
        return ""
    place = f"{station.lat:.6f},{station.lon:.6f}"
    return f"geo:{place}?q={place}({quote(station.name)})"
