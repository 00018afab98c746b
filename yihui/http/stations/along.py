"""/api/v1/stations/along: stations along a route that are open when the rider passes."""

from typing import TYPE_CHECKING, Annotated, Self

from fastapi import APIRouter, Query, Request, Response
from pydantic import AfterValidator, Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError, to_json

from geo.crs import to_wgs84
from geo.datum import Datum
from geo.nearest.query import NearestQuery
from yihui.http.openapi import COLLECTION_RESPONSES
from yihui.http.representations import CACHE_PRIVATE, GEOJSON, conditional_response, negotiate_media_type
from yihui.http.site import Site
from yihui.http.stations.geojson import build_feature, render_feature_collection
from yihui.http.stations.request import Lat, Lon, StationQueryParameters, TravelParameters, validate_latitude
from yihui.views.stations import AlongAnswer, build_along_answer, build_query_answer

if TYPE_CHECKING:
    from geo.nearest.along import Route


MAX_ROUTE_M = 300_000.0  # of a route; a day's ride is half of that
MAX_OFF_ROUTE_M = 5_000.0
DEFAULT_OFF_ROUTE_M = 500.0
MAX_OFFSET = 10_000
_OF_A_POINT = frozenset(StationQueryParameters.model_fields) - set(TravelParameters.model_fields)


def _with_its_longitude(lat: float | None, info: ValidationInfo) -> float | None:
    return (
        None if lat is None else validate_latitude(info.data.get("to_lon") or 0.0, lat, ("to_lon", "to_lat"))
    )


DestinationLat = Annotated[
    float,
    Field(allow_inf_nan=False, json_schema_extra={"minimum": -90, "maximum": 90}),
    AfterValidator(_with_its_longitude),
]
OffRouteM = Annotated[float, Field(gt=0, le=MAX_OFF_ROUTE_M, allow_inf_nan=False)]
ResultOffset = Annotated[int, Field(ge=0, le=MAX_OFFSET)]


class RouteParameters(TravelParameters):
    """The filters on the way. ``within_m``: maximum distance from the route. ``offset``: how many to skip."""

    lon: Lon = Field(examples=[117.0204])
    lat: Lat = Field(examples=[36.6683])
    to_lon: Lon = Field(examples=[117.1200])
    to_lat: DestinationLat = Field(examples=[36.6512])
    datum: Datum
    within_m: OffRouteM = DEFAULT_OFF_ROUTE_M
    k: int = Field(default=20, ge=1, le=200)
    offset: ResultOffset = 0

    @model_validator(mode="after")
    def _short_enough(self) -> Self:
        check_route_length(self.lon, self.lat, self.to_lon, self.to_lat)
        return self


def check_route_length(lon: float, lat: float, to_lon: float, to_lat: float) -> None:
    """Raise PydanticCustomError if the route is too long; the datum makes no difference to that."""
    from geo.geodesy import checked_points, geodesic_m

    (metres,) = geodesic_m(checked_points((lon, lat)), checked_points((to_lon, to_lat))).tolist()
    if metres > MAX_ROUTE_M:
        context = {"kilometres": f"{metres / 1_000:,.0f}", "most": f"{MAX_ROUTE_M / 1_000:.0f}"}
        raise PydanticCustomError("way_too_long", "a way too long", context)


class DestinationParameters(StationQueryParameters):
    """The destination from the rider's page: a point (in the datum of the start), or an address as text.

    ``to_name``: what the point was called when it was selected.
    ``within``: how far from the route a station may lie.
    """

    to_lon: Lon | None = None
    to_lat: DestinationLat | None = None
    to_name: str = Field(default="", max_length=200)
    to_q: str = Field(default="", max_length=200)
    within: OffRouteM = DEFAULT_OFF_ROUTE_M
    offset: ResultOffset = 0

    @model_validator(mode="after")
    def _whole_end(self) -> Self:
        if (self.to_lon is None) != (self.to_lat is None):
            raise PydanticCustomError("pair", "one without the other")
        return self

    @property
    def destination(self) -> tuple[float, float] | None:
        return None if self.to_lon is None or self.to_lat is None else (self.to_lon, self.to_lat)

    @property
    def has_destination(self) -> bool:
        return bool(self.destination or self.to_q)


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
        known = {name: value for name, value in build_query_answer(query).items() if name not in _OF_A_POINT}
        echo = {**ends, **known, "offset": asked.offset}
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
