"""Validation of area outlines: each needs its own code and ground that no other outline covers."""

from collections import Counter
from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import shapely

from core.faults import Fault, FaultTable, raise_faults
from core.text_marks import N_
from geo.coverage.grid import EQUAL_AREA

MAX_OVERLAP_SHARE = 0.01  # of the smaller area; generalised borders of neighbours overlap by less


OUTLINE_FAULTS = FaultTable(
    "outlines",
    {
        "no_geometry": (
            N_("area {value} has no geometry"),
            N_("give its outline as a polygon, or take the row out"),
        ),
        "repeated": (
            N_("area {value} stands there more than once"),
            N_("join its parts into one row"),
        ),
        "overlap": (
            N_("areas {value} and {other} overlap by {km2} km²"),
            N_("correct their borders, or give areas of one level only: what lies in both would count twice"),
        ),
    },
)


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
    shapes = shapely.make_valid(np.asarray(outlines.geometry.values))
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
    flat = np.asarray(outlines.to_crs(EQUAL_AREA).geometry.values)
    area = shapely.area(flat)
    one, other = shapely.STRtree(flat).query(flat, predicate="overlaps")
    inner, outer = shapely.STRtree(flat).query(flat, predicate="within")
    pairs = {(min(a, b), max(a, b)) for a, b in zip([*one, *inner], [*other, *outer], strict=True) if a != b}
    for a, b in sorted(pairs):
        shared = float(shapely.area(shapely.intersection(flat[a], flat[b])))
        if shared > MAX_OVERLAP_SHARE * min(area[a], area[b]):
            yield OUTLINE_FAULTS.build(
                "overlap", field="code", value=codes[a], other=codes[b], km2=f"{shared / 1e6:.3f}"
            )
