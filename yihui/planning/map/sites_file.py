"""Read the proposed sites of a file that ``yihui plan sites`` has written."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, Field, ValidationError

from core.faults import FaultError, FaultTable
from core.text_marks import N_

_GIVE_SITES = N_("give the GeoJSON file of an analysis of further sites (yihui plan sites --geojson FILE)")
SITE_FILE_FAULTS = FaultTable(
    "map",
    {
        "no_site": (N_("there is no proposed site in it"), _GIVE_SITES),
        "wrong_value": (N_("{field} can't be {value}"), _GIVE_SITES),
    },
)
Degrees = Annotated[float, Field(allow_inf_nan=False)]


class _Point(BaseModel):
    type: Literal["Point"]
    coordinates: tuple[Annotated[Degrees, Field(ge=-180, le=180)], Annotated[Degrees, Field(ge=-90, le=90)]]


class SiteProperties(BaseModel):
    """The properties of a proposed site, as ``yihui plan sites`` writes them."""

    role: str = "proposed"
    rank: Annotated[int, Field(ge=1)] | None = None
    name: str | None = None
    place: str = ""
    district_name: str = ""
    newly_served: float | None = Field(default=None, allow_inf_nan=False)
    cumulative: float | None = Field(default=None, allow_inf_nan=False)
    cost_fen: int | None = None
    stability: float | None = Field(default=None, ge=0, le=1)


class SiteFeature(BaseModel):
    """A proposed site: its point and its properties."""

    geometry: _Point
    properties: SiteProperties


class _Collection(BaseModel):
    type: Literal["FeatureCollection"]
    features: list[SiteFeature]


def read_proposed_sites(file: Path) -> tuple[SiteFeature, ...]:
    """Read the proposed sites of a file. *Raises*: FaultError with all faults of the file."""
    try:
        features = _Collection.model_validate_json(file.read_bytes()).features
    except ValidationError as error:
        faults = [
            SITE_FILE_FAULTS.build(
                "wrong_value",
                file=str(file),
                field=".".join(str(part) for part in one["loc"]) or "JSON",
                value=_quoted(one["input"]),
            )
            for one in error.errors()
        ]
        raise FaultError(faults) from error
    sites = tuple(one for one in features if one.properties.role == "proposed")
    if not sites:
        raise FaultError(SITE_FILE_FAULTS.build("no_site", file=str(file)))
    return sites


def _quoted(given: object) -> str:
    """Return the start of an invalid input as text, even if the file isn't text."""
    text = given.decode("utf-8", "replace") if isinstance(given, bytes) else str(given)
    return text[:60]
