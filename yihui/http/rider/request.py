"""What the rider's page is asked: near where, for what, and which part of the page is wanted."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from geo.crs import Datum
from geo.nearest.filters import Filters
from yihui.http.stations.request import Lat, Lon
from yihui.http.stations.route_request import ToAsked, check_length
from yihui.services.nearest import Question

REACH_M = 100_000.0  # what is farther is in another city: told, and never answered with
_LONGEST = 200  # characters of an address
Point = tuple[float, float]
# The ways of saying where, in the order in which they count; each with its fields.
WAYS: Mapping[str, tuple[str, ...]] = {
    "point": ("lon", "lat", "datum", "accuracy"),
    "station": ("station",),
    "district": ("district",),
    "q": ("q", "near"),
}
_BESIDES = frozenset({"datum", "near"})  # these say nothing by themselves


def roughly(point: Point | None) -> str:
    """As ``near`` has it: a tenth of a degree is a town, and tells of nobody where they are."""
    return "" if point is None else f"{point[0]:.1f},{point[1]:.1f}"


def _pair(text: object) -> object:
    """What the page itself wrote; anything else is as if it were not there, for it only orders what is found."""
    numbers = (
        re.fullmatch(r"(-?\d{1,3}(?:\.\d+)?),(-?\d{1,2}(?:\.\d+)?)", text) if isinstance(text, str) else None
    )
    return numbers and (float(numbers[1]), float(numbers[2]))


class PageAsked(ToAsked):
    """The rider page's form: a position, a place of the register, a district, or an address in words.

    ``accuracy``: within how many metres the phone knows where it is. ``when``: at what moment a door must
    be open. ``near`` is roughly where the page last was (lon, lat in WGS84): what is found there comes first.
    ``by`` names the way of saying where that is meant, where a form sends several.
    """

    usable: bool = True
    travel: Literal["walk", "ebike"] | None = "ebike"
    within_m: Annotated[float, Field(gt=0, le=REACH_M, allow_inf_nan=False)] = REACH_M
    lon: Lon | None = None
    lat: Lat | None = None
    datum: Datum = Datum.WGS84
    when: Literal["arrival", "now"] = "arrival"
    accuracy: Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)] | None = None
    station: str | None = Field(default=None, max_length=128)
    district: str | None = Field(default=None, pattern=r"^\d{6}$")
    q: str = Field(default="", max_length=_LONGEST)
    near: Annotated[Point | None, BeforeValidator(_pair)] = None
    by: Literal["point", "station", "district", "q"] | None = None
    part: Literal["answer"] | None = None

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.lon is None) != (self.lat is None):
            raise PydanticCustomError("pair", "one without the other")
        if self.point and self.end:
            check_length(*self.point, *self.end)
        return self

    def filters(self) -> Filters:
        """As the API's; who asks for a stay wants doors that are open for certain throughout."""
        asked = super().filters()
        return replace(asked, open_only=True) if self.stay_min else asked

    def question(self, datum: Datum, now: datetime) -> Question:
        """As the API's; what is to be open now is looked at as if one were there already."""
        asked = super().question(datum, now)
        return replace(asked, travel=None) if self.when == "now" else asked

    @property
    def point(self) -> tuple[float, float] | None:
        return None if self.lon is None or self.lat is None else (self.lon, self.lat)


def meant(form: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """The form with one way of saying where: the one that ``by`` names, else the first that is filled."""
    filled = [way for way, fields in WAYS.items() if any(f in form for f in fields if f not in _BESIDES)]
    named = form.get("by", [""])[-1]
    way = named if named in filled else next(iter(filled), "")
    others = {field for other, fields in WAYS.items() if other != way for field in fields}
    return {name: values for name, values in form.items() if name not in others}
