"""The collections that a GIS reads, and what their features say."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

N_ = str  # marks a text for the message catalogue

TEXT: Literal["string"] = "string"
NUMBER: Literal["number"] = "number"
WHOLE: Literal["integer"] = "integer"
TRUTH: Literal["boolean"] = "boolean"
Type = Literal["string", "number", "integer", "boolean"]


@dataclass(frozen=True, slots=True)
class Field:
    """One property of the features of a collection. ``title`` is a message id."""

    name: str
    type: Type
    title: str
    format: str = ""


@dataclass(frozen=True, slots=True)
class Collection:
    """What can be asked for under /ogc/collections. ``title`` and ``description`` are message ids."""

    id: str
    title: str
    description: str
    fields: tuple[Field, ...]
    title_field: str

    @property
    def by_name(self) -> Mapping[str, Field]:
        return {field.name: field for field in self.fields}


AT = Field("at", TEXT, N_("as at"), "date-time")
SAMPLE = Field("sample", TRUTH, N_("made of sample stations"))  # of what is counted from them

STATIONS = Collection(
    "stations",
    N_("Stations"),
    N_(
        "Places of the register that are placed, with what their hours say at the instant of datetime (now, "
        "where none is given). Telephone numbers and notes are left out."
    ),
    (
        Field("name", TEXT, N_("name")),
        Field("kind", TEXT, N_("kind")),
        Field("state", TEXT, N_("state by its hours")),
        Field("address", TEXT, N_("address")),
        Field("district", TEXT, N_("district code")),
        Field("district_name", TEXT, N_("district")),
        Field("hours_text", TEXT, N_("opening hours")),
        Field("entry", TEXT, N_("how to get in")),
        Field("access", TEXT, N_("who may enter")),
        Field("employer", TEXT, N_("whose staff it is for")),
        Field("facilities", TEXT, N_("facilities")),
        Field("area_m2", NUMBER, N_("area in m²")),
        Field("status", TEXT, N_("status")),
        Field("verified_on", TEXT, N_("last verified"), "date"),
        Field("source", TEXT, N_("source")),
        Field("sample", TRUTH, N_("sample")),
        AT,
    ),
    "name",
)
COVERAGE = Collection(
    "coverage",
    N_("Coverage by county"),
    N_(
        "Counties with the share of their residents who have a place that is open and usable within 1 km at the "
        "instant of datetime (now, where none is given). Residents: census of 2020, spread evenly over each county."
    ),
    (
        Field("code", TEXT, N_("code")),
        Field("name", TEXT, N_("name")),
        Field("city", TEXT, N_("city")),
        Field("places", WHOLE, N_("places")),
        Field("usable", WHOLE, N_("places open and usable")),
        Field("demand", NUMBER, N_("demand")),
        Field("unit", TEXT, N_("unit of the demand")),
        Field("served", NUMBER, N_("demand served")),
        Field("share", NUMBER, N_("share served")),
        Field("median_m", NUMBER, N_("half have a place within, m")),
        Field("p90_m", NUMBER, N_("nine tenths have a place within, m")),
        Field("radius_m", NUMBER, N_("radius in m")),
        SAMPLE,
        AT,
    ),
    "name",
)
GAPS = Collection(
    "gaps",
    N_("Gaps"),
    N_(
        "Connected areas without a place that is open and usable within 1 km at the instant of datetime (now, "
        "where none is given), ranked by the residents in them."
    ),
    (
        Field("rank", WHOLE, N_("rank")),
        Field("district", TEXT, N_("district code")),
        Field("district_name", TEXT, N_("district")),
        Field("demand", NUMBER, N_("demand without a place")),
        Field("unit", TEXT, N_("unit of the demand")),
        Field("area_km2", NUMBER, N_("area in km²")),
        Field("cells", WHOLE, N_("cells")),
        Field("lon", NUMBER, N_("longitude of its middle")),
        Field("lat", NUMBER, N_("latitude of its middle")),
        Field("radius_m", NUMBER, N_("radius in m")),
        SAMPLE,
        AT,
    ),
    "rank",
)
COLLECTIONS: Mapping[str, Collection] = MappingProxyType(
    {each.id: each for each in (STATIONS, COVERAGE, GAPS)}
)
