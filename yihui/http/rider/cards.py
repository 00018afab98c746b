"""Station cards of the rider's page: finished texts, so that the template decides nothing."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from core.civil_time import CIVIL_TIME, civil_date
from core.text_marks import N_
from geo.nearest.travel import NO_ROUTE
from yihui.frame.cells import short_day_text, short_text, shorten_days
from yihui.runtime.language import Language
from yihui.views.labels import (
    ACCESS_LABELS,
    ENTRY_LABELS,
    FACILITY_LABELS,
    STATION_KIND_LABELS,
    code_label,
    format_distance,
    format_minutes,
)
from yihui.views.live_status import live_notes, render_reason
from yihui.views.navigation import MapAppLink, map_app_links
from yihui.views.stations import build_skip_answer

if TYPE_CHECKING:
    from geo.hours import Opening
    from geo.nearest.listing import ListedStation
    from geo.nearest.query import Match, SkippedStation
    from geo.station import Station
    from geo.status.live import LiveSummary
    from geo.status.live_status import LiveStatus
    from yihui.views.sessions import SessionNote


_BY_STATE = {
    "open": N_("Open"),
    "closed": N_("Closed"),
    "unknown": N_("Opening hours not known: ask before you go"),
}
_MINUTES = {  # (by e-bike, estimated) → template; otherwise on foot, by the streets
    (False, True): N_("about {time} on foot"),
    (True, True): N_("about {time} by e-bike"),
    (False, False): N_("{time} on foot by street"),
    (True, False): N_("{time} by e-bike by street"),
}
_NEARER = {  # by whether the hours are the usual ones, on a holiday
    True: N_("Nearer, but it may be closed on the holiday"),
    False: N_("Nearer, but ask first"),
}
_MAX_TIMED_M = 30_000.0  # nobody sets out by e-bike for a place that is farther away, perhaps over water
_UNTIMED = N_("too far to say how long the way takes")
CLOSES_BEFORE = N_("it closes before you get there")
_MAY_OPEN = N_("Closed; whether it opens at {until} is not known: ask first")
_OPENS_FOR_CERTAIN = {  # by whether it is the day on which it may open
    True: N_("Closed; it opens {latest} for certain, perhaps from {until}"),
    False: N_("Closed; it may open from {until} and opens {latest} for certain"),
}
_UNTIL = {"open": N_("Open until {until}"), "closed": N_("Closed until {until}")}
_LOCK = {
    True: N_("The door locks from inside"),
    False: N_("Whether the door locks from inside is not known"),
}
_HOTLINE = "12351"  # of the trade unions, in all China
_ASK = {False: N_("Ask there: {phone}"), True: N_("Ask the trade unions' hotline: {phone}")}
_GAP = r"[ \u2010-\u2015\u2212-]"
# With the area code first: what follows such a number is its extension, which isn't dialled with it.
_NUMBER = re.compile(
    rf"(?:\+86{_GAP}?0?|0)\d{{1,3}}(?:[)）] ?|{_GAP})\d{{3,4}}{_GAP}?\d{{4}}(?!\d)|0\d{{9,11}}(?!\d)"
    rf"|\+?\d(?:\d|{_GAP}){{3,18}}\d"
)


@dataclass(frozen=True, slots=True)
class FacilityLabel:
    """A facility; ``code`` names its icon."""

    code: str
    word: str


@dataclass(frozen=True, slots=True)
class StationCard:
    """One station of a list. Unknown values are empty, and the template omits them.

    *CRS*: ``lon``, ``lat`` are WGS84, None if the station is not placed. ``state`` is open, closed or
    unknown and sets the colour; ``call`` is a tel: link. ``room`` says of a mother room whether it locks, ``ask``
    whom to ask where the hours aren't known.
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
    facilities: Sequence[FacilityLabel]
    note: str
    verified: str
    source: str
    phone: str
    room: str
    ask: str
    call: str
    sample: bool
    links: Sequence[MapAppLink] = ()
    metres: str = ""
    bearing: str = ""
    minutes: str = ""
    nearer: str = ""  # why it comes after a place that is farther away
    sessions: "Sequence[SessionNote]" = ()  # only where one station is shown
    photos: Sequence[int] = ()  # their numbers; only where one station is shown
    news: Sequence[str] = ()  # recent status reports and notices, besides the reason


@dataclass(frozen=True, slots=True)
class SkippedPlace:
    """One station that was skipped: a nearer one, or one of the district without a distance."""

    id: str
    name: str
    metres: str
    reason: str


def match_cards(
    hits: "Sequence[Match]", language: Language, travel: str | None, today: date, start: datetime
) -> list[StationCard]:
    """Build the cards of a list; one that is nearer than a card before it says why it comes later."""
    from geo.hours import USUAL_HOURS_ON_HOLIDAY

    cards, farthest = [], 0.0
    for hit in hits:
        card, way = (
            match_card(hit, language, travel, today, start, marks_late=True),
            hit.minutes or hit.distance_m,
        )
        if way < farthest:
            told = _NEARER[hit.opening.reason == USUAL_HOURS_ON_HOLIDAY]
            card = replace(card, nearer=language.translate(told))
        farthest = max(farthest, way)
        cards.append(card)
    return cards


def match_card(
    hit: "Match",
    language: Language,
    travel: str | None,
    today: date,
    start: datetime,
    *,
    marks_late: bool = False,
) -> StationCard:
    """Build the card of a match near a position, in words from the day of ``start``, when the rider leaves.

    ``marks_late``: what closes before she arrives isn't open.
    """
    card, minutes = station_card(hit.station, hit.opening, start, language, travel, today), hit.minutes
    marks = [language.translate(NO_ROUTE)] if hit.cut_off else []
    until = hit.opening.until if card.state == "open" else None
    if marks_late and until and until <= start + timedelta(minutes=minutes or 0):
        card = replace(card, state="closed")
        marks.append(language.translate(CLOSES_BEFORE))
    said = _MINUTES[travel == "ebike", hit.way_m is None]
    return replace(
        card,
        metres=format_distance(hit.distance_m, language),
        bearing=language.translate(hit.bearing),
        minutes=language.render(said, time=format_minutes(minutes, language)) if minutes else "",
        news=(*marks, *card_news(hit.live, card, hit.at, language)),
    )


def station_card(
    station: "Station",
    opening: "Opening",
    at: datetime,
    language: Language,
    travel: str | None = None,
    today: date | None = None,
) -> StationCard:
    """Build the card of a station with its opening state, in words from the day of ``at``; it is read that day, or else ``today``."""
    asked = _find_number_to_ask(station) if opening.state.value == "unknown" else ""
    today = today or civil_date(at)
    return StationCard(
        id=station.id,
        name=station.name,
        kind=code_label(STATION_KIND_LABELS, station.kind, language),
        kind_code=station.kind.value,
        lon=station.lon,
        lat=station.lat,
        state=opening.state.value,
        opening=_opening(opening, at, language, today),
        reason=shorten_days(render_reason(opening.reason, opening.params, language), language, today),
        entry=code_label(ENTRY_LABELS, station.entry, language),
        access=_who_may_enter(station, language),
        address=station.address,
        hours=station.hours_text,
        facilities=_facilities(station.facilities, language),
        room=_room(station, language),
        note=station.note,
        verified=short_text(station.verified_on, language, today) or language.translate(N_("never")),
        source=station.source,
        phone=station.phone,
        ask=language.render(_ASK[asked == _HOTLINE], phone=asked) if asked else "",
        call=format_tel_link(asked or station.phone),
        sample=station.sample,
        links=map_app_links(station, travel),
    )


def district_card(
    station: "Station",
    opening: "Opening",
    at: datetime,
    language: Language,
    live: Mapping[str, "LiveSummary"],
    travel: str | None,
    today: date,
) -> StationCard:
    """Build the card of a station in a district's list, with its live status."""
    card = station_card(station, opening, at, language, travel, today)
    now = live.get(station.id)
    return replace(card, news=card_news(now.statuses_at(at) if now else (), card, at, language))


def card_news(
    statuses: "Iterable[LiveStatus]", card: StationCard, at: datetime, language: Language
) -> list[str]:
    """Return recent status reports and notices, except the reason that the card already gives."""
    told = (shorten_days(note, language, civil_date(at)) for note in live_notes(statuses, language))
    return [note for note in told if note != card.reason]


def blank_card(language: Language) -> StationCard:
    """Build a card with every field filled: the page's script copies it as a template when offline."""
    from geo.hours import Opening
    from geo.station import Kind, OpeningState, Station

    some = Station(
        id="-", name="-", kind=Kind.OUTDOOR_STATION, lon=0, lat=0, address="-", hours_text="-", note="-",
        source="-", phone="00000", sample=True, verified_on=date(2000, 1, 1), facilities=frozenset(FACILITY_LABELS),
    )  # fmt: skip
    at = datetime(2000, 1, 1, tzinfo=CIVIL_TIME)
    card = station_card(some, Opening(OpeningState.UNKNOWN, None, "-"), at, language, "ebike")
    return replace(card, metres="-", bearing="-", minutes="-", nearer="-", room="-", news=("-",))


def build_skipped_place(skip: "SkippedStation", today: date, language: Language) -> SkippedPlace:
    """Build the line that says why a nearer station is not on the list."""
    told = build_skip_answer(skip, language)
    reason = shorten_days(told["reason"], language, today)
    if skip.distance_m > _MAX_TIMED_M and "minutes" in skip.params:
        reason = language.translate(_UNTIMED)
    return SkippedPlace(told["id"], told["name"], format_distance(skip.distance_m, language), reason)


def format_state(listed: "ListedStation", at: datetime, language: Language, today: date) -> str:
    """Return in one line what the card of a station says of its opening state at an instant, and why."""
    card = station_card(listed.station, listed.opening, at, language, today=today)
    return " · ".join(filter(None, (card.opening, card.reason)))


def format_clock(
    instant: datetime, at: datetime, language: Language, *, is_end: bool = False, today: date | None = None
) -> str:
    """Format an instant relative to ``at``: the time alone that day, “tomorrow” with the time, or the day with it.

    ``is_end``: something ends then, at midnight with its own day, at 24:00. ``today``: the day on which it is read; if
    that isn't the day of ``at``, each time has its day.
    """
    then, spoken = instant.astimezone(CIVIL_TIME), civil_date(at)
    today = today or spoken
    day, time = then.date(), f"{then:%H:%M}"
    if is_end and time == "00:00":
        day, time = day - timedelta(days=1), "24:00"
    if day == spoken == today:
        return time
    if day == spoken + timedelta(days=1) and spoken == today:
        return language.render(N_("tomorrow {time}"), time=time)
    return f"{short_day_text(day, language, today)} {time}"


def format_tel_link(phone: str) -> str:
    """Return a tel: link to the first number in a phone field, without its extension; an empty string if it holds none."""
    number = _NUMBER.search(phone)
    return "tel:" + re.sub(r"[^+\d]", "", number.group()) if number else ""


def _who_may_enter(station: "Station", language: Language) -> str:
    if station.access.value == "employer" and station.employer:
        return language.render(N_("only for staff of {employer}"), employer=station.employer)
    return code_label(ACCESS_LABELS, station.access, language)


def _room(station: "Station", language: Language) -> str:
    if station.kind.value != "mother_room":
        return ""
    return language.translate(_LOCK["lock" in station.facilities])


def _find_number_to_ask(station: "Station") -> str:
    """Return the place's telephone, which a sample only shows; the hotline where it has none that can be called."""
    is_number = station.sample or format_tel_link(station.phone)
    return station.phone if station.phone and is_number else _HOTLINE


def _facilities(codes: frozenset[str], language: Language) -> tuple[FacilityLabel, ...]:
    """Return the facilities in our order, most requested first; unknown codes come last, as they are."""
    known = [code for code in FACILITY_LABELS if code in codes]
    strange = sorted(codes - FACILITY_LABELS.keys())
    return tuple(
        FacilityLabel(code, code_label(FACILITY_LABELS, code, language)) for code in (*known, *strange)
    )


def _opening(opening: "Opening", at: datetime, language: Language, today: date) -> str:
    """Return the state in words; where a closed station may open sooner, its sure opening is the latest."""
    state, until = opening.state.value, opening.until
    if until is None or state not in _UNTIL:
        return language.translate(_BY_STATE[state])
    told = format_clock(until, at, language, is_end=state == "open", today=today)
    if not opening.may_open_sooner:
        return language.render(_UNTIL[state], until=told)
    if opening.opens_at is None:
        return language.render(_MAY_OPEN, until=told)
    latest = format_clock(opening.opens_at, at, language, today=today)
    is_same_day = civil_date(until) == civil_date(opening.opens_at)
    told = f"{until.astimezone(CIVIL_TIME):%H:%M}" if is_same_day else told
    return language.render(_OPENS_FOR_CERTAIN[is_same_day], until=told, latest=latest)
