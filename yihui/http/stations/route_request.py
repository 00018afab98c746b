"""The destination of a route: parameters that the API and the rider's page share."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from geo.datum import Datum
from yihui.http.stations.request import Lat, Lon, StationQueryParameters, validate_latitude

MAX_ROUTE_M = 300_000.0  # of a route; a day's ride is half of that
MAX_OFF_ROUTE_M = 5_000.0
DEFAULT_OFF_ROUTE_M = 500.0
MAX_OFFSET = 10_000


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


class RouteParameters(StationQueryParameters):
    """The API's query. ``within_m``: maximum distance from the route. ``offset``: how many to skip."""

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
