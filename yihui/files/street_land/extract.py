"""Read the buildings, the residential land and the residential roads of an OpenStreetMap extract, summed in cells."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import osmium
import shapely
from numpy.typing import NDArray
from osmium.geom import WKBFactory
from osmium.osm import Area, Relation, Way
from osmium.osm.types import OSMEntity

from geo.coverage.buildings import MAX_FOOTPRINT_M2, dwelling_levels
from geo.coverage.cells import cell_centres, cells_at_points, cells_in_outline
from geo.coverage.land import LandCells
from geo.geodesy import Floats, metres_per_degree
from yihui.files.osm_extract import Box, check_extract, report_unreadable_extract

LAND_RESOLUTION = 10  # H3: 0.015 km², finer than the finest grid of demand by default (250 m)
ROAD_CLASSES = frozenset({"residential", "living_street"})
MAX_RESIDENTIAL_M2 = 100e6  # a larger outline (a whole town's) says nothing of where in it people live
MAX_ROAD_DEGREES = 2.0  # a longer or wider road is a slip of its nodes
_PIECE_M = 100.0  # of roads, so that each lies in its own cell
_BATCH = 20_000  # outlines or lines before they are measured
_PENDING = 1_000_000  # rows before they are merged
_TELL_EVERY = 20_000
_KINDS = 3  # floor, residential land, roads
# What an unnamed kind of building is used for, if not to live in (OpenStreetMap's wiki, "Key:building").
_USES = (
    "amenity",
    "office",
    "industrial",
    "man_made",
    "leisure",
    "tourism",
    "craft",
    "power",
    "aeroway",
    "railway",
)
# Broken rings, missing nodes, tags that are no text.
_UNUSABLE = (RuntimeError, osmium.InvalidLocationError, UnicodeDecodeError)
Cells = NDArray[np.uint64]


@dataclass(slots=True)
class LandCounts:
    """What was read of an extract. ``unusable`` are outlines and ways that can't be drawn, or are too large."""

    buildings: int = 0
    residential: int = 0
    roads: int = 0
    unusable: int = 0


@dataclass(frozen=True, slots=True)
class ExtractedLand:
    """The land of an extract, and how much of it was read."""

    land: LandCells
    counts: LandCounts


def read_land(file: Path, tell: Callable[[int], None] = lambda _: None) -> ExtractedLand:
    """Read the land of an extract. ``tell`` takes the number of objects that were read so far.

    An extract without buildings, residential land and roads has no cells.
    Memory: about 20 bytes for each node of the file, and 40 for each cell.
    *Raises*: FaultError for a file that is no extract or ends early; OSError.
    """
    check_extract(file)
    with report_unreadable_extract(file):
        box = _header_box(file)
        reading = _Reading(_read_outer_ways(file))
        for count, thing in enumerate(_iter_objects(file), 1):
            reading.take(thing)
            if count % _TELL_EVERY == 0:
                tell(count)
    return ExtractedLand(reading.finish(box), reading.counts)


def _iter_objects(file: Path) -> Iterator[OSMEntity]:
    processor = osmium.FileProcessor(str(file)).with_areas(osmium.filter.KeyFilter("building", "landuse"))
    wanted = osmium.filter.KeyFilter("building", "landuse", "highway")
    yield from processor.with_filter(
        osmium.filter.EntityFilter(osmium.osm.WAY | osmium.osm.AREA)
    ).with_filter(wanted)


def _read_outer_ways(file: Path) -> dict[int, list[int]]:
    """Return the outer ways of each relation that may be a building or residential land, by the relation's id."""
    relations = osmium.FileProcessor(str(file), osmium.osm.RELATION).with_filter(
        osmium.filter.KeyFilter("building", "landuse")
    )
    return {
        relation.id: [m.ref for m in relation.members if m.type == "w" and m.role != "inner"]
        for relation in relations
        if isinstance(relation, Relation)
    }


def _header_box(file: Path) -> Box | None:
    """Return the box that the file states for itself: west, south, east, north; None if it states none."""
    with osmium.io.Reader(str(file), osmium.osm.NOTHING) as reader:
        box = reader.header().box()
        if not box.valid():
            return None
        low, high = box.bottom_left, box.top_right
        return low.lon, low.lat, high.lon, high.lat


class _Reading:
    """Takes the objects of an extract, measures them in batches, and sums them in cells."""

    def __init__(self, outer_ways: Mapping[int, Sequence[int]]) -> None:
        self.counts = LandCounts()
        self._outer_ways = outer_ways
        self._built_rims, self._drawn_rims = (
            _Rims({way for ways in outer_ways.values() for way in ways}) for _ in range(2)
        )
        self._draw = WKBFactory()
        self._built = _Outlines([], [])
        self._drawn = _Outlines([], [])
        self._roads: list[str] = []
        self._sums = _CellSums()

    def take(self, thing: OSMEntity) -> None:
        try:
            if isinstance(thing, Area):
                self._take_area(thing)
            elif isinstance(thing, Way):
                self._take_way(thing)
        except _UNUSABLE:
            self.counts.unusable += 1

    def _take_area(self, area: Area) -> None:
        kind, tags = area.tags.get("building"), area.tags
        levels = dwelling_levels(kind, tags.get("building:levels")) if kind is not None else 0.0
        if kind == "yes" and any(tags.get(key, "no") != "no" for key in _USES):
            levels = 0.0
        is_residential = tags.get("landuse") == "residential"
        if not levels and not is_residential:
            return
        outline = self._draw.create_multipolygon(area)
        if levels and self._counts_now(area, self._built_rims, outline, levels):
            self._built.add(outline, levels)
            self._flush_buildings(_BATCH)
        if is_residential and self._counts_now(area, self._drawn_rims, outline, 1.0):
            self._drawn.add(outline, 1.0)
            self._flush_residential(_BATCH)

    def _counts_now(self, area: Area, rims: "_Rims", outline: str, factor: float) -> bool:
        """Return whether an outline counts, or waits because it is the rim of a relation that may count itself."""
        if area.from_way():
            return rims.take_way(area.orig_id(), outline, factor)
        rims.replace(self._outer_ways.get(area.orig_id(), ()))
        return True

    def _take_way(self, way: Way) -> None:
        if way.tags.get("highway") in ROAD_CLASSES and way.tags.get("area") != "yes":
            self._roads.append(self._draw.create_linestring(way))
            self._flush_roads(_BATCH)

    def finish(self, box: Box | None) -> LandCells:
        """Return the sums; ``box`` is the extract's own, without it that of its cells."""
        for rims, outlines in ((self._built_rims, self._built), (self._drawn_rims, self._drawn)):
            for outline, factor in rims.waiting.values():
                outlines.add(outline, factor)
        self._flush_buildings(1)
        self._flush_residential(1)
        self._flush_roads(1)
        return self._sums.land(box)

    def _flush_buildings(self, least: int) -> None:
        """Add the dwelling floor of the buildings to the cell of each one's middle."""
        if len(self._built.wkb) < least:
            return
        outlines, levels = self._built.take()
        middles, ground_m2 = _measure_outlines(outlines)
        usable = (ground_m2 > 0) & (ground_m2 <= MAX_FOOTPRINT_M2)
        self._count(usable, "buildings")
        cells = cells_at_points(middles[usable], LAND_RESOLUTION)
        self._sums.add(cells, 0, (ground_m2 * levels)[usable])

    def _flush_residential(self, least: int) -> None:
        """Spread each residential outline over the cells whose middles lie in it, or put it into that of its own."""
        if len(self._drawn.wkb) < least:
            return
        outlines, _ = self._drawn.take()
        middles, ground_m2 = _measure_outlines(outlines)
        usable = (ground_m2 > 0) & (ground_m2 <= MAX_RESIDENTIAL_M2)
        self._count(usable, "residential")
        for outline, middle, ground in zip(outlines[usable], middles[usable], ground_m2[usable], strict=True):
            cells = cells_in_outline(outline, LAND_RESOLUTION)
            if not len(cells):
                cells = cells_at_points(middle, LAND_RESOLUTION)
            self._sums.add(cells, 1, np.full(len(cells), ground / len(cells)))

    def _flush_roads(self, least: int) -> None:
        """Add the length of the roads to the cells in which their pieces lie."""
        if len(self._roads) < least:
            return
        lines = shapely.from_wkb(self._roads)
        self._roads = []
        bounds = shapely.bounds(lines)
        usable = (bounds[:, 2:] - bounds[:, :2]).max(axis=1, initial=0.0) <= MAX_ROAD_DEGREES
        self._count(usable, "roads")
        middles, length_m = _cut_lines(lines[usable])
        self._sums.add(cells_at_points(middles, LAND_RESOLUTION), 2, length_m)

    def _count(self, usable: NDArray[np.bool_], name: str) -> None:
        setattr(self.counts, name, getattr(self.counts, name) + int(usable.sum()))
        self.counts.unusable += int((~usable).sum())


@dataclass(slots=True)
class _Rims:
    """Closed ways that are outer ways of relations, and count only where no relation counts in their place.

    A building with a courtyard is often drawn twice: as a way, and as a relation of that way and an inner one. A
    relation that can't be drawn counts for nothing, and its ways do. An area of a relation may come before or after
    those of its ways. ``waiting`` has the outline and the factor of ways by their ids.
    """

    outer: set[int]
    waiting: dict[int, tuple[str, float]] = field(default_factory=dict)
    replaced: set[int] = field(default_factory=set)

    def take_way(self, way: int, outline: str, factor: float) -> bool:
        """Return whether a way counts now; one that may be replaced waits."""
        if way not in self.outer:
            return True
        if way not in self.replaced:
            self.waiting[way] = (outline, factor)
        return False

    def replace(self, ways: Sequence[int]) -> None:
        self.replaced.update(ways)
        for way in ways:
            self.waiting.pop(way, None)


@dataclass(slots=True)
class _Outlines:
    """Outlines as WKB in hexadecimal, each with a factor, before they are measured."""

    wkb: list[str]
    factors: list[float]

    def add(self, wkb: str, factor: float) -> None:
        self.wkb.append(wkb)
        self.factors.append(factor)

    def take(self) -> tuple[NDArray[np.object_], Floats]:
        outlines, factors = np.asarray(shapely.from_wkb(self.wkb)), np.array(self.factors)
        self.wkb, self.factors = [], []
        return outlines, factors


def _measure_outlines(outlines: NDArray[np.object_]) -> tuple[Floats, Floats]:
    """Return the middle of each outline and its ground. *Shape*: (n, 2), lon, lat; (n,). *Units*: m²."""
    middles = shapely.get_coordinates(shapely.centroid(outlines))
    return middles, shapely.area(outlines) * metres_per_degree(middles[:, 1]).prod(axis=1)


def _cut_lines(lines: NDArray[np.object_]) -> tuple[Floats, Floats]:
    """Return the middles and the lengths of pieces of lines of at most about 100 m. *Shape*: (n, 2), (n,)."""
    points, line = shapely.get_coordinates(lines, return_index=True)
    is_step = line[1:] == line[:-1]
    start, step = points[:-1][is_step], np.diff(points, axis=0)[is_step]
    scale = metres_per_degree(start[:, 1] + step[:, 1] / 2) if len(start) else np.empty((0, 2))
    length_m = np.hypot(*(step * scale).T)
    pieces = np.maximum(np.ceil(length_m / _PIECE_M), 1).astype(np.intp)
    row = np.repeat(np.arange(len(start)), pieces)
    within = np.arange(len(row)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    middles = start[row] + step[row] * ((within + 0.5) / pieces[row])[:, None]
    return middles, (length_m / pieces)[row]


class _CellSums:
    """Sums by cell of the three kinds; merged whenever many rows are waiting."""

    def __init__(self) -> None:
        self._cells: list[Cells] = []
        self._amounts: list[Floats] = []
        self._waiting = 0

    def add(self, cells: Cells, kind: int, amount: Floats) -> None:
        amounts = np.zeros((len(cells), _KINDS))
        amounts[:, kind] = amount
        self._cells.append(cells)
        self._amounts.append(amounts)
        self._waiting += len(cells)
        if self._waiting > _PENDING:
            self._merge()

    def _merge(self) -> None:
        cells = np.concatenate([*self._cells, np.empty(0, dtype=np.uint64)])
        amounts = np.concatenate([*self._amounts, np.empty((0, _KINDS))])
        own, place = np.unique(cells, return_inverse=True)
        sums = np.zeros((len(own), _KINDS))
        for n in range(_KINDS):
            sums[:, n] = np.bincount(place, amounts[:, n], len(own))
        self._cells, self._amounts, self._waiting = [own], [sums], 0

    def land(self, box: Box | None) -> LandCells:
        self._merge()
        points, sums = cell_centres(self._cells[0].tolist()), self._amounts[0]
        if box is None:
            box = (0.0, 0.0, 0.0, 0.0)
            if len(points):
                (west, south), (east, north) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
                box = (west, south, east, north)
        return LandCells.from_amounts(points, sums, box)
