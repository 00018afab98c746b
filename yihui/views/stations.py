"""Stations as plain data: one shape for the command line, HTTP and pages."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from typing_extensions import TypedDict  # pydantic refuses typing's own on Python 3.11

from core.civil_time import CIVIL_TIME
from yihui.runtime.language import Language
from yihui.views.labels import facility_list
from yihui.views.live_status import LiveAnswer, live_answers, said

if TYPE_CHECKING:
    from geo.crs import Datum
    from geo.hours import Opening
    from geo.nearest.result import Hit, Nearest, Skip
    from geo.station import Station
    from geo.status.live import Live

_MILLIMETRES = 3


class StationAnswer(TypedDict):
    """A station; ``lon``, ``lat`` in the datum asked for, None where it is not placed."""

    id: str
    name: str
    kind: str
    lon: float | None
    lat: float | None
    address: str
    district: str | None
    district_name: str
    hours_text: str
    entry: str
    access: str
    facilities: list[str]
    phone: str
    note: str
    status: str
    verified_on: str | None
    source: str
    sample: bool
    employer: str
    accepts: list[str]
    area_m2: float | None


class OpeningAnswer(TypedDict):
    """What the hours of a place say at an instant. ``until`` is the next change; the next two come where that is certain."""

    state: str
    until: str | None
    opens_at: str | None
    closes_at: str | None
    reason: str


class WayAnswer(TypedDict):
    """How far a place is that was found, and when one gets there (or the instant asked for)."""

    distance_m: float
    bearing: str
    minutes: float | None
    minutes_by: str | None  # estimate (the straight line) or streets
    way_m: float | None  # by the streets
    at: str


class HitAnswer(StationAnswer, WayAnswer, OpeningAnswer):
    """A station found, with what holds ``at`` the arrival; ``live`` is what people said of it lately."""

    live: list[LiveAnswer]


class ListedAnswer(StationAnswer, OpeningAnswer):
    """A station by itself or in a list, with what holds ``at`` an instant."""

    at: str
    live: list[LiveAnswer]


class SkipAnswer(TypedDict):
    """A nearer station that would not do, and why, in the reader's language."""

    id: str
    name: str
    kind: str
    distance_m: float
    reason: str


class NearestAnswer(TypedDict):
    query: Mapping[str, object]
    results: list[HitAnswer]
    skipped: list[SkipAnswer]
    grown_to_m: float | None  # how far was looked where nothing within the limit passed
    first_to_open: HitAnswer | None  # where that was for want of an open door
    off_streets: bool  # streets were to be used, but none is near the point


def station_answer(station: "Station", point: tuple[float, float] | None) -> StationAnswer:
    """A station as data; ``point`` is where it is in the datum asked for."""
    return {
        "id": station.id,
        "name": station.name,
        "kind": station.kind.value,
        "lon": point[0] if point else None,
        "lat": point[1] if point else None,
        "address": station.address,
        "district": station.district,
        "district_name": station.district_name,
        "hours_text": station.hours_text,
        "entry": station.entry.value,
        "access": station.access.value,
        "facilities": sorted(station.facilities),
        "phone": station.phone,
        "note": station.note,
        "status": station.status.value,
        "verified_on": station.verified_on.isoformat() if station.verified_on else None,
        "source": station.source,
        "sample": station.sample,
        "employer": station.employer,
        "accepts": sorted(station.accepts),
        "area_m2": station.area_m2,
    }


def station_answers(stations: Sequence["Station"], datum: "Datum") -> list[StationAnswer]:
    from geo.formats.export import placed_in

    points = placed_in(stations, datum)
    return [station_answer(station, point) for station, point in zip(stations, points, strict=True)]


def nearest_answers(
    queries: Sequence[Mapping[str, object]], found: Sequence["Nearest"], datum: "Datum", language: Language
) -> list[NearestAnswer]:
    """What was found for each query, with all coordinates in ``datum``."""
    hits = [hit for nearest in found for hit in _all_hits(nearest)]
    answered = iter(station_answers([hit.station for hit in hits], datum))
    return [
        {
            "query": query,
            "results": [hit_answer(hit, next(answered), language) for hit in nearest.results],
            "skipped": [skip_answer(skip, language) for skip in nearest.skipped],
            "grown_to_m": nearest.grown_to_m,
            "first_to_open": None
            if nearest.first_to_open is None
            else hit_answer(nearest.first_to_open, next(answered), language),
            "off_streets": nearest.off_network,
        }
        for query, nearest in zip(queries, found, strict=True)
    ]


def _all_hits(nearest: "Nearest") -> tuple["Hit", ...]:
    return nearest.results if nearest.first_to_open is None else (*nearest.results, nearest.first_to_open)


def hit_answer(hit: "Hit", station: StationAnswer, language: Language) -> HitAnswer:
    live = live_answers(hit.live, language)
    return {**station, **way_answer(hit), **opening_answer(hit.opening, language), "live": live}


def way_answer(hit: "Hit") -> WayAnswer:
    return {
        "distance_m": round(hit.distance_m, _MILLIMETRES),
        "bearing": hit.bearing,
        "minutes": None if hit.minutes is None else round(hit.minutes, 1),
        "minutes_by": _minutes_by(hit),
        "way_m": None if hit.way_m is None else round(hit.way_m, 1),
        "at": civil(hit.at),
    }


def opening_answer(opening: "Opening", language: Language) -> OpeningAnswer:
    return {
        "state": opening.state.value,
        "until": _civil_if_any(opening.until),
        "opens_at": _civil_if_any(opening.opens_at),
        "closes_at": _civil_if_any(opening.closes_at),
        "reason": opening_reason(opening, language),
    }


def listed_answer(
    station: StationAnswer, opening: "Opening", at: datetime, live: "Live | None", language: Language
) -> ListedAnswer:
    """A station as data, with what holds there at an instant."""
    told = live_answers(live.told_at(at) if live else (), language)
    return {**station, "at": civil(at), **opening_answer(opening, language), "live": told}


def _minutes_by(hit: "Hit") -> str | None:
    if hit.minutes is None:
        return None
    return "estimate" if hit.way_m is None else "streets"


def skip_answer(skip: "Skip", language: Language) -> SkipAnswer:
    params = dict(skip.params)
    if "facilities" in params:
        params["facilities"] = facility_list(params["facilities"].split(", "), language)
    return {
        "id": skip.station.id,
        "name": skip.station.name,
        "kind": skip.station.kind.value,
        "distance_m": round(skip.distance_m, _MILLIMETRES),
        "reason": said(skip.reason, params, language),
    }


def opening_reason(opening: "Opening", language: Language) -> str:
    """Why the hours say so, in the reader's language; empty where there is nothing to add."""
    return language.say(opening.reason, **opening.params)


def _civil_if_any(instant: datetime | None) -> str | None:
    return None if instant is None else civil(instant)


@lru_cache(maxsize=4_096)  # one answer says the same instant of most of its places
def civil(instant: datetime) -> str:
    """An instant in civil time, ISO 8601 with its offset."""
    return instant.astimezone(CIVIL_TIME).isoformat(timespec="seconds")
