"""What a request asks of the locator, checked field by field."""

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

from geo.crs import Datum
from geo.formats.coordinates import CoordinateText, is_in_china
from geo.nearest.filters import Filters
from geo.station import Access, Entry, Kind
from yihui.files.points import parse_query_point
from yihui.runtime.arguments import is_in_supported_years
from yihui.services.nearest import NearestQuery
from yihui.views.labels import FACILITY_LABELS

MOST_RESULTS = 50
FARTHEST_M = 20_037_509.0  # half way around the Earth
MOST_POINTS, MOST_RESULTS_EACH = 1_000, 10


_INSTANT: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)


def _with_plus(text: object) -> datetime:
    """A bare + in an address arrives as a space; nobody writes an instant with one before its offset."""
    if not isinstance(text, str) or not re.match(r"\d{4}-", text):
        raise PydanticCustomError("datetime_parsing", "not an instant")
    try:
        return _INSTANT.validate_python(re.sub(r" (\d\d:?\d\d)$", r"+\1", text))
    except ValidationError as error:
        raise PydanticCustomError(error.errors()[0]["type"], "not an instant") from None


def _within_reach(moment: datetime) -> datetime:
    if not is_in_supported_years(moment):
        raise PydanticCustomError("datetime_reach", "a year from 1992 to 2100")
    return moment


def _known_facility(code: object) -> object:
    if not isinstance(code, str) or code not in FACILITY_LABELS:
        raise PydanticCustomError("enum", "not a facility")
    return code


def _with_its_longitude(lat: float | None, info: ValidationInfo) -> float | None:
    """The check that the command line makes as well: a swapped pair may lie on the Earth, far away."""
    lon = info.data.get("lon") or 0.0  # what is wrong with it is told by itself
    return None if lat is None else checked_lat(lon, lat)


def checked_lat(lon: float, lat: float, headers: tuple[str, str] = ("lon", "lat")) -> float:
    """*Raises*: PydanticCustomError where the two together are no point, as far as one can tell."""
    if is_in_china(lon, lat):  # nothing to be told of it, which takes far longer to find out by its text
        return lat
    point = parse_query_point(CoordinateText(f"{lon:.10g}", f"{lat:.10g}", *headers))
    if isinstance(point, list):
        raise PydanticCustomError("coordinates", "not a point", {"fault": point[0]})
    return lat


def _point(pair: object) -> tuple[float, float]:
    """One of a list of points, of which the first is enough to learn what is wrong with it."""
    numbers = pair if isinstance(pair, list | tuple) and len(pair) == 2 else ()
    if not numbers or not all(type(one) in (int, float) for one in numbers):
        raise PydanticCustomError("no_pair", "not two numbers")
    checked_lat(*numbers)
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
Facility = Annotated[
    str, BeforeValidator(_known_facility), Field(json_schema_extra={"enum": sorted(FACILITY_LABELS)})
]
Lon = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False, examples=[117.0204])]
Lat = Annotated[
    float,
    Field(allow_inf_nan=False, examples=[36.6683], json_schema_extra={"minimum": -90, "maximum": 90}),
    AfterValidator(_with_its_longitude),
]
Point = Annotated[
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
    """JSON knows no whole numbers: 5.0 is 5."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


_FEW = Field(max_length=50)
WHOLE = BeforeValidator(_whole)


class FiltersAsked(BaseModel):
    """The filters. ``usable`` stands for: in service, not closed on arrival, not for others only."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: Instant | None = None
    kind: Annotated[list[Kind], _FEW] = []
    facility: Annotated[list[Facility], _FEW] = []
    entry: Annotated[list[Entry], _FEW] = []
    access: Annotated[list[Access], _FEW] = []
    open: bool = False
    not_closed: bool = False
    usable: bool = False
    member: bool = False
    employer: Annotated[str, Field(max_length=200)] = ""
    benefit: Annotated[list[Annotated[str, Field(min_length=1, max_length=128)]], _FEW] = []
    stay_min: Annotated[int, Field(ge=0, le=1440), WHOLE] = 0
    verified_within_days: Annotated[int, Field(ge=0, le=36_500), WHOLE] | None = None
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


LISTS = frozenset({"kind", "facility", "entry", "access", "benefit"})  # what may be sent several times


class Asked(FiltersAsked):
    """What is asked about some point: the filters, how many, how one goes there, how far."""

    k: Annotated[int, Field(ge=1, le=MOST_RESULTS), WHOLE] = 5
    travel: Literal["walk", "ebike"] | None = None
    speed_km_per_h: Annotated[float, Field(ge=0.5, le=60)] | None = None
    within_m: Annotated[float, Field(gt=0, le=FARTHEST_M, allow_inf_nan=False)] | None = None

    def question(self, datum: Datum, now: datetime) -> NearestQuery:
        """The same question as the command line's, so that both answer in one shape."""
        return NearestQuery(
            datum,
            self.k,
            self.at or now,
            self.filters(),
            self.travel or ("walk" if self.speed_km_per_h else None),
            self.within_m,
            None,
            self.speed_km_per_h,
        )


class NearestAsked(Asked):
    """The API's question: the datum must be named, for guessing it wrong is a street's error."""

    lon: Lon
    lat: Lat
    datum: Datum


class RestAsked(Asked):
    """All of `NearestAsked` but the point."""

    datum: Datum


class ManyAsked(Asked):
    """As `NearestAsked`, of many points: ``[[lon, lat], …]``, all in ``datum``."""

    points: Annotated[list[Point], Field(min_length=1, max_length=MOST_POINTS)]
    datum: Datum
    k: Annotated[int, Field(ge=1, le=MOST_RESULTS_EACH), WHOLE] = 5
