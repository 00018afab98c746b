"""Read the demand of a raster of people: summed in H3 cells, checked by the census, corrected to it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from geo.coverage.cells import cells_at_points
from geo.coverage.demand import Demand
from geo.coverage.outlines import project_outlines
from geo.coverage.population import population_demand
from geo.districts import area_code_prefix
from geo.formats.facts import shandong_population
from geo.geodesy import Floats
from yihui.planning.demand.columns import PEOPLE_UNIT
from yihui.planning.demand.districts import DemandRegion
from yihui.planning.demand.raster_file import DemandRaster, open_demand_raster
from yihui.planning.demand.raster_windows import (
    MAX_CELLS,
    MAX_UPLOADED_CELLS,
    FaultyCells,
    InhabitedCells,
    find_area_window,
    iter_inhabited_cells,
    raster_bounds,
)
from yihui.planning.demand.request import DemandReadingForm, RasterValues

# The resolution by the digits of the area's code: as fine as the grid on which the census is spread there.
DEFAULT_RESOLUTIONS = {0: 7, 2: 8, 4: 9, 6: 9}
WRONG_BY = 10.0  # times the census, or a part of it: counts were taken for densities, or the reverse
MIN_COVERED_SHARE = 0.98  # of a county's ground; its outline is off by about 100 m
HIGH_BY = 2.0  # times a county's whole census: more than its part that the raster covers is likely to have
_NAMED = 5
_MAX_POINTS = 4_000_000
_PENDING_ROWS = 1_000_000  # sums of windows before they are merged
RASTER_FAULTS = FaultTable(
    "demand",
    {
        "raster_empty": (
            N_("no cell of the raster in the area has people"),
            N_("check its CRS and its value for “no data”, or name another {option_area}"),
        ),
        "raster_off": (
            N_("read as {value}, the raster has {people} people where the census counts {census}: {factor} times as many"),
            N_("check {option_raster_values}, the unit (people per km²) and the year; for what is no count of residents, name its unit with {option_unit} of {command_plan_demand}"),
        ),
        "raster_off.other": (
            N_("read as {value}, the raster has {people} people where the census counts {census}: {factor} times as many"),
            N_("say {option_raster_values} {other}: then it has {others}"),
        ),
        "raster_evenly": (
            N_("the raster has no people in {count} counties that the census counts {people} in: {value}"),
            N_("they are spread evenly over the ground there; check whether the raster covers these counties"),
        ),
        "raster_uncovered": (
            N_("the raster doesn't cover {count} counties of the area, or not all of their ground: {value}"),
            N_("they have what the raster has, without correction; use a larger raster, or a smaller {option_area}"),
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
            N_("the raster covers only a part of {count} counties, and has more than {factor} times the people there that the census counts in the whole county: {value}"),
            N_("check {option_raster_values}, the unit and the year; nothing corrects these counties"),
        ),
        "raster_points": (
            N_("the people of the raster lie in more than {most} H3 cells of resolution {value}"),
            N_("say a coarser one with {option_raster_resolution}, such as 8 (0.7 km²) or 7 (5 km²)"),
        ),
        "raster_astray": (
            N_("{value} cells with people lie in no county and are left out"),
            N_("they lie at sea, abroad or off the outlines; check the raster's CRS if they are many"),
        ),
    },
)  # fmt: skip

_Mask = NDArray[np.bool_]
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class RasterReading:
    """How a raster was read. ``people`` is its own sum in the area, ``factors`` are those of the corrected counties.

    ``census`` is None where no figures are at hand.
    """

    values: RasterValues
    crs: str
    resolution: int
    cells: int
    people: float
    census: int | None = None
    factors: tuple[float, float] | None = None


def default_resolution(area: str | None) -> int:
    """Return the H3 resolution in which a raster of an area is summed by default; ``None`` is all of China."""
    return DEFAULT_RESOLUTIONS[len(area_code_prefix(area)) if area else 0]


def read_raster_demand(
    source: Path | bytes,
    request: DemandReadingForm,
    region: DemandRegion,
    advance: Callable[[int], None] = lambda _: None,
) -> tuple[Demand, RasterReading, tuple[Fault, ...]]:
    """Read the people of a raster in a region, by windows: a file may be larger than the memory. Return notes, too.

    *Raises*: FaultError with all faults of the file's description, or of its cells.
    """
    most_cells = MAX_CELLS if isinstance(source, Path) else MAX_UPLOADED_CELLS
    with open_demand_raster(source, request) as raster:
        advance(1)
        window = find_area_window(raster, region, most_cells)
        resolution = request.raster_resolution or default_resolution(region.area)
        faulty, sums = FaultyCells(), _Sums(raster.values, resolution, len(region.outlines), raster.file)
        sums.add(iter_inhabited_cells(raster, region, window, faulty))
        if faults := faulty.list_faults(raster.file):
            raise FaultError(faults)
        if not sums.cells:
            raise FaultError(RASTER_FAULTS.build("raster_empty", file=raster.file, value=0))
        advance(3)
        bounds = raster_bounds(raster, window)
        return _Comparison(raster, bounds, region, sums, request).build_demand(resolution)


@dataclass(slots=True)
class _Sums:
    """The people of a raster by H3 cell and county, one point for each at the mean position of its people.

    *Shape*: (counties,) for ``people`` by what the cells may hold: counts, or densities times the ground. ``cells``
    counts the raster's cells with people, ``astray`` those that were left out since they lie in no county.
    """

    values: RasterValues
    resolution: int
    county_count: int
    file: str
    cells: int = 0
    astray: int = 0
    people: dict[RasterValues, Floats] = field(default_factory=dict)
    merged: pd.DataFrame = field(default_factory=pd.DataFrame)

    def add(self, parts: Iterable[InhabitedCells]) -> None:
        """Sum the cells of all windows. *Raises*: FaultError for too many cells of H3."""
        self.people = {one: np.zeros(self.county_count) for one in RasterValues}
        pending: list[pd.DataFrame] = []
        for part in parts:
            held = {RasterValues.COUNTS: part.value, RasterValues.DENSITY: part.value * part.ground_km2}
            for values, people in held.items():
                self.people[values] += np.bincount(part.county, people, self.county_count)
            self.cells, self.astray = self.cells + len(part.value), self.astray + part.astray
            weight, (lon, lat) = held[self.values], part.points.T
            where = {"cell": cells_at_points(part.points, self.resolution), "county": part.county}
            rows = pd.DataFrame({**where, "people": weight, "lon": weight * lon, "lat": weight * lat})
            pending.append(rows.groupby(["cell", "county"], as_index=False).sum())
            if sum(map(len, pending[1:])) > _PENDING_ROWS:
                pending = [self._merge(pending)]
        self.merged = self._merge(pending)

    def _merge(self, parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
        found = pd.concat(parts).groupby(["cell", "county"], as_index=False).sum()
        if len(found) > _MAX_POINTS:
            most, field = f"{_MAX_POINTS:,}", "--raster-resolution"
            fault = RASTER_FAULTS.build("raster_points", field=field, value=self.resolution, most=most)
            raise FaultError(fault.at(file=self.file))
        return found


def _is_near(people: float, census: float) -> bool:
    return census / WRONG_BY <= people <= census * WRONG_BY


class _Comparison:
    """The sums of the part of a raster that was read, beside the census, unless it counts no residents.

    *Shape*: (counties,) each; ``census`` is NaN where it isn't known. ``covered_share`` is the share of each county's
    ground that the raster covers, ``is_covered`` marks those that it covers wholly.
    """

    def __init__(
        self, raster: DemandRaster, bounds: Box, region: DemandRegion, sums: _Sums, request: DemandReadingForm
    ) -> None:
        self.raster, self.region, self.sums, self.request = raster, region, sums, request
        self.people = sums.people[raster.values]
        known: Mapping[str, int] = shandong_population() if request.unit in (None, PEOPLE_UNIT) else {}
        self.census = np.array([known.get(str(code), np.nan) for code in region.outlines["code"]])
        outlines = project_outlines(np.asarray(region.outlines.geometry.values), raster.crs)
        shared = shapely.area(shapely.intersection(outlines, shapely.box(*bounds)))
        self.covered_share: Floats = np.asarray(shared / shapely.area(outlines))
        self.is_covered: _Mask = self.covered_share >= MIN_COVERED_SHARE

    def build_demand(self, resolution: int) -> tuple[Demand, RasterReading, tuple[Fault, ...]]:
        """Correct the people of each county to its census. *Raises*: FaultError where the values were misunderstood."""
        self._refuse_wrong_values()
        known = self.is_covered & np.isfinite(self.census)
        corrected = known & (not self.request.no_raster_correction)
        fixed, empty = corrected & (self.people > 0), corrected & (self.people == 0) & (self.census > 0)
        factor = np.ones(len(self.people))
        factor[fixed] = self.census[fixed] / self.people[fixed]
        rows = self.sums.merged
        weight, county = rows["people"].to_numpy(), rows["county"].to_numpy()
        codes = np.array([*self.region.outlines["code"].astype(str), None], dtype=object)[county]
        points = rows[["lon", "lat"]].to_numpy() / weight[:, None]
        demand = Demand(points, weight * factor[county], self.request.unit or PEOPLE_UNIT, codes)
        reading = RasterReading(
            *(self.raster.values, self.raster.crs, resolution, self.sums.cells, float(self.people.sum())),
            int(self.census[known].sum()) if known.any() else None,
            (float(factor[fixed].min()), float(factor[fixed].max())) if fixed.any() else None,
        )
        if empty.any():
            demand = self._add_even_counties(demand, empty)
        return demand, reading, tuple(self._list_notes(empty))

    def _refuse_wrong_values(self) -> None:
        """*Raises*: FaultError where the raster differs so much from the census that its values were misunderstood."""
        known = self.is_covered & np.isfinite(self.census)
        census, people = float(self.census[known].sum()), float(self.people[known].sum())
        if census:
            if not _is_near(people, census):
                raise self._build_refusal(known)
            return
        # No county is covered wholly: a part may have as few people as it likes, but not many times its whole county.
        if (high := self._find_high_parts(WRONG_BY)).any():
            raise self._build_refusal(high)

    def _find_high_parts(self, factor: float) -> _Mask:
        """Mark the counties covered in part that have more than ``factor`` times their whole census."""
        return np.asarray(~self.is_covered & (self.people > factor * self.census))  # NaN is never exceeded

    def _build_refusal(self, rows: _Mask) -> FaultError:
        """Build the error of values that were misunderstood; it names the other meaning where that fits the census.

        Of counties that are covered in part it fits if it gives no fewer people than their ground's share of the
        census, within the same factor, and no more than the whole census, within it too.
        """
        census, people = float(self.census[rows].sum()), float(self.people[rows].sum())
        (other,) = set(RasterValues) - {self.raster.values}
        others = float(self.sums.people[other][rows].sum())
        share = np.where(self.is_covered, 1.0, self.covered_share)
        least = float((share * self.census)[rows].sum()) / WRONG_BY
        code = "raster_off.other" if least <= others <= census * WRONG_BY else "raster_off"
        build = partial(RASTER_FAULTS.build, code, file=self.raster.file, field="--raster-values")
        build = partial(build, value=self.raster.values, factor=f"{people / census:,.3g}", other=other)
        return FaultError(build(people=f"{people:,.0f}", census=f"{census:,.0f}", others=f"{others:,.0f}"))

    def _add_even_counties(self, demand: Demand, rows: _Mask) -> Demand:
        """Add the census residents of counties in which the raster has no people, spread evenly over their ground."""
        outlines = self.region.outlines[rows]
        people = dict(zip(outlines["code"].astype(str), self.census[rows].astype(int).tolist(), strict=True))
        even = population_demand(outlines, people, self.request.spacing_m)
        return Demand(
            np.concatenate((demand.points, even.points)),
            np.concatenate((demand.weight, even.weight)),
            demand.unit,
            np.concatenate((demand.district, even.district)),
        )

    def _list_notes(self, empty: _Mask) -> list[Fault]:
        notes: list[Fault] = []

        def note(code: str, rows: _Mask, **params: str) -> None:
            named = [str(name) for name in self.region.outlines["name"][rows]]
            if named:
                value = "、".join(named[:_NAMED]) + ("…" if len(named) > _NAMED else "")
                fault = RASTER_FAULTS.build(code, file=self.raster.file, value=value, severity="warning")
                notes.append(replace(fault, params={"count": f"{len(named)}", **params}))

        there = (self.people > 0) & (self.census > 0) & self.is_covered
        far = [not _is_near(*pair) for pair in zip(self.people, self.census, strict=True)]
        note("raster_evenly", empty, people=f"{self.census[empty].sum():,.0f}")
        note("raster_uncovered", ~self.is_covered)
        if self.request.unit in (None, PEOPLE_UNIT):
            note("raster_unchecked", ~np.isfinite(self.census))
        note("raster_county_off", there & np.array(far, dtype=bool), factor=f"{WRONG_BY:g}")
        note("raster_part_high", self._find_high_parts(HIGH_BY), factor=f"{HIGH_BY:g}")
        if astray := self.sums.astray:
            build, file = RASTER_FAULTS.build, self.raster.file
            notes.append(build("raster_astray", file=file, value=f"{astray:,}", severity="warning"))
        return notes
