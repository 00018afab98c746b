"""Stations as plain data: one shape for the command line, HTTP and pages."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from typing_extensions import TypedDict  # pydantic refuses typing's own on Python 3.11

from core.civil_time import format_civil_instant
from geo.crs import from_wgs84, points_in_datum
from yihui.runtime.language import Language
from yihui.views.labels import format_facilities, format_minutes
from yihui.views.live_status import LiveAnswer, build_live_answers, render_reason
from yihui.views.station_fields import station_field_values

if TYPE_CHECKING:
    from geo.datum import Datum
    from geo.hours import Opening
    from geo.nearest.along import Route, RouteResult
    from geo.nearest.query import Match, NearestQuery, NearestResult, SkippedStation
    from geo.station import Station
    from geo.status.live import LiveSummary


_DECIMETRES, _SEVENTH = 1, 7


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
    """What the hours of a place say at an instant.

    ``until`` is the next change to any other state, also to unknown. From ``opens_at`` the place is surely open, from
    ``closes_at`` surely closed: where ``until`` is earlier, it may open or close from then on.
    """

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
    minutes_by: (
        str | None
    )  # estimate (the straight line), streets, or no_street: estimated, as no street leads there
    way_m: float | None  # by the streets
    at: str


class HitAnswer(StationAnswer, WayAnswer, OpeningAnswer):
    """A matching station, with its state ``at`` the arrival; ``live`` lists recent reports and notices."""

    live: list[LiveAnswer]


class ListedAnswer(StationAnswer, OpeningAnswer):
    """A station, alone or in a list, with its state ``at`` an instant."""

    at: str
    live: list[LiveAnswer]


class SkipAnswer(TypedDict):
    """A nearer station that was skipped, with the reason in the reader's language."""

    id: str
    name: str
    kind: str
    distance_m: float
    reason: str


class SearchAnswer(TypedDict):
    """What an answer says beside its matches."""

    skipped: list[SkipAnswer]
    grown_to_m: float | None  # radius of the widened search, where nothing within the limit matched
    off_streets: bool  # streets were to be used, but none is near the point
    beyond: list[
        SkipAnswer
    ]  # the nearest beyond within_min, where nothing within it matched and none opens soon


class NearestAnswer(SearchAnswer):
    query: Mapping[str, object]
    results: list[HitAnswer]
    first_to_open: HitAnswer | None  # set where no match is open; open itself beside matches of unknown hours


def build_station_answer(
    station: "Station", point: tuple[float | None, float | None] | None
) -> StationAnswer:
    """Build a station's data; ``point`` is its position in the requested datum."""
    values, (lon, lat) = station_field_values(station), point or (None, None)
    values |= {"lon": lon, "lat": lat}
    return cast(StationAnswer, {name: values[name] for name in StationAnswer.__annotations__})


def build_station_answers(stations: Sequence["Station"], datum: "Datum") -> list[StationAnswer]:
    """Build the data of several stations, with their positions in ``datum``."""
    points = points_in_datum(stations, datum)
    return [build_station_answer(station, point) for station, point in zip(stations, points, strict=True)]


def build_query_answer(query: "NearestQuery") -> dict[str, object]:
    """Build the data of a query, without its point."""
    filters, travel = query.filters, query.travel
    return {
        "datum": query.datum.value,
        "k": query.k,
        "at": format_civil_instant(query.instant),
        "kinds": sorted(filters.kinds),
        "facilities": sorted(filters.facilities),
        "entries": sorted(filters.entries),
        "accesses": sorted(filters.accesses),
        "open": filters.open_only,
        "not_closed": filters.not_closed,
        "stay_min": filters.stay_min,
        "verified_within_days": filters.verified_within_days,
        "employer": filters.employer,
        "benefits": sorted(filters.benefits),
        "travel": travel and travel.mode,
        "speed_km_per_h": travel and round(travel.speed_m_per_s * 3.6, 3),
        "detour_factor": travel and travel.detour_factor,
        "within_m": query.within_m,
        "within_min": query.within_min,
        "exactly": query.exactly,
        "order": query.order.value,
        "register": query.register,
    }


def build_nearest_answers(
    queries: Sequence[Mapping[str, object]],
    found: Sequence["NearestResult"],
    datum: "Datum",
    language: Language,
) -> list[NearestAnswer]:
    """Build the answer to each query, with all coordinates in ``datum``."""
    hits = [hit for nearest in found for hit in all_hits(nearest)]
    answered = iter(build_station_answers([hit.station for hit in hits], datum))
    return [
        {
            "query": query,
            "results": [build_match_answer(hit, next(answered), language) for hit in nearest.results],
            "first_to_open": None
            if nearest.first_to_open is None
            else build_match_answer(nearest.first_to_open, next(answered), language),
            **build_search_answer(nearest, language),
        }
        for query, nearest in zip(queries, found, strict=True)
    ]


def build_search_answer(nearest: "NearestResult", language: Language) -> SearchAnswer:
    """Build what an answer says beside its matches."""
    return {
        "skipped": [build_skip_answer(skip, language) for skip in nearest.skipped],
        "grown_to_m": nearest.grown_to_m,
        "off_streets": nearest.off_network,
        "beyond": [build_skip_answer(skip, language) for skip in nearest.beyond],
    }


def all_hits(nearest: "NearestResult") -> tuple["Match", ...]:
    """Return the matches, and after them the first to open if there is one."""
    return nearest.results if nearest.first_to_open is None else (*nearest.results, nearest.first_to_open)


def build_match_answer(hit: "Match", station: StationAnswer, language: Language) -> HitAnswer:
    """Build a match's data: the station, the way to it, its opening state and its live status."""
    live = build_live_answers(hit.live, language)
    return {**station, **build_way_answer(hit), **build_opening_answer(hit.opening, language), "live": live}


def build_way_answer(hit: "Match") -> WayAnswer:
    """Build the distance, bearing, travel time and arrival instant of a match."""
    return cast(WayAnswer, dict(zip(WayAnswer.__annotations__, read_way(hit), strict=True)))


def read_way(hit: "Match") -> tuple[float | str | None, ...]:
    """Return the values of `WayAnswer`, in its order; texts are codes and instants."""
    distance_m, at = to_millimetres(hit.distance_m), format_civil_instant(hit.at)
    if hit.minutes is None:  # the query names no way to travel
        return distance_m, hit.bearing, None, None, None, at
    way_m = None if hit.way_m is None else round(hit.way_m, 1)
    return distance_m, hit.bearing, round(hit.minutes, 1), _minutes_by(hit), way_m, at


def to_millimetres(metres: float) -> float:
    """Round metres; `round` takes four times as long."""
    return int(metres * 1e3 + 0.5) / 1e3


def build_opening_answer(opening: "Opening", language: Language) -> OpeningAnswer:
    """Build the data of an opening state; instants are in civil time."""
    return {
        "state": opening.state.value,
        "until": _civil_if_any(opening.until),
        "opens_at": _civil_if_any(opening.opens_at),
        "closes_at": _civil_if_any(opening.closes_at),
        "reason": render_reason(opening.reason, opening.params, language),
    }


def build_listed_answer(
    station: StationAnswer, opening: "Opening", at: datetime, live: "LiveSummary | None", language: Language
) -> ListedAnswer:
    """Build a station's data with its opening state and live status at an instant."""
    told = build_live_answers(live.statuses_at(at) if live else (), language)
    return {
        **station,
        "at": format_civil_instant(at),
        **build_opening_answer(opening, language),
        "live": told,
    }


def _minutes_by(hit: "Match") -> str:
    return "no_street" if hit.cut_off else "estimate" if hit.way_m is None else "streets"


def build_skip_answer(skip: "SkippedStation", language: Language) -> SkipAnswer:
    """Build the data of a skipped station, with the reason in the reader's language."""
    return {
        "id": skip.station.id,
        "name": skip.station.name,
        "kind": skip.station.kind.value,
        "distance_m": to_millimetres(skip.distance_m),
        "reason": skip_reason(skip, language),
    }


def skip_reason(skip: "SkippedStation", language: Language) -> str:
    """Return why a station was skipped, in the reader's language."""
    return _render_skip(skip.reason, tuple(skip.params.items()), language)


@lru_cache(maxsize=4_096)  # the stations around many points are skipped for the same few reasons
def _render_skip(reason: str, given: tuple[tuple[str, str], ...], language: Language) -> str:
    params = dict(given)
    if "facilities" in params:
        params["facilities"] = format_facilities(params["facilities"].split(", "), language)
    if "minutes" in params:
        params["time"] = format_minutes(float(params["minutes"]), language)
    return render_reason(reason, params, language)


def _civil_if_any(instant: datetime | None) -> str | None:
    return None if instant is None else format_civil_instant(instant)


class StopAnswer(HitAnswer):
    """A station along a way, ``along_m`` after its start; ``distance_m`` and ``bearing`` are from the way."""

    along_m: float


class AlongAnswer(TypedDict):
    """The stations in the order of the way.

    ``count`` is the number of all that pass the filters; ``line`` and coordinates are in the requested datum;
    ``by`` is ``straight_line`` or ``streets``; ``distance_m`` of a skipped station is that from the way.
    """

    query: Mapping[str, object]
    length_m: float
    by: str
    line: list[list[float]]
    count: int
    results: list[StopAnswer]
    skipped: list[SkipAnswer]


def build_along_answer(
    query: Mapping[str, object], way: "Route", found: "RouteResult", datum: "Datum", language: Language
) -> AlongAnswer:
    """Build the answer for the stations along a route, with all coordinates in ``datum``."""
    stations = build_station_answers([stop.match.station for stop in found.stops], datum)
    return {
        "query": query,
        "length_m": round(found.length_m, _DECIMETRES),
        "by": "streets" if way.by_street else "straight_line",
        "line": from_wgs84(way.line, datum).round(_SEVENTH).tolist(),
        "count": found.count,
        "results": [
            {**build_match_answer(stop.match, station, language), "along_m": round(stop.along_m, _DECIMETRES)}
            for stop, station in zip(found.stops, stations, strict=True)
        ],
        "skipped": [build_skip_answer(skip, language) for skip in found.skipped],
    }
