"""Read the inhabited cells of a raster window by window, each cell with its county and its ground."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from geo.coverage.outlines import area_m2, project_outlines
from geo.crs import Points
from geo.districts import NEAR_WITHIN_M
from geo.formats.features import transform_to_lonlat
from geo.geodesy import Floats
from yihui.planning.demand.districts import DemandRegion
from yihui.planning.demand.raster_file import CACHE_BYTES, DemandRaster
from yihui.planning.demand.table import MAX_EXACT_NUMBER

if TYPE_CHECKING:
    from rasterio.windows import Window

MAX_CELLS = 5_000_000_000  # in the bounds of the area; all of China at 100 m has 3.2 billion
MAX_UPLOADED_CELLS = 100_000_000  # a province at 100 m has 50 million
_CHUNK_CELLS = 500_000
_MARGIN_DEGREES = 0.1  # around the area's bounds: cells off its coast, and the counties beyond its border
_LATTICE = 9  # rows and columns of a window at which the ground of a cell is measured
_NO_COUNTY, _ELSEWHERE, _ASTRAY = -1, -2, -3
_METRES_A_DEGREE = 110_000.0  # of latitude; the shortest there is has 110,574
_SIMPLIFIED_DEGREES = 0.002
CountyIndices = NDArray[np.intp]

RASTER_CELL_FAULTS = FaultTable(
    "demand",
    {
        "raster_elsewhere": (
            N_("the raster covers {value} (west south east north, WGS84), which doesn't touch {option_area} {area}"),
            N_("check its CRS, or name another {option_area}"),
        ),
        "raster_too_fine": (
            N_("{value} cells of the raster lie in the bounds of the area; at most {most} are read"),
            N_("choose a smaller {option_area}, or sum the raster in larger cells first (gdalwarp -r sum -tr …)"),
        ),
        "raster_negative": (
            N_("{count} cells are negative, such as {value} at {point} (lon, lat in WGS84)"),
            N_("-99999 and -200 often stand for “no data”: write that into the file, such as with gdal_edit.py -a_nodata {value}"),
        ),
        "raster_infinite": (
            N_("{count} cells hold no usable number, such as {value} at {point} (lon, lat in WGS84)"),
            N_("write into the file which number stands for “no data” (gdal_edit.py -a_nodata)"),
        ),
    },
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class InhabitedCells:
    """Cells with people of one window. *Shape*: (n,) each, ``points`` (n, 2), lon, lat of the centres in WGS84.

    ``county`` is the position of the county among the region's outlines.
    ``astray`` counts the cells that were left out because they lie in no county of China, nor near one.
    *Units*: ``value`` as in the raster, ``ground_km2`` square kilometres on the ellipsoid.
    """

    points: Points
    value: Floats
    ground_km2: Floats
    county: CountyIndices
    astray: int


@dataclass(slots=True)
class FaultyCells:
    """What is wrong with cells of the area: of each fault how many there are, and value and place of the first one."""

    by_code: dict[str, tuple[int, float, list[float]]] = field(default_factory=dict)

    def add(self, code: str, values: Floats, points: Points) -> None:
        if len(values):
            count, value, point = self.by_code.get(code, (0, float(values[0]), points[0].tolist()))
            self.by_code[code] = count + len(values), value, point

    def list_faults(self, file: str) -> list[Fault]:
        build = partial(RASTER_CELL_FAULTS.build, file=file)
        return [
            build(code, value=f"{value:.10g}", count=f"{count:,}", point=f"{lon:.5f}, {lat:.5f}")
            for code, (count, value, (lon, lat)) in self.by_code.items()
        ]


class CountyCells:
    """The counties of a region and their neighbours on the grid of a raster: which cell lies in which.

    A cell belongs to the county in which its centre lies, as GDAL burns polygons. On ground that generalised
    outlines share, the county with the lower code counts.
    """

    def __init__(self, raster: DemandRaster, region: DemandRegion) -> None:
        everywhere = region.all_districts()
        there = shapely.intersects(everywhere.geometries, shapely.box(*_area_bounds(region)))
        own = {str(code): place for place, code in enumerate(region.outlines["code"])}
        rows = np.flatnonzero(there)[::-1]  # the lowest code is burnt last
        codes = [everywhere.districts[row].code for row in rows]
        around = _widen_outlines(np.asarray(region.outlines.geometry.values))
        burnt = [_NO_COUNTY] * len(around) + [own.get(code, _ELSEWHERE) for code in codes]
        self._burnt = np.array(burnt, dtype=np.int32)
        outlines = np.concatenate((around, everywhere.geometries[rows]))
        self._outlines = project_outlines(outlines, raster.crs)
        self._bounds = shapely.bounds(self._outlines)

    def assign(self, window: "Window", raster: DemandRaster) -> NDArray[np.int32]:
        """Return the county of each cell of a window. *Shape*: the window's.

        It is -1 in no county but near one of the region, -2 in a county beyond the region, -3 elsewhere.
        """
        from rasterio.features import rasterize

        west, south, east, north = raster_bounds(raster, window)
        w, s, e, n = self._bounds.T
        near = np.flatnonzero((w <= east) & (e >= west) & (s <= north) & (n >= south))
        shape = (int(window.height), int(window.width))
        if not len(near):
            return np.full(shape, _ASTRAY, dtype=np.int32)
        burnt = rasterize(
            zip(self._outlines[near], self._burnt[near].tolist(), strict=True),
            out_shape=shape,
            fill=_ASTRAY,
            transform=raster.dataset.window_transform(window),
            dtype="int32",
        )
        return np.asarray(burnt, dtype=np.int32)


def _widen_outlines(outlines: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return outlines that contain every point within `NEAR_WITHIN_M` of the given ones, and some more."""
    highest = np.abs(shapely.bounds(outlines)[:, [1, 3]]).max(axis=1)
    near = NEAR_WITHIN_M / _METRES_A_DEGREE / np.cos(np.radians(highest + 0.1)) + _SIMPLIFIED_DEGREES
    return np.asarray(shapely.buffer(shapely.simplify(outlines, _SIMPLIFIED_DEGREES), near * 1.05))


def raster_bounds(raster: DemandRaster, window: "Window | None" = None) -> tuple[float, float, float, float]:
    """Return west, south, east and north of a raster or of its window, in its own CRS."""
    x0, y0, x1, y1 = raster.dataset.window_bounds(window) if window else raster.dataset.bounds
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def find_area_window(raster: DemandRaster, region: DemandRegion, most_cells: int = MAX_CELLS) -> "Window":
    """Return the window of a raster that covers a region and a margin around it.

    *Raises*: FaultError where the raster lies elsewhere, or where the window has too many cells.
    """
    from rasterio.windows import Window

    dataset = raster.dataset
    edges = shapely.segmentize(shapely.box(*_area_bounds(region)), 1.0)
    west, south, east, north = shapely.bounds(project_outlines(np.array([edges]), raster.crs)[0])
    corners = [~dataset.transform @ point for point in ((west, south), (east, north))]
    (left, right), (top, bottom) = (sorted(pair) for pair in zip(*corners, strict=True))
    first = np.clip(np.floor([left, top]), 0, (dataset.width, dataset.height)).astype(int)
    last = np.clip(np.ceil([right, bottom]), 0, (dataset.width, dataset.height)).astype(int)
    columns, rows = (last - first).tolist()
    if columns <= 0 or rows <= 0:
        raise FaultError(_elsewhere(raster, region))
    if (count := columns * rows) > most_cells:
        build = partial(RASTER_CELL_FAULTS.build, "raster_too_fine", file=raster.file)
        raise FaultError(build(value=f"{count:,}", most=f"{most_cells:,}"))
    return Window(*first.tolist(), columns, rows)


def _area_bounds(region: DemandRegion) -> tuple[float, float, float, float]:
    west, south, east, north = region.outlines.total_bounds.tolist()
    more = _MARGIN_DEGREES
    return west - more, south - more, east + more, north + more


def iter_windows(raster: DemandRaster, window: "Window") -> Iterator["Window"]:
    """Yield the parts of a window, of at most half a million cells or one row.

    They run down stripes of columns whose blocks fit into GDAL's cache, so that each block is decoded once.
    """
    from rasterio.windows import Window

    block_rows, block_columns = raster.dataset.block_shapes[0]
    row_bytes = 2 * block_rows * np.dtype(raster.dataset.dtypes[0]).itemsize
    columns = max(block_columns, CACHE_BYTES // row_bytes // block_columns * block_columns)
    left, top = int(window.col_off), int(window.row_off)
    right, bottom = left + int(window.width), top + int(window.height)
    while left < right:
        after = min(right, (left // block_columns) * block_columns + columns)
        rows = max(1, _CHUNK_CELLS // (after - left))
        for row in range(top, bottom, rows):
            yield Window(left, row, after - left, min(rows, bottom - row))
        left = after


def iter_inhabited_cells(
    raster: DemandRaster, region: DemandRegion, window: "Window", faulty: FaultyCells
) -> Iterator[InhabitedCells]:
    """Yield the cells with people of each part of a window; count the faulty ones.

    A cell without data, or with NaN, has no people. A centre off the coast, or in a gap between outlines, gets the
    county of `DemandRegion.assign_counties`.
    """
    counties = CountyCells(raster, region)
    places = {str(code): place for place, code in enumerate(region.outlines["code"])}
    for part in iter_windows(raster, window):
        value, has_people = _read_values(raster, part)
        county = counties.assign(part, raster)
        rows, columns = np.nonzero(has_people & (county >= _NO_COUNTY))
        points = _cell_centres(raster, part, rows, columns)
        own, values = county[rows, columns].astype(np.intp), value[rows, columns]
        shore = np.flatnonzero(own == _NO_COUNTY)
        codes = region.assign_counties(points[shore]).tolist()
        own[shore] = [places.get(str(code), _NO_COUNTY) for code in codes]
        inside = own != _NO_COUNTY
        is_usable = np.abs(values) <= MAX_EXACT_NUMBER
        negative, infinite = inside & is_usable & (values < 0), inside & ~is_usable
        faulty.add("raster_negative", values[negative], points[negative])
        faulty.add("raster_infinite", values[infinite], points[infinite])
        good = inside & is_usable & (values > 0)
        ground_km2 = _ground_km2(raster, part, rows[good], columns[good])
        astray = int((has_people & (county == _ASTRAY)).sum() + (~inside).sum())
        yield InhabitedCells(points[good], values[good], ground_km2, own[good], astray)


def _read_values(raster: DemandRaster, window: "Window") -> tuple[Floats, NDArray[np.bool_]]:
    """Return the values of a window, unscaled by the band's own factor, and which of its cells are not empty."""
    dataset = raster.dataset
    read = dataset.read(1, window=window, masked=True)
    value = np.asarray(read.data, dtype=np.float64) * dataset.scales[0] + dataset.offsets[0]
    return value, ~np.ma.getmaskarray(read) & ~np.isnan(value) & (value != 0)


def _cell_centres(
    raster: DemandRaster, window: "Window", rows: NDArray[np.intp], columns: NDArray[np.intp]
) -> Points:
    """Return the centres of cells of a window as lon, lat in WGS84; longitudes beyond 180 degrees wrap."""
    x, y = raster.dataset.window_transform(window) @ (columns + 0.5, rows + 0.5)
    return transform_to_lonlat(np.column_stack((x, y)), raster.crs, raster.file)[0]


def _ground_km2(
    raster: DemandRaster, window: "Window", rows: NDArray[np.intp], columns: NDArray[np.intp]
) -> Floats:
    """Return the ground of cells on the ellipsoid, interpolated between the cells of a lattice in the window.

    The ground of a cell varies smoothly, in degrees and in every projection; within a window of half a million
    cells the interpolation is good to 1e-5.
    """
    from scipy.interpolate import RegularGridInterpolator

    if not len(rows):
        return np.empty(0)
    row, column = (
        np.unique(np.linspace(0, size - 1, _LATTICE).round()) if size > 1 else np.array([0.0, 1.0])
        for size in (int(window.height), int(window.width))
    )
    at_row, at_column = np.meshgrid(row, column, indexing="ij")
    ring_rows = at_row.reshape(-1, 1) + np.array((0, 0, 1, 1))
    ring_columns = at_column.reshape(-1, 1) + np.array((0, 1, 1, 0))
    x, y = raster.dataset.window_transform(window) @ (ring_columns.reshape(-1), ring_rows.reshape(-1))
    rings, _ = transform_to_lonlat(np.column_stack((x, y)), raster.crs, raster.file)
    lattice = area_m2(map(shapely.Polygon, rings.reshape(-1, 4, 2))).reshape(at_row.shape) / 1e6
    interpolate = RegularGridInterpolator((row, column), lattice)
    return np.asarray(interpolate(np.column_stack((rows, columns))), dtype=np.float64)


def _elsewhere(raster: DemandRaster, region: DemandRegion) -> Fault:
    west, south, east, north = raster_bounds(raster)
    corners = np.array([(west, south), (west, north), (east, south), (east, north)])
    lonlat, _ = transform_to_lonlat(corners, raster.crs, raster.file)
    bounds = (*lonlat.min(axis=0).tolist(), *lonlat.max(axis=0).tolist())
    value, area = " ".join(f"{one:.4f}" for one in bounds), region.area or "all"
    return RASTER_CELL_FAULTS.build("raster_elsewhere", file=raster.file, value=value, area=area)
