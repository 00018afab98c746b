"""The rider page's form: where, which stations, and which part of the page to return."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from core.civil_time import civil_date, parse_civil_instant, restore_offset_sign
from geo.datum import Datum
from geo.nearest.filters import Filters
from geo.nearest.query import NearestOrder, NearestQuery
from yihui.http.stations.along import DestinationParameters, check_route_length
from yihui.http.stations.request import Lat, Lon
from yihui.runtime.arguments import is_in_supported_years

MAX_REACH_M = 100_000.0  # stations farther away are in another city and are not listed
_DAY_MIN = 24 * 60
_LONGEST = 200  # characters of an address
Point = tuple[float, float]
# The kinds of location with their form fields; the first kind that is filled in counts.
LOCATION_FIELDS: Mapping[str, tuple[str, ...]] = {
    "point": ("lon", "lat", "datum", "accuracy"),
    "station": ("station",),
    "district": ("district",),
    "q": ("q", "near"),
}
_BESIDES = frozenset({"datum", "near"})  # these name no location by themselves


def format_coarse_point(point: Point | None) -> str:
    """Format a point as ``near`` holds it, rounded to 0.01° (1 km) to protect the rider's privacy."""
    return "" if point is None else f"{point[0]:.2f},{point[1]:.2f}"


def _pair(text: object) -> object:
    """Parse the ``near`` that the page itself wrote.

    Any other text counts as absent, because ``near`` only affects the order of matches.
    """
    numbers = (
        re.fullmatch(r"(-?\d{1,3}(?:\.\d+)?),(-?\d{1,2}(?:\.\d+)?)", text) if isinstance(text, str) else None
    )
    return numbers and (float(numbers[1]), float(numbers[2]))


def parse_moment(text: str) -> datetime | None:
    """Return the instant of a browser's field, which is Beijing's time, or of a link, which may name its offset.

    None if it can't be read, or if civil time isn't certain then. A bare + arrives in a URL as a space.
    """
    moment = parse_civil_instant(restore_offset_sign(text))
    return moment if moment and is_in_supported_years(moment) else None


def _moment(text: object) -> datetime:
    if (moment := parse_moment(str(text))) is None:
        raise PydanticCustomError("moment", "no day with a time")
    return moment


class RiderPageForm(DestinationParameters):
    """The rider page's form: a position, a station, a district, or an address in words.

    ``at``: when the rider sets out, or for which time a list is; now if it is left empty.
    ``accuracy``: the phone's accuracy in metres. ``when``: whether a station must be open on arrival or now.
    ``near``: roughly where the page last was (lon, lat in WGS84); matches near it come first.
    ``by`` names the kind of location that counts if a form sends several.
    """

    at: Annotated[datetime | None, BeforeValidator(_moment)] = None
    usable: bool = True
    travel: Literal["walk", "ebike"] | None = "ebike"
    within_m: Annotated[float, Field(gt=0, le=MAX_REACH_M, allow_inf_nan=False)] = MAX_REACH_M
    lon: Lon | None = None
    lat: Lat | None = None
    datum: Datum = Datum.WGS84
    when: Literal["arrival", "now"] = "arrival"
    accuracy: Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)] | None = None
    station: str | None = Field(default=None, max_length=128)
    district: str | None = Field(default=None, pattern=r"^\d{6}$")
    order: NearestOrder = NearestOrder.OPEN_FIRST
    q: str = Field(default="", max_length=_LONGEST)
    near: Annotated[Point | None, BeforeValidator(_pair)] = None
    by: Literal["point", "station", "district", "q"] | None = None
    part: Literal["answer"] | None = None

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.lon is None) != (self.lat is None):
            raise PydanticCustomError("pair", "one without the other")
        if self.point and self.destination:
            check_route_length(*self.point, *self.destination)
        return self

    def filters(self) -> Filters:
        """Return the API's filters; a rider who names a stay wants stations certainly open throughout."""
        asked = super().filters()
        return replace(asked, open_only=True) if self.stay_min else asked

    def nearest_query(self, datum: Datum, now: datetime) -> NearestQuery:
        """Return the API's query; with ``when`` = now, opening states are of now, without travel time."""
        query = super().nearest_query(datum, now)
        return replace(query, hours_now=self.when == "now", today=civil_date(now))

    @property
    def is_round_the_clock(self) -> bool:
        return self.stay_min == _DAY_MIN

    @property
    def has_conditions(self) -> bool:
        """Whether the rider chose a condition that she could leave out; a kind or one need is what she looks for."""
        needs = self.facility[1:], self.entry, self.access, self.benefit
        chosen = *needs, self.open, self.not_closed, self.stay_min
        return any(chosen) or self.verified_within_days is not None

    @property
    def point(self) -> tuple[float, float] | None:
        """The position as lon, lat in ``datum``, or None."""
        return None if self.lon is None or self.lat is None else (self.lon, self.lat)


def select_location_fields(form: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Return the form with one kind of location: the one that ``by`` names, else the first filled in."""
    filled = [
        way for way, fields in LOCATION_FIELDS.items() if any(f in form for f in fields if f not in _BESIDES)
    ]
    named = form.get("by", [""])[-1]
    way = named if named in filled else next(iter(filled), "")
    others = {field for other, fields in LOCATION_FIELDS.items() if other != way for field in fields}
    return {name: values for name, values in form.items() if name not in others}
