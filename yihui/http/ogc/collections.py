"""The collections that /ogc serves, and the properties of their features."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from core.text_marks import N_
from geo.station import Station

STRING: Literal["string"] = "string"
NUMBER: Literal["number"] = "number"
INTEGER: Literal["integer"] = "integer"
BOOLEAN: Literal["boolean"] = "boolean"
FieldType = Literal["string", "number", "integer", "boolean"]


@dataclass(frozen=True, slots=True)
class Field:
    """One property of the features of a collection. ``title`` is a message id."""

    name: str
    type: FieldType
    title: str
    format: str = ""


@dataclass(frozen=True, slots=True)
class Collection:
    """One collection under /ogc/collections. ``title`` and ``description`` are message ids."""

    id: str
    title: str
    description: str
    fields: tuple[Field, ...]

    @property
    def fields_by_name(self) -> Mapping[str, Field]:
        """The collection's fields by name."""
        return {field.name: field for field in self.fields}


AT_FIELD = Field("at", STRING, N_("as at"), "date-time")
SAMPLE_FIELD = Field(
    "sample", BOOLEAN, N_("made of sample stations")
)  # for figures computed from sample stations

_TYPES: Mapping[object, FieldType] = {bool: BOOLEAN, float | None: NUMBER}
_LEFT_OUT = frozenset({"id", "lon", "lat", "calendar", "accepts", "phone", "note"})


def _list_station_fields() -> Iterator[Field]:
    for name, field in Station.model_fields.items():
        if name in _LEFT_OUT:
            continue
        day = "date" if field.annotation == date | None else ""
        yield Field(name, _TYPES.get(field.annotation, STRING), field.title or name, day)
        if name == "kind":
            yield Field("state", STRING, N_("state by its hours"))


STATIONS = Collection(
    "stations",
    N_("Stations"),
    N_(
        "Places of the register that are placed, with what their hours say at the instant of datetime (now, "
        "where none is given). Telephone numbers and notes are left out."
    ),
    (
        *_list_station_fields(),
        AT_FIELD,
    ),
)
COVERAGE = Collection(
    "coverage",
    N_("Coverage by county"),
    N_(
        "Counties with the share of their residents who have a place that is open and usable within 1 km at the "
        "instant of datetime (now, where none is given). Residents: census of 2020, spread evenly over each county."
    ),
    (
        Field("code", STRING, N_("code")),
        Field("name", STRING, N_("name")),
        Field("city", STRING, N_("city")),
        Field("places", INTEGER, N_("places")),
        Field("usable", INTEGER, N_("places open and usable")),
        Field("demand", NUMBER, N_("demand")),
        Field("unit", STRING, N_("unit of the demand")),
        Field("served", NUMBER, N_("demand served")),
        Field("share", NUMBER, N_("share served")),
        Field("median_m", NUMBER, N_("half have a place within, m")),
        Field("p90_m", NUMBER, N_("nine tenths have a place within, m")),
        Field("radius_m", NUMBER, N_("radius in m")),
        SAMPLE_FIELD,
        AT_FIELD,
    ),
)
GAPS = Collection(
    "gaps",
    N_("Gaps"),
    N_(
        "Connected areas without a place that is open and usable within 1 km at the instant of datetime (now, "
        "where none is given), ranked by the residents in them."
    ),
    (
        Field("rank", INTEGER, N_("rank")),
        Field("district", STRING, N_("district code")),
        Field("district_name", STRING, N_("district")),
        Field("demand", NUMBER, N_("demand without a place")),
        Field("unit", STRING, N_("unit of the demand")),
        Field("area_km2", NUMBER, N_("area in km²")),
        Field("cells", INTEGER, N_("cells")),
        Field("lon", NUMBER, N_("longitude of its middle")),
        Field("lat", NUMBER, N_("latitude of its middle")),
        Field("radius_m", NUMBER, N_("radius in m")),
        SAMPLE_FIELD,
        AT_FIELD,
    ),
)
COLLECTIONS: Mapping[str, Collection] = {each.id: each for each in (STATIONS, COVERAGE, GAPS)}
