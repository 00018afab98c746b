"""Read the demand of a raster of people: checked by the census, corrected to it, summed in H3 cells."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from geo.coverage.demand import Demand
from geo.coverage.population import population_demand
from geo.districts import area_code_prefix
from geo.formats.facts import shandong_population
from geo.geodesy import Floats
from yihui.planning.demand.columns import PEOPLE_UNIT
from yihui.planning.demand.districts import DemandRegion
from yihui.planning.demand.fields import DemandReadingForm
from yihui.planning.demand.raster_cells import RasterSums, sum_inhabited_cells
from yihui.planning.demand.raster_file import DemandRaster, open_demand_raster
from yihui.planning.demand.raster_windows import (
    MAX_CELLS,
    MAX_UPLOADED_CELLS,
    FaultyCells,
    find_area_window,
    iter_inhabited_cells,
    project_outlines,
    raster_bounds,
)
from yihui.planning.demand.request import RasterValues

if TYPE_CHECKING:
    from rasterio.windows import Window

# The resolution by the digits of the area's code: as fine as the grid on which the census is spread there.
DEFAULT_RESOLUTIONS = {0: 7, 2: 8, 4: 9, 6: 9}
WRONG_BY = 10.0  # times the census, or a part of it: counts were taken for densities, or the reverse
MIN_COVERED_SHARE = 0.98  # of a county's ground; its outline is off by about 100 m
HIGH_BY = 2.0  # times a county's whole census: more than its part that the raster covers is likely to have
_NAMED = 5
RASTER_FAULTS = FaultTable(
    "demand",
    {
        "raster_empty": (
            N_("no cell of the raster in the area has people"),
            N_("check its CRS and its value for “no data”, or name another {option_area}"),
        ),
        "raster_off": (
            N_(
                "read as {value}, the raster has {people} people where the census counts {census}: {factor} times as many"
            ),
            N_(
                "check {option_raster_values}, the unit (people per km²) and the year; for what is no count of residents, "
                "name its unit with {option_unit} of {command_plan_demand}"
            ),
        ),
        "raster_off.other": (
            N_(
                "read as {value}, the raster has {people} people where the census counts {census}: {factor} times as many"
            ),
            N_("say {option_raster_values} {other}: then it has {others}"),
        ),
        "raster_evenly": (
            N_("the raster has no people in {count} counties that the census counts {people} in: {value}"),
            N_(
                "they are spread evenly over the ground there; check whether the raster covers these counties"
            ),
        ),
        "raster_uncovered": (
            N_("the raster doesn't cover {count} counties of the area, or not all of their ground: {value}"),
            N_(
                "they have what the raster has, without correction; use a larger raster, or a smaller {option_area}"
            ),
        ),
        "raster_unchecked": (
            N_("there are no census figures of {value}: nothing checks or corrects the raster there"),
            N_("compare the sum with a figure of your own"),
        ),
        "raster_county_off": (
            N_("in {count} counties the raster differs from the census by more than {factor} times: {value}"),
            N_("look at these counties on a map before you rely on them"),
        ),
        "raster_part_high": (
            N_(
                "the raster covers only a part of {count} counties, and has more than {factor} times the people there "
                "that the census counts in the whole county: {value}"
            ),
            N_("check {option_raster_values}, the unit and the year; nothing corrects these counties"),
        ),
        "raster_astray": (
            N_("{value} cells with people lie in no county and are left out"),
            N_("they lie at sea, abroad or off the outlines; check the raster's CRS if they are many"),
        ),
    },
)


_Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True, slots=True)
class RasterReading:
    """How a raster was read. ``people`` is its own sum in the area, ``factors`` are those of the corrected counties.

    ``census`` is None where no figures are at hand.
    """

    values: RasterValues
    resolution: int
    cells: int
    people: float
    census: int | None = None
    factors: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class RasterDemand:
    """The demand of a raster, how it was read, its CRS and notes on assumptions."""

    demand: Demand
    reading: RasterReading
    crs: str
    notes: tuple[Fault, ...]


def default_resolution(area: str | None) -> int:
    """Return the H3 resolution in which a raster of an area is summed by default; ``None`` is all of China."""
    return DEFAULT_RESOLUTIONS[len(area_code_prefix(area)) if area else 0]


def read_raster_demand(
    source: Path | bytes,
    request: DemandReadingForm,
    region: DemandRegion,
    advance: Callable[[int], None] = lambda _: None,
) -> RasterDemand:
    """Read the people of a raster in a region, by windows: a file may be larger than the memory.

    *Raises*: FaultError with all faults of the file's description, or of its cells.
    """
    most_cells = MAX_CELLS if isinstance(source, Path) else MAX_UPLOADED_CELLS
    with open_demand_raster(source, request) as raster:
        advance(1)
        window = find_area_window(raster, region, most_cells)
        resolution = request.raster_resolution or default_resolution(region.area)
        faulty = FaultyCells()
        sums = sum_inhabited_cells(
            iter_inhabited_cells(raster, region, window, faulty),
            *(raster.values, resolution, len(region.outlines), raster.file),
        )
        if faults := faulty.list_faults(raster.file):
            raise FaultError(faults)
        if not sums.cells:
            raise FaultError(RASTER_FAULTS.build("raster_empty", file=raster.file, value=0))
        advance(3)
        return _build_demand(_Compared.of(raster, window, region, sums, request), resolution)


@dataclass(frozen=True, slots=True)
class _Compared:
    """The sums of a raster beside the census. *Shape*: (counties,) each; ``census`` is NaN where it isn't known.

    ``covered_share`` is the share of each county's ground that the raster covers, ``is_covered`` marks those that it
    covers wholly.
    """

    raster: DemandRaster
    region: DemandRegion
    sums: RasterSums
    request: DemandReadingForm
    people: Floats
    census: Floats
    covered_share: Floats
    is_covered: _Mask

    @classmethod
    def of(
        cls,
        raster: DemandRaster,
        window: "Window",
        region: DemandRegion,
        sums: RasterSums,
        request: DemandReadingForm,
    ) -> "_Compared":
        known: Mapping[str, int] = shandong_population() if _counts_residents(request) else {}
        census = np.array([known.get(str(code), np.nan) for code in region.outlines["code"]])
        outlines = project_outlines(np.asarray(region.outlines.geometry.values), raster.crs)
        shared = shapely.area(shapely.intersection(outlines, shapely.box(*raster_bounds(raster, window))))
        share = np.asarray(shared / shapely.area(outlines))
        people = sums.county_sums(raster.values)
        return cls(raster, region, sums, request, people, census, share, share >= MIN_COVERED_SHARE)

    def find_high_parts(self, factor: float) -> _Mask:
        """Mark the counties covered in part that have more than ``factor`` times their whole census."""
        return np.asarray(~self.is_covered & (self.people > factor * self.census))  # NaN is never exceeded

    def names(self, rows: Sequence[int]) -> str:
        named = [str(self.region.outlines["name"].iloc[row]) for row in rows[:_NAMED]]
        return "、".join(named) + ("…" if len(rows) > _NAMED else "")


def _counts_residents(request: DemandReadingForm) -> bool:
    return request.unit in (None, PEOPLE_UNIT)


def _build_demand(found: _Compared, resolution: int) -> RasterDemand:
    _refuse_wrong_values(found)
    is_known = found.is_covered & np.isfinite(found.census)
    corrected = not found.request.no_raster_correction
    fixed = np.flatnonzero(is_known & (found.people > 0)) if corrected else np.empty(0, dtype=np.intp)
    empty = np.flatnonzero(is_known & (found.people == 0) & (found.census > 0)).tolist() if corrected else []
    factor = np.ones(len(found.people))
    factor[fixed] = found.census[fixed] / found.people[fixed]
    codes = np.array([*found.region.outlines["code"].astype(str), None], dtype=object)[:-1]
    demand = Demand(
        found.sums.points,
        found.sums.weight * factor[found.sums.county],
        found.request.unit or PEOPLE_UNIT,
        codes[found.sums.county],
    )
    uncovered = np.flatnonzero(~found.is_covered).tolist()
    reading = RasterReading(
        found.raster.values,
        resolution,
        found.sums.cells,
        float(found.people.sum()),
        int(found.census[is_known].sum()) if is_known.any() else None,
        (float(factor[fixed].min()), float(factor[fixed].max())) if len(fixed) else None,
    )
    if empty:
        demand = _with_even_counties(demand, found, empty)
    return RasterDemand(demand, reading, found.raster.crs, tuple(_list_notes(found, empty, uncovered)))


def _refuse_wrong_values(found: _Compared) -> None:
    """*Raises*: FaultError where the raster differs so much from the census that its values were misunderstood."""
    known = found.is_covered & np.isfinite(found.census)
    census, people = float(found.census[known].sum()), float(found.people[known].sum())
    if census:
        if not _is_near(people, census):
            raise _build_refusal(found, known)
        return
    # No county is covered wholly: a part may have as few people as it likes, but not many times its whole county.
    if (high := found.find_high_parts(WRONG_BY)).any():
        raise _build_refusal(found, high)


def _build_refusal(found: _Compared, rows: _Mask) -> FaultError:
    """Build the error of values that were misunderstood; it names the other meaning where that fits the census.

    Of counties that are covered in part it fits if it gives no fewer people than their ground's share of the census,
    within the same factor, and no more than the whole census, within it too.
    """
    census, people = float(found.census[rows].sum()), float(found.people[rows].sum())
    values = found.raster.values
    other = RasterValues.DENSITY if values is RasterValues.COUNTS else RasterValues.COUNTS
    others = float(found.sums.county_sums(other)[rows].sum())
    share = np.where(found.is_covered, 1.0, found.covered_share)
    least = float((share * found.census)[rows].sum()) / WRONG_BY
    return FaultError(
        RASTER_FAULTS.build(
            "raster_off.other" if least <= others <= census * WRONG_BY else "raster_off",
            file=found.raster.file,
            field="--raster-values",
            value=values,
            people=f"{people:,.0f}",
            census=f"{census:,.0f}",
            factor=f"{people / census:,.3g}",
            other=other,
            others=f"{others:,.0f}",
        )
    )


def _is_near(people: float, census: float) -> bool:
    return census / WRONG_BY <= people <= census * WRONG_BY


def _with_even_counties(demand: Demand, found: _Compared, rows: Sequence[int]) -> Demand:
    """Add the census residents of counties in which the raster has no people, spread evenly over their ground."""
    outlines = found.region.outlines.iloc[rows]
    people = dict(zip(outlines["code"].astype(str), found.census[rows].astype(int).tolist(), strict=True))
    even = population_demand(outlines, people, found.request.spacing_m)
    return Demand(
        np.concatenate((demand.points, even.points)),
        np.concatenate((demand.weight, even.weight)),
        demand.unit,
        np.concatenate((demand.district, even.district)),
    )


def _list_notes(found: _Compared, empty: Sequence[int], uncovered: Sequence[int]) -> list[Fault]:
    def note(code: str, value: object, **params: str) -> Fault:
        fault = RASTER_FAULTS.build(code, file=found.raster.file, value=value, severity="warning")
        return replace(fault, params=params)

    notes = []
    if empty:
        people = f"{found.census[empty].sum():,.0f}"
        notes.append(note("raster_evenly", found.names(empty), count=f"{len(empty)}", people=people))
    if uncovered:
        notes.append(note("raster_uncovered", found.names(uncovered), count=f"{len(uncovered)}"))
    unknown = np.flatnonzero(~np.isfinite(found.census)).tolist()
    if unknown and _counts_residents(found.request):
        notes.append(note("raster_unchecked", found.names(unknown)))
    known = found.is_covered & (found.people > 0) & (found.census > 0)
    far = [
        row for row in np.flatnonzero(known).tolist() if not _is_near(found.people[row], found.census[row])
    ]
    if far:
        notes.append(note("raster_county_off", found.names(far), count=f"{len(far)}", factor=f"{WRONG_BY:g}"))
    high = np.flatnonzero(found.find_high_parts(HIGH_BY)).tolist()
    if high:
        notes.append(note("raster_part_high", found.names(high), count=f"{len(high)}", factor=f"{HIGH_BY:g}"))
    if found.sums.astray:
        notes.append(note("raster_astray", f"{found.sums.astray:,}"))
    return notes
