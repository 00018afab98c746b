"""/api/v1/stations/along: stations along a route that are open when the rider passes."""

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic_core import to_json

from geo.crs import to_wgs84
from geo.nearest.query import NearestQuery
from yihui.http.openapi import COLLECTION_RESPONSES
from yihui.http.representations import CACHE_PRIVATE, GEOJSON, conditional_response, negotiate_media_type
from yihui.http.site import Site
from yihui.http.stations.geojson import build_feature, render_feature_collection
from yihui.http.stations.route_request import RouteParameters
from yihui.views.along import AlongAnswer, build_along_answer
from yihui.views.stations import build_query_answer

if TYPE_CHECKING:
    from geo.nearest.along import Route


def router(site: Site) -> APIRouter:
    made = APIRouter(prefix="/api/v1/stations", tags=["stations"])

    @made.get("/along", response_model=AlongAnswer, responses=COLLECTION_RESPONSES)
    def along(request: Request, asked: Annotated[RouteParameters, Query()]) -> Response:
        """List the stations within ``within_m`` of the way between two points, in the order of the way.

        The way follows the streets if the site has a street network and ``travel`` is given; otherwise it is a
        straight line. ``by`` says which.

        The filters apply at the time of arrival at the speed of ``travel``. Coordinates in and out are in
        ``datum``; ``offset`` skips that many stations.
        """
        media_type = negotiate_media_type(request, asked.datum)
        start, end = (asked.lon, asked.lat), (asked.to_lon, asked.to_lat)
        query = asked.nearest_query(asked.datum, site.wiring.now())
        way = find_route(site, query, start, end)
        found = site.snapshots.current().index.along_route(way, query, asked.offset)
        ends = {"lon": asked.lon, "lat": asked.lat, "to_lon": asked.to_lon, "to_lat": asked.to_lat}
        echo = {**ends, **build_query_answer(query), "offset": asked.offset}
        answer = build_along_answer(echo, way, found, asked.datum, site.language(request))
        content = _features(answer) if media_type == GEOJSON else to_json(answer)
        return conditional_response(request, content, media_type, CACHE_PRIVATE)

    return made


def find_route(
    site: Site, query: NearestQuery, start: tuple[float, float], end: tuple[float, float]
) -> "Route":
    """Return the route by streets if they are known and lead there, else the straight line.

    The ends are in the query's datum.
    """
    from geo.nearest.along import Route

    ends = to_wgs84([start, end], query.datum)
    streets = site.wiring.streets(query)
    line = None if streets is None else streets.route_line(*(tuple(point) for point in ends.tolist()))
    return Route(ends) if line is None else Route(line, by_street=True)


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
