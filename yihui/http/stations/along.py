"""/api/v1/stations/along: stations along a route that are open when the rider passes."""

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic_core import to_json

from geo.crs import to_wgs84
from yihui.http.openapi import COLLECTION_RESPONSES
from yihui.http.representations import CACHE_PRIVATE, GEOJSON, conditional_response, negotiate_media_type
from yihui.http.site import Site
from yihui.http.snapshot import Snapshot
from yihui.http.stations.geojson import build_feature, render_feature_collection
from yihui.http.stations.route_request import DEFAULT_OFF_ROUTE_M, RouteParameters
from yihui.services.nearest import NearestQuery
from yihui.views.along import AlongAnswer, build_along_answer

if TYPE_CHECKING:
    from geo.nearest.along import Route, RouteResult


def router(site: Site) -> APIRouter:
    made = APIRouter(prefix="/api/v1/stations", tags=["stations"])

    @made.get("/along", response_model=AlongAnswer, responses=COLLECTION_RESPONSES)
    def along(request: Request, asked: Annotated[RouteParameters, Query()]) -> Response:
        """The stations within ``within_m`` of the way between two points, in its order.

        The way is a straight line; the streets' where the site has them and ``travel`` is named (``by`` says which).

        They pass the filters when one gets there, at the speed of ``travel``. Coordinates in and out are in
        ``datum``; ``offset`` leaves out so many of the first.
        """
        media_type = negotiate_media_type(request, asked.datum)
        start, end = (asked.lon, asked.lat), (asked.to_lon, asked.to_lat)
        question = asked.nearest_query(asked.datum, site.wiring.now())
        way = find_route(site, question, start, end)
        found = find_stations_along(site.snapshots.current(), question, way, asked.offset)
        ends = {"lon": asked.lon, "lat": asked.lat, "to_lon": asked.to_lon, "to_lat": asked.to_lat}
        query = {**ends, **question.as_data(), "offset": asked.offset}
        answer = build_along_answer(query, way, found, asked.datum, site.language(request))
        content = _features(answer) if media_type == GEOJSON else to_json(answer)
        return conditional_response(request, content, media_type, CACHE_PRIVATE)

    return made


def find_route(
    site: Site, question: NearestQuery, start: tuple[float, float], end: tuple[float, float]
) -> "Route":
    """Return the route by streets if they are known and lead there, else the straight line.

    The ends are in the query's datum.
    """
    from geo.nearest.along import Route

    ends = to_wgs84([start, end], question.datum)
    streets = site.wiring.streets(question)
    line = None if streets is None else streets.route_line(*(tuple(point) for point in ends.tolist()))
    return Route(ends) if line is None else Route(line, by_street=True)


def find_stations_along(
    snapshot: Snapshot, question: NearestQuery, way: "Route", leave_out: int
) -> "RouteResult":
    """Return the stations along a route.

    It does not count as a search: a route is not the place where a rider is.
    """
    return snapshot.index.along_route(
        way,
        question.k,
        when=question.at,
        within_m=DEFAULT_OFF_ROUTE_M if question.within_m is None else question.within_m,
        filters=question.filters,
        travel=question.travel_profile,
        leave_out=leave_out,
    )


def _features(answer: AlongAnswer) -> bytes:
    """Render the route first, then the stations."""
    way = {
        "type": "Feature",
        "id": "way",
        "geometry": {"type": "LineString", "coordinates": answer["line"]},
        "properties": {"length_m": answer["length_m"], "by": answer["by"]},
    }
    rest = {name: value for name, value in answer.items() if name not in ("results", "line")}
    return render_feature_collection([way, *(build_feature(stop) for stop in answer["results"])], rest)
