"""The parameters of station requests, validated field by field."""

import re
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from core.civil_time import restore_offset_sign
from geo.datum import Datum
from geo.formats.coordinates import CoordinateText, is_in_china
from geo.nearest.filters import Filters
from geo.nearest.query import NEAR_MIN, NearestOrder, NearestQuery
from geo.nearest.travel import Travel
from geo.station import Access, Entry, Kind
from yihui.files.points import parse_query_point
from yihui.runtime.arguments import is_in_supported_years
from yihui.services.stations.reports import FacilityCode

MAX_RESULTS = 50
MAX_DISTANCE_M = 20_037_509.0  # half way around the Earth
MAX_WAY_MIN = 1_440.0
MAX_POINTS, MAX_RESULTS_PER_POINT = 1_000, 10


_INSTANT: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)


def _with_plus(text: object) -> datetime:
    """Parse an instant, restoring a bare + that arrives in a URL as a space."""
    if not isinstance(text, str) or not re.match(r"\d{4}-", text):
        raise PydanticCustomError("datetime_parsing", "not an instant")
    try:
        return _INSTANT.validate_python(restore_offset_sign(text))
    except ValidationError as error:
        raise PydanticCustomError(error.errors()[0]["type"], "not an instant") from None


def _within_reach(moment: datetime) -> datetime:
    if not is_in_supported_years(moment):
        raise PydanticCustomError("datetime_reach", "a year from 1992 to 2100")
    return moment


def _with_its_longitude(lat: float | None, info: ValidationInfo) -> float | None:
    """Check the pair as the command line does: a swapped pair may lie on the Earth, but far away."""
    lon = info.data.get("lon") or 0.0  # a fault of the longitude is reported separately
    return None if lat is None else validate_latitude(lon, lat)


def validate_latitude(lon: float, lat: float, headers: tuple[str, str] = ("lon", "lat")) -> float:
    """Return the latitude. *Raises*: PydanticCustomError if the pair is not a plausible point."""
    if is_in_china(lon, lat):  # certainly valid; the check of the text takes far longer
        return lat
    point = parse_query_point(CoordinateText(f"{lon:.10g}", f"{lat:.10g}", *headers))
    if isinstance(point, list):
        raise PydanticCustomError("coordinates", "not a point", {"fault": point[0]})
    return lat


def _point(pair: object) -> tuple[float, float]:
    """Parse one point of a list; only the first fault of a point is reported."""
    numbers = pair if isinstance(pair, list | tuple) and len(pair) == 2 else ()
    if not numbers or not all(type(one) in (int, float) for one in numbers):
        raise PydanticCustomError("no_pair", "not two numbers")
    validate_latitude(*numbers)
    return float(numbers[0]), float(numbers[1])


Instant = Annotated[
    AwareDatetime,
    BeforeValidator(_with_plus),
    AfterValidator(_within_reach),
    Field(
        examples=["2026-10-03T23:10+08:00"],
        json_schema_extra={"pattern": r"^(199[3-9]|20[0-9]{2})-[0-9]{2}-[0-9]{2}T"},
    ),
]
Lon = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False, examples=[117.0204])]
Lat = Annotated[
    float,
    Field(allow_inf_nan=False, examples=[36.6683], json_schema_extra={"minimum": -90, "maximum": 90}),
    AfterValidator(_with_its_longitude),
]
LonLatPair = Annotated[
    tuple[float, float],
    PlainValidator(_point),
    WithJsonSchema(
        {
            "type": "array",
            "prefixItems": [
                {"type": "number", "minimum": -180, "maximum": 180},
                {"type": "number", "minimum": -90, "maximum": 90},
            ],
            "items": {"type": "number"},
            "minItems": 2,
            "maxItems": 2,
        }
    ),
]


def _whole(number: object) -> object:
    """Convert 5.0 to 5: JSON has no separate type for integers."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


_FEW = Field(max_length=50)
WHOLE_NUMBER = BeforeValidator(_whole)


class FilterParameters(BaseModel):
    """The filters. A ``usable`` station is in service, not closed on arrival, and not reserved for others."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: Instant | None = None
    kind: Annotated[list[Kind], _FEW] = []
    facility: Annotated[list[FacilityCode], _FEW] = []
    entry: Annotated[list[Entry], _FEW] = []
    access: Annotated[list[Access], _FEW] = []
    open: bool = False
    not_closed: bool = False
    usable: bool = False
    member: bool = False
    employer: Annotated[str, Field(max_length=200)] = ""
    benefit: Annotated[list[Annotated[str, Field(min_length=1, max_length=128)]], _FEW] = []
    stay_min: Annotated[int, Field(ge=0, le=1440), WHOLE_NUMBER] = 0
    verified_within_days: Annotated[int, Field(ge=0, le=36_500), WHOLE_NUMBER] | None = None
    lang: Literal["zh", "en"] | None = None

    def filters(self) -> Filters:
        kinds = frozenset(self.kind)
        base = Filters.usable_only(member=self.member, kinds=kinds) if self.usable else Filters(kinds=kinds)
        return replace(
            base,
            facilities=frozenset(self.facility),
            entries=frozenset(self.entry),
            accesses=frozenset(self.access) or base.accesses,
            open_only=self.open,
            not_closed=self.not_closed or base.not_closed,
            stay_min=self.stay_min,
            verified_within_days=self.verified_within_days,
            employer=self.employer,
            benefits=frozenset(self.benefit),
        )


class TravelParameters(FilterParameters):
    """The filters, the number of results, how the rider travels, and how far."""

    k: Annotated[int, Field(ge=1, le=MAX_RESULTS), WHOLE_NUMBER] = 5
    travel: Literal["walk", "ebike"] | None = None
    speed_km_per_h: Annotated[float, Field(ge=0.5, le=60)] | None = None
    within_m: Annotated[float, Field(gt=0, le=MAX_DISTANCE_M, allow_inf_nan=False)] | None = None

    def nearest_query(self, datum: Datum, now: datetime) -> NearestQuery:
        """Return the same query as the command line builds, so that both answer in one shape."""
        return NearestQuery(self.at or now, self.k, self.filters(), self.way_of_travel, self.within_m, datum)

    @property
    def way_of_travel(self) -> Travel | None:
        mode = self.travel or ("walk" if self.speed_km_per_h else None)
        return Travel.by_mode(mode, self.speed_km_per_h)


class StationQueryParameters(TravelParameters):
    """A query at a point.

    Where nothing within ``within_m`` passes, the search grows up to 100 km and says so (``grown_to_m``),
    unless the distance counts ``exactly``. With ``travel``, the way takes ``within_min`` minutes at most.
    With the ``order`` ``open_first``, the way to a station whose hours are not certain counts twice.
    """

    within_min: Annotated[float, Field(gt=0, le=MAX_WAY_MIN, allow_inf_nan=False)] = NEAR_MIN
    exactly: bool = False
    order: NearestOrder = NearestOrder.DISTANCE

    def nearest_query(self, datum: Datum, now: datetime) -> NearestQuery:
        travel = self.way_of_travel
        is_bounded = self.travel is not None or (travel and "within_min" in self.model_fields_set)
        return NearestQuery(
            self.at or now,
            self.k,
            self.filters(),
            travel,
            self.within_m,
            datum,
            exactly=self.exactly,
            order=self.order,
            within_min=self.within_min if is_bounded else None,
        )


class NearestParameters(StationQueryParameters):
    """The API's query: the datum is required, because a wrong guess shifts a point by a street."""

    lon: Lon
    lat: Lat
    datum: Datum


class NearestParametersWithoutPoint(StationQueryParameters):
    """All of `NearestParameters` except the point."""

    datum: Datum


class ManyAsked(StationQueryParameters):
    """The query of `/nearest` for many points: ``[[lon, lat], …]``, all in ``datum``."""

    points: Annotated[list[LonLatPair], Field(min_length=1, max_length=MAX_POINTS)]
    datum: Datum
    k: Annotated[int, Field(ge=1, le=MAX_RESULTS_PER_POINT), WHOLE_NUMBER] = 5
