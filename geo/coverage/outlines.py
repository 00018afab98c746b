"""Outlines of areas: their validation, their area, and a grid of points within them."""

from collections import Counter
from collections.abc import Iterable, Iterator

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from core.faults import Fault, FaultTable, raise_faults
from core.text_marks import N_
from geo.formats.features import repair_polygons
from geo.geodesy import Floats, wgs84_geod

MAX_OVERLAP_SHARE = 0.01  # of the smaller area; generalised borders of neighbours overlap by less


OUTLINE_FAULTS = FaultTable(
    "outlines",
    {
        "no_geometry": (
            N_("area {value} has no geometry"),
            N_("give its outline as a polygon, or take the row out"),
        ),
        "repeated": (N_("area {value} stands there more than once"), N_("join its parts into one row")),
        "overlap": (
            N_("areas {value} and {other} overlap by {km2} km²"),
            N_("correct their borders, or give areas of one level only: what lies in both would count twice"),
        ),
    },
)
# Albers' equal-area conic for China: every sample represents the same area of ground. Shandong straddles
# two UTM zones, and EPSG:3857 draws every length there 24 % too long.
EQUAL_AREA = "+proj=aea +lat_1=25 +lat_2=47 +lat_0=0 +lon_0=105 +datum=WGS84 +units=m +no_defs"
MAX_SAMPLES = 20_000_000
_AREAS_AT_ONCE = 100_000


def checked_outlines(outlines: gpd.GeoDataFrame, file: str | None = None) -> gpd.GeoDataFrame:
    """Return the outlines with repaired rings, or raise all their faults at once.

    *Shape*: the same rows. *CRS*: WGS84. *Raises*: FaultError that name the codes that have no geometry,
    occur twice, or overlap by more than a hundredth of the smaller area; ValueError for another CRS.
    """
    if outlines.crs is None or not outlines.crs.equals("EPSG:4326", ignore_axis_order=True):
        raise ValueError(f"outlines are in {outlines.crs}; give them in WGS84 (EPSG:4326)")
    if "code" not in outlines:
        raise ValueError("outlines lack the column code; name the column that holds the codes of areas so")
    codes = outlines["code"].astype(str).tolist()
    shapes, _ = repair_polygons(np.asarray(outlines.geometry.values))
    faults = [*_without_ground(codes, shapes), *_named_twice(codes)]
    if not faults:
        faults = [*_overlapping(codes, outlines.set_geometry(shapes, crs="EPSG:4326"))]
    raise_faults(fault.at(file=file) for fault in faults)
    return outlines.assign(code=codes).set_geometry(shapes, crs="EPSG:4326")


def _without_ground(codes: list[str], shapes: np.ndarray) -> Iterator[Fault]:
    for code, shape in zip(codes, shapes, strict=True):
        if shape is None or shape.is_empty or shapely.area(shape) == 0:
            yield OUTLINE_FAULTS.build("no_geometry", field="code", value=code)


def _named_twice(codes: list[str]) -> Iterator[Fault]:
    for code in sorted(code for code, count in Counter(codes).items() if count > 1):
        yield OUTLINE_FAULTS.build("repeated", field="code", value=code)


def _overlapping(codes: list[str], outlines: gpd.GeoDataFrame) -> Iterator[Fault]:
    for one, other, shared_m2 in find_shared_ground(np.asarray(outlines.geometry.values)):
        yield OUTLINE_FAULTS.build(
            "overlap", field="code", value=codes[one], other=codes[other], km2=f"{shared_m2 / 1e6:.3f}"
        )


def find_shared_ground(outlines: NDArray[np.object_]) -> Iterator[tuple[int, int, float]]:
    """Yield two areas by their places, and the ground that they share, where it is too much of the smaller one's.

    *CRS*: WGS84. *Units*: square metres.
    """
    flat = project_outlines(outlines)
    area, bounds, tree = shapely.area(flat), shapely.bounds(flat), shapely.STRtree(flat)
    for start in range(0, len(flat), _AREAS_AT_ONCE):
        one, other = tree.query(flat[start : start + _AREAS_AT_ONCE])
        order = np.lexsort((other, one + start))
        one, other = (one + start)[order], other[order]
        least = MAX_OVERLAP_SHARE * np.minimum(area[one], area[other])
        # Two boxes never share less than the shapes in them.
        size = np.minimum(bounds[one, 2:], bounds[other, 2:]) - np.maximum(bounds[one, :2], bounds[other, :2])
        near = (one < other) & (np.maximum(size, 0).prod(axis=1) > least)
        one, other, least = one[near], other[near], least[near]
        shared = shapely.area(shapely.intersection(flat[one], flat[other]))
        for place in np.flatnonzero(shared > least).tolist():
            yield int(one[place]), int(other[place]), float(shared[place])


def project_outlines(outlines: NDArray[np.object_], crs: str = EQUAL_AREA) -> NDArray[np.object_]:
    """Return shapes in WGS84 in another CRS, x before y."""
    there = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    return np.asarray(
        shapely.transform(outlines, lambda xy: np.column_stack(there.transform(xy[:, 0], xy[:, 1])))
    )


def sample_grid_points(districts: gpd.GeoDataFrame, spacing_m: float) -> tuple[NDArray[np.intp], Floats]:
    """Return the points of a square grid over China that lie in each outline; at least one per outline.

    *Shape*: (n,), the row of the outline, and (n, 2), lon, lat. *CRS*: WGS84, the grid in `EQUAL_AREA`.
    *Raises*: ValueError where there would be more than `MAX_SAMPLES`.
    """
    if districts.empty:
        return np.empty(0, dtype=np.intp), np.empty((0, 2))
    flat = np.asarray(districts.to_crs(EQUAL_AREA).geometry.values)
    expected = float(shapely.area(flat).sum()) / spacing_m**2
    if expected > MAX_SAMPLES:
        raise ValueError(
            f"spacing_m is {spacing_m}: that makes {expected:,.0f} samples; give metres for {MAX_SAMPLES:,} at most"
        )
    grids = [_grid(outline, spacing_m) for outline in flat]
    row = np.repeat(np.arange(len(grids)), [len(grid) for grid in grids])
    metres = np.concatenate([*grids, np.empty((0, 2))])
    back = Transformer.from_crs(EQUAL_AREA, "EPSG:4326", always_xy=True)
    return row, np.column_stack(back.transform(metres[:, 0], metres[:, 1]))


def _grid(outline: shapely.Geometry, spacing_m: float) -> Floats:
    """Return the nodes of the grid over China that lie in an outline; one inner point if there are none."""
    west, south, east, north = shapely.bounds(outline)
    x = np.arange(np.ceil(west / spacing_m), np.floor(east / spacing_m) + 1) * spacing_m
    y = np.arange(np.ceil(south / spacing_m), np.floor(north / spacing_m) + 1) * spacing_m
    crossings = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    shapely.prepare(outline)
    inside = crossings[shapely.contains_xy(outline, crossings[:, 0], crossings[:, 1])]
    return inside if len(inside) else shapely.get_coordinates(shapely.point_on_surface(outline))


def area_m2(outlines: Iterable[shapely.Geometry]) -> Floats:
    """Return the geodesic area of each outline. *Shape*: (n,). *Units*: square metres. *CRS*: WGS84 in."""
    # The sign depends on the direction of the ring; holes must run in the opposite direction.
    turned = map(shapely.orient_polygons, outlines)
    areas = [abs(wgs84_geod().geometry_area_perimeter(outline)[0]) for outline in turned]
    return np.array(areas, dtype=np.float64)
