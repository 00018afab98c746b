"""Stations along a route as plain data."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from typing_extensions import TypedDict  # pydantic refuses typing's own on Python 3.11

from geo.crs import from_wgs84
from yihui.runtime.language import Language
from yihui.views.stations import (
    HitAnswer,
    SkipAnswer,
    build_match_answer,
    build_skip_answer,
    build_station_answers,
)

if TYPE_CHECKING:
    from geo.datum import Datum
    from geo.nearest.along import Route, RouteResult

_DECIMETRES, _SEVENTH = 1, 7


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
