"""Gaps and proposed sites as marks on a map: computed now, or read from a file of ``yihui plan sites``."""

from collections.abc import Mapping, Sequence
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, Field, ValidationError

from core.faults import Fault, FaultError
from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.planning.study.study import monday_of
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from datetime import datetime

    import shapely

    from geo.gaps import Gap, Whereabouts
    from maps.marks import AreaMark, Pin
    from yihui.planning.map.levels import MapScope


MAX_NAMED_GAPS = 300  # more than a map draws
METRES_A_DEGREE = 111_320.0  # of latitude
_FEN_PER_YUAN = 100

MarkFacts = tuple[tuple[str, str], ...]
Degrees = Annotated[float, Field(allow_inf_nan=False)]


class _Point(BaseModel):
    type: Literal["Point"]
    coordinates: tuple[Annotated[Degrees, Field(ge=-180, le=180)], Annotated[Degrees, Field(ge=-90, le=90)]]


class _Site(BaseModel):
    role: str = "proposed"
    rank: Annotated[int, Field(ge=1)] | None = None
    name: str | None = None
    place: str = ""
    district_name: str = ""
    newly_served: float | None = Field(default=None, allow_inf_nan=False)
    cumulative: float | None = Field(default=None, allow_inf_nan=False)
    cost_fen: int | None = None
    stability: float | None = Field(default=None, ge=0, le=1)


class _Feature(BaseModel):
    geometry: _Point
    properties: _Site


class _Collection(BaseModel):
    type: Literal["FeatureCollection"]
    features: list[_Feature]


def gap_patches(language: Language, which: str, sight: "MapScope") -> "tuple[AreaMark, ...]":
    """Return the gaps of a demand, heaviest first: at the map's ``hour``, in its ``week``, or by ``night``."""
    from geo.coverage.openness import week_instants
    from geo.gaps import compute_gaps

    if which == "night":
        return night_gap_patches(language, sight)
    instants = (sight.at,) if which == "hour" else week_instants(monday_of(sight.at))
    return _named(language, compute_gaps(sight.demand, sight.index, sight.reach, instants), instants, sight)


def night_gap_patches(language: Language, sight: "MapScope") -> "tuple[AreaMark, ...]":
    """Return areas with an open station by day and none by night.

    Areas without any station are left out, as they would cover the whole map.
    """
    import numpy as np

    from geo.coverage import DAY_HOURS, NIGHT_HOURS, coverage_by_hour
    from geo.coverage.openness import week_instants
    from geo.gaps import compute_gaps

    table = coverage_by_hour(sight.demand, sight.index, monday_of(sight.at), sight.reach)
    by_day = np.logical_or.reduce(
        [table.served_at(24 * day + hour) for day in range(7) for hour in DAY_HOURS]
    )
    nights = [when for number, when in enumerate(week_instants(table.monday)) if number % 24 in NIGHT_HOURS]
    served = sight.demand.select(np.flatnonzero(by_day))
    return _named(language, compute_gaps(served, sight.index, sight.reach, nights), nights, sight)


def _named(
    language: Language, found: "Sequence[Gap]", instants: "Sequence[datetime]", sight: "MapScope"
) -> "tuple[AreaMark, ...]":
    from geo.districts import Districts
    from geo.gaps import NamedPlaces, locate_gaps

    heaviest = found[:MAX_NAMED_GAPS]
    places = locate_gaps(heaviest, NamedPlaces.from_stations(sight.index.stations), Districts(sight.outlines))
    where = {gap.id: place for gap, place in zip(heaviest, places, strict=True)}
    return build_gap_patches(language, found, where, instants, sight.demand.unit)


def build_gap_patches(
    language: Language,
    gaps: "Sequence[Gap]",
    where: "Mapping[str, Whereabouts]",
    instants: "Sequence[datetime]",
    unit: str,
) -> "tuple[AreaMark, ...]":
    """Build patches with facts in the reader's language; each shows at its own hours of the week."""
    from maps.marks import AreaMark
    from yihui.planning.gaps.phrases import area_text, gap_name, gap_times_text, instants_to_week_mask
    from yihui.planning.report.phrases import demand_amount_text

    labels = [
        language.translate(text)
        for text in (N_("Without a place"), N_("When"), N_("Hours a week"), N_("Ground"))
    ]
    return tuple(
        AreaMark(
            name=gap_name(language, where[gap.id]) if gap.id in where else gap.id,
            geometry=_simpler(gap),
            facts=tuple(
                zip(
                    labels,
                    (
                        demand_amount_text(gap.demand, unit, language),
                        gap_times_text(language, gap.unmet, instants),
                        str(gap.hours) if len(instants) > 1 else "",
                        area_text(language, gap.area_m2),
                    ),
                    strict=True,
                )
            ),
            hours=instants_to_week_mask(gap.unmet, instants),
        )
        for gap in gaps
    )


def _simpler(gap: "Gap") -> "shapely.Geometry":
    """Simplify the outline below a quarter of a cell; finer detail has no meaning on the ground."""
    import shapely

    cell_m = sqrt(gap.area_m2 / max(len(gap.cells), 1))
    return shapely.simplify(gap.geometry, cell_m / 4 / METRES_A_DEGREE)


def read_site_pins(wiring: Wiring, file: Path) -> "tuple[Pin, ...]":
    """Read the proposed sites of a file, by rank. *Raises*: FaultError with all faults of the file."""
    from maps.marks import Pin

    sites = [one for one in _read(file).features if one.properties.role == "proposed"]
    if not sites:
        remedy = N_("write one with yihui plan sites --geojson FILE")
        raise FaultError([Fault(N_("there is no proposed site in it"), remedy, file=str(file))])
    ranked = sorted(enumerate(sites, 1), key=lambda pair: pair[1].properties.rank or pair[0])
    return tuple(
        Pin(
            rank=site.properties.rank or number,
            name=_name(site.properties) or wiring.render(N_("Site {rank}"), rank=number),
            lon=site.geometry.coordinates[0],
            lat=site.geometry.coordinates[1],
            facts=_facts(wiring.language, site.properties),
        )
        for number, site in ranked
    )


def _read(file: Path) -> _Collection:
    try:
        return _Collection.model_validate_json(file.read_bytes())
    except ValidationError as error:
        remedy = N_("give a GeoJSON file as yihui plan sites --geojson writes it")
        faults = [
            Fault(
                N_("{field} can't be {value}"),
                remedy,
                file=str(file),
                field=".".join(str(part) for part in one["loc"]) or "JSON",
                value=_quoted(one["input"]),
            )
            for one in error.errors()
        ]
        raise FaultError(faults) from error


def _quoted(given: object) -> str:
    """Return the start of an invalid input as text, even if the file isn't text."""
    text = given.decode("utf-8", "replace") if isinstance(given, bytes) else str(given)
    return text[:60]


def _name(site: _Site) -> str:
    return site.name or site.place or site.district_name


def _facts(language: Language, site: _Site) -> MarkFacts:
    return site_facts(
        language,
        place=site.place if site.name else "",
        district=site.district_name,
        served=(site.newly_served, site.cumulative),
        cost_fen=site.cost_fen,
        stability=site.stability,
    )


def site_facts(
    language: Language,
    *,
    place: str,
    district: str,
    served: tuple[float | None, float | None],
    cost_fen: int | None,
    stability: float | None,
) -> MarkFacts:
    """Return the popup facts of a proposed site.

    ``served`` is the demand that it adds, and the total with all sites before it.
    """
    newly, cumulative = ("" if value is None else f"{value:,.0f}" for value in served)
    facts = (
        (N_("Where"), place),
        (N_("District"), district),
        (N_("Newly served"), newly),
        (N_("With all before it"), cumulative),
        (N_("Cost, yuan"), "" if cost_fen is None else f"{cost_fen / _FEN_PER_YUAN:,.0f}"),
        (N_("Chosen in so many disturbed runs"), "" if stability is None else f"{100 * stability:.0f}%"),
    )
    return tuple((language.translate(label), text) for label, text in facts)
