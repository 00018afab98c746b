"""What ``yihui map`` is to draw, with the proposed sites of a file that ``yihui plan sites`` has written."""

from functools import partial
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, Field, ValidationError

from core.faults import FaultError, FaultTable
from core.prompts import Prompt
from core.text_marks import N_
from yihui.planning.file_fields import FileOf, Target
from yihui.planning.order import AreaOrder, Demand, Routing, Townships, TownshipsDatum, Travel


class CoverageMapOrder(AreaOrder):
    """What to draw. ``tiles`` is parsed by `parse_tiles`; an empty ``demand`` takes residents, or ground where no census is known."""

    demand: Demand = ""
    travel: Travel = None
    routing: Routing = None
    with_hours: Annotated[bool, Prompt(N_("a slider over the hours of the week"), option="--hours")] = True
    gaps: Annotated[
        Literal["hour", "night", "week"] | None,
        Prompt(
            N_("Show gaps"),
            labels={"hour": N_("at that hour"), "night": N_("at night only"), "week": N_("in the week")},
        ),
    ] = None
    townships: Townships = None
    datum: TownshipsDatum = None
    is_datum_of_demand = False
    proposals: Annotated[
        Path | None,
        FileOf("geojson", "json"),
        Prompt(N_("Proposed sites to show: the GeoJSON file of an analysis of sites"), is_further=True),
    ] = None
    out: Annotated[Target, Prompt(N_("the file to write"), metavar="FILE", only="command")] = Path(
        "yihui-map.html"
    )
    tiles: Annotated[
        str | None,
        Prompt(
            N_(
                "an online base map, in place of built streets: tianditu:KEY (or tianditu, with YIHUI_TIANDITU_KEY), gcj02:URL, wgs84:URL"
            ),
            only="command",
        ),
    ] = None


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
        build, faults = partial(SITE_FILE_FAULTS.build, "wrong_value", file=str(file)), []
        for one in error.errors():
            given = one["input"]  # the whole file, which need not be text, or a part of it
            text = given.decode("utf-8", "replace") if isinstance(given, bytes) else str(given)
            faults.append(build(field=".".join(map(str, one["loc"])) or "JSON", value=text[:60]))
        raise FaultError(faults) from error
    sites = tuple(one for one in features if one.properties.role == "proposed")
    if not sites:
        raise FaultError(SITE_FILE_FAULTS.build("no_site", file=str(file)))
    return sites
