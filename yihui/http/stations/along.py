"""/api/v1/stations/along: what stands along a way, and is open when one passes."""

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic_core import to_json

from geo.crs import to_wgs84
from yihui.http.openapi import AS_COLLECTION
from yihui.http.representations import GEOJSON, OWN, media_type_for, shown
from yihui.http.site import Site
from yihui.http.snapshot import Snapshot
from yihui.http.stations.geojson import collection, feature
from yihui.http.stations.route_request import USUAL_OFF_M, WayAsked
from yihui.services.nearest import NearestQuery
from yihui.views.along import AlongAnswer, build_along_answer

if TYPE_CHECKING:
    from geo.nearest.along import Route, RouteResult


def router(site: Site) -> APIRouter:
    made = APIRouter(prefix="/api/v1/stations", tags=["stations"])

    @made.get("/along", response_model=AlongAnswer, responses=AS_COLLECTION)
    def along(request: Request, asked: Annotated[WayAsked, Query()]) -> Response:
        """The stations within ``within_m`` of the way between two points, in its order.

        The way is a straight line; the streets' where the site has them and ``travel`` is named (``by`` says which).

        They pass the filters when one gets there, at the speed of ``travel``. Coordinates in and out are in
        ``datum``; ``offset`` leaves out so many of the first.
        """
        media_type = media_type_for(request, asked.datum)
        start, end = (asked.lon, asked.lat), (asked.to_lon, asked.to_lat)
        question = asked.question(asked.datum, site.wiring.now())
        way = way_between(site, question, start, end)
        found = find_along(site.snapshots.current(), question, way, asked.offset)
        ends = {"lon": asked.lon, "lat": asked.lat, "to_lon": asked.to_lon, "to_lat": asked.to_lat}
        query = {**ends, **question.as_data(), "offset": asked.offset}
        answer = build_along_answer(query, way, found, asked.datum, site.language(request))
        content = _features(answer) if media_type == GEOJSON else to_json(answer)
        return shown(request, content, media_type, OWN)

    return made


def way_between(
    site: Site, question: NearestQuery, start: tuple[float, float], end: tuple[float, float]
) -> "Route":
    """By the streets where they are known and lead there, else straight; the ends are in the question's datum."""
    from geo.nearest.along import Route

    ends = to_wgs84([start, end], question.datum)
    streets = site.wiring.streets(question)
    line = None if streets is None else streets.route_line(*(tuple(point) for point in ends.tolist()))
    return Route(ends) if line is None else Route(line, by_street=True)


def find_along(snapshot: Snapshot, question: NearestQuery, way: "Route", leave_out: int) -> "RouteResult":
    """What stands along a way. Nothing of it counts as a search: a way is no place where somebody stands."""
    return snapshot.index.along_route(
        way,
        question.k,
        when=question.at,
        within_m=USUAL_OFF_M if question.within_m is None else question.within_m,
        filters=question.filters,
        travel=question.travel_profile,
        leave_out=leave_out,
    )


def _features(answer: AlongAnswer) -> bytes:
    """The way first, then the places."""
    way = {
        "type": "Feature",
        "id": "way",
        "geometry": {"type": "LineString", "coordinates": answer["line"]},
        "properties": {"length_m": answer["length_m"], "by": answer["by"]},
    }
    rest = {name: value for name, value in answer.items() if name not in ("results", "line")}
    return collection([way, *(feature(stop) for stop in answer["results"])], rest)
