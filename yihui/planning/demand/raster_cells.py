"""Sum the people of a raster in H3 cells, one point for each cell and county, at the mean position of its people."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from geo.coverage.cells import cells_at_points
from geo.crs import Points
from geo.geodesy import Floats
from yihui.planning.demand.raster_windows import CountyIndices, InhabitedCells
from yihui.planning.demand.request import RasterValues

MAX_POINTS = 4_000_000
_PENDING_ROWS = 1_000_000  # rows of parts before they are merged
RASTER_SUM_FAULTS = FaultTable(
    "demand",
    {
        "raster_points": (
            N_("the people of the raster lie in more than {most} H3 cells of resolution {value}"),
            N_("say a coarser one with {option_raster_resolution}, such as 8 (0.7 km²) or 7 (5 km²)"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class RasterSums:
    """The people of a raster by H3 cell and county, in the order of both, and the sums of its counties.

    *Shape*: (n,) for each cell and county, ``points`` (n, 2), lon, lat; (counties,) for ``counts`` (the sums of
    the values) and ``densities`` (of the values times the ground in km²). ``cells`` counts the raster's cells with
    people, ``astray`` those that were left out since they lie in no county.
    """

    points: Points
    weight: Floats
    county: CountyIndices
    counts: Floats
    densities: Floats
    cells: int
    astray: int

    def county_sums(self, values: RasterValues) -> Floats:
        """Return the people of each county if the cells hold such values."""
        return self.counts if values is RasterValues.COUNTS else self.densities


@dataclass(frozen=True, slots=True)
class _Part:
    """Sums by cell and county: people, and people times longitude and latitude."""

    cell: NDArray[np.uint64]
    county: CountyIndices
    people: NDArray[np.float64]  # (n, 3)


def sum_inhabited_cells(
    parts: Iterable[InhabitedCells], values: RasterValues, resolution: int, county_count: int, file: str
) -> RasterSums:
    """Sum the cells of all windows. *Raises*: FaultError for more than `MAX_POINTS` cells of H3."""
    counts, densities = np.zeros(county_count), np.zeros(county_count)
    cells = astray = 0
    pending: list[_Part] = []
    for part in parts:
        people = part.value if values is RasterValues.COUNTS else part.value * part.ground_km2
        counts += np.bincount(part.county, part.value, county_count)
        densities += np.bincount(part.county, part.value * part.ground_km2, county_count)
        cells, astray = cells + len(people), astray + part.astray
        found = cells_at_points(part.points, resolution)
        weighted = people[:, None] * np.column_stack((np.ones(len(people)), part.points))
        pending.append(_merge([_Part(found, part.county, weighted)], county_count))
        if sum(len(one.cell) for one in pending[1:]) > _PENDING_ROWS:
            pending = [_checked(_merge(pending, county_count), resolution, file)]
    merged = _checked(_merge(pending, county_count), resolution, file)
    weight = merged.people[:, 0]
    points = merged.people[:, 1:] / weight[:, None]
    return RasterSums(points, weight, merged.county, counts, densities, cells, astray)


def _merge(parts: Sequence[_Part], county_count: int) -> _Part:
    """Return one row for each cell and county, ordered by cell and county."""
    cell = np.concatenate([*(part.cell for part in parts), np.empty(0, dtype=np.uint64)])
    county = np.concatenate([*(part.county for part in parts), np.empty(0, dtype=np.intp)])
    people = np.concatenate([*(part.people for part in parts), np.empty((0, 3))])
    cells, place = np.unique(cell, return_inverse=True)
    keys, row = np.unique(place.astype(np.int64) * county_count + county, return_inverse=True)
    sums = [np.bincount(row, people[:, column], len(keys)) for column in range(3)]
    return _Part(cells[keys // county_count], (keys % county_count).astype(np.intp), np.column_stack(sums))


def _checked(part: _Part, resolution: int, file: str) -> _Part:
    if len(part.cell) > MAX_POINTS:
        raise FaultError(
            RASTER_SUM_FAULTS.build(
                "raster_points",
                file=file,
                field="--raster-resolution",
                value=resolution,
                most=f"{MAX_POINTS:,}",
            )
        )
    return part
