"""Where a way leads that somebody goes: fields that the API and the rider's page share."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from geo.crs import Datum
from yihui.http.stations.request import Asked, Lon, checked_lat

LONGEST_M = 300_000.0  # of a way; a day's ride is half of that
MOST_OFF_M = 5_000.0
USUAL_OFF_M = 500.0
MOST_LEFT_OUT = 10_000


def _with_its_longitude(lat: float | None, info: ValidationInfo) -> float | None:
    return None if lat is None else checked_lat(info.data.get("to_lon") or 0.0, lat, ("to_lon", "to_lat"))


ToLat = Annotated[
    float,
    Field(allow_inf_nan=False, json_schema_extra={"minimum": -90, "maximum": 90}),
    AfterValidator(_with_its_longitude),
]
OffM = Annotated[float, Field(gt=0, le=MOST_OFF_M, allow_inf_nan=False)]
LeftOut = Annotated[int, Field(ge=0, le=MOST_LEFT_OUT)]


class WayAsked(Asked):
    """The API's question. ``within_m`` is how far off the way a place may lie; ``offset`` how many to leave out."""

    lon: Lon = Field(examples=[117.0204])
    lat: Annotated[float, Field(allow_inf_nan=False, ge=-90, le=90)] = Field(examples=[36.6683])
    to_lon: Lon = Field(examples=[117.1200])
    to_lat: ToLat = Field(examples=[36.6512])
    datum: Datum
    within_m: OffM = USUAL_OFF_M
    k: int = Field(default=20, ge=1, le=200)
    offset: LeftOut = 0

    @model_validator(mode="after")
    def _short_enough(self) -> Self:
        check_length(self.lon, self.lat, self.to_lon, self.to_lat)
        return self


def check_length(lon: float, lat: float, to_lon: float, to_lat: float) -> None:
    """*Raises*: PydanticCustomError for a way that is too long; the datum makes no difference to that."""
    from geo.geodesy import checked_points, geodesic_m

    (metres,) = geodesic_m(checked_points((lon, lat)), checked_points((to_lon, to_lat))).tolist()
    if metres > LONGEST_M:
        context = {"kilometres": f"{metres / 1_000:,.0f}", "most": f"{LONGEST_M / 1_000:.0f}"}
        raise PydanticCustomError("way_too_long", "a way too long", context)


class ToAsked(Asked):
    """Where to, as the rider's page asks it: a point (in the datum of the start), or an address in words.

    ``to_name`` is what the point was called when it was chosen; ``within`` how far off the way a place may lie.
    """

    to_lon: Lon | None = None
    to_lat: ToLat | None = None
    to_name: str = Field(default="", max_length=200)
    to_q: str = Field(default="", max_length=200)
    within: OffM = USUAL_OFF_M
    offset: LeftOut = 0

    @model_validator(mode="after")
    def _whole_end(self) -> Self:
        if (self.to_lon is None) != (self.to_lat is None):
            raise PydanticCustomError("pair", "one without the other")
        return self

    @property
    def end(self) -> tuple[float, float] | None:
        return None if self.to_lon is None or self.to_lat is None else (self.to_lon, self.to_lat)

    @property
    def leads_somewhere(self) -> bool:
        return bool(self.end or self.to_q)
