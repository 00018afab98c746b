"""The exact share of an outline's ground within a straight line of places, at many instants at once.

The union of equal discs within an outline is bounded by arcs of circles and by pieces of the outline. Green's theorem
turns each into a summand of the area. An arc counts at the instants at which its own place is open and none of those
that cover it, a piece of the outline while any place that covers it is open. One sweep along all circles and one along
all outlines count the open places that cover each piece.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from geo.coverage.outlines import area_m2
from geo.geodesy import Floats, geocentric_vectors
from geo.nearest.point_tree import Indices

OpenTable = NDArray[np.bool_]
_Covers = tuple[Indices, Indices, Floats, Floats]  # the lines, which disc covers each, from where to where
_MOST_PAIRS = 1_000_000  # of places; beyond, the radius is so wide that sample points are exact enough
_MOST_COUNTS = 4_000_000  # of pieces and instants at a time
_DEGREE_M = 110_000.0  # no shorter along a meridian
_LONGEST_M = 2_000.0  # of a segment, so that its middle tells which discs may reach it
_MERGED_DIGITS = 8  # of degrees: a millimetre
_TURN = 2 * np.pi


@dataclass(frozen=True, slots=True, eq=False)
class EvenGround:
    """The outlines over which demand is spread evenly, with their codes. *Shape*: (outlines,) each. *CRS*: WGS84."""

    outlines: NDArray[np.object_]
    codes: tuple[str, ...]

    def covered_shares(self, places: Floats, is_open: OpenTable, radius_m: float) -> Floats:
        """Return the share of each outline's ground that is within the radius of a place that is open then.

        A row is NaN where the radius covers so many places that sample points must do.
        *Shape*: (p, 2), lon, lat, and (p, instants) to (outlines, instants). *Units*: metres.
        """
        instants, instant = _unique_rows(np.packbits(is_open, axis=0).T)
        ever = np.flatnonzero(is_open.any(axis=1))
        once, place = _unique_rows(np.round(places[ever], _MERGED_DIGITS))
        opened = np.zeros((len(once), len(instants)), dtype=np.bool_)
        order = np.argsort(place)
        if len(order):
            first = np.searchsorted(place[order], np.arange(len(once)))
            np.logical_or.reduceat(is_open[np.ix_(ever[order], instants)], first, axis=0, out=opened)
        return _shares(self.outlines, places[ever[once]], lambda plane: opened[plane.place], radius_m)[
            :, instant
        ]

    def added_shares(self, places: Floats, new: Floats, radius_m: float, *, in_turn: bool = False) -> Floats:
        """Return the share of each outline's ground within the radius of a new place, and of none of the others.

        Each new place is measured alone or, ``in_turn``, beside those before it. A column is NaN where sample points
        must do. *Shape*: (p, 2) and (k, 2), lon, lat, to (outlines, k). *Units*: metres.
        """
        _, group = _unique_rows(np.round(np.concatenate((places, new)), _MERGED_DIGITS))
        first = np.unique(group, return_index=True)[1][group]  # of those at one place
        old, own = first[: len(places)], first[len(places) :]
        is_old = old == np.arange(len(places))
        is_new = (own == np.arange(len(places), len(first))) if in_turn else (own >= len(places))
        turn, outline, pieces = self._cut_around(new, radius_m, is_new)
        added = np.zeros((len(self.outlines), len(new)))
        if not len(pieces):
            return added
        turns = np.concatenate((np.full(is_old.sum(), -1), np.arange(len(new))))

        def open_in_turn(plane: _Plane) -> OpenTable:
            place, own = turns[plane.place], turn[plane.origin[plane.ground]]
            before = (place < own) & is_new[place] if in_turn else np.zeros(len(place), dtype=np.bool_)
            before |= place < 0
            return np.column_stack((before, before | (place == own)))

        share = np.diff(
            _shares(pieces, np.concatenate((places[is_old], new)), open_in_turn, radius_m), axis=1
        )
        whole, row = np.unique(outline, return_inverse=True)
        ground = area_m2(pieces) / area_m2(self.outlines[whole])[row]
        np.add.at(added, (outline, turn), share[:, 0] * ground)
        return np.maximum(added, 0.0)

    def _cut_around(
        self, places: Floats, radius_m: float, wanted: NDArray[np.bool_]
    ) -> tuple[Indices, Indices, NDArray[np.object_]]:
        """Cut the outlines around places; return the place, the outline and the ground of each piece."""
        high = 1.01 * radius_m / _DEGREE_M
        wide = high / np.maximum(np.cos(np.radians(np.abs(places[:, 1]) + high)), 0.01)
        (lon, lat), rows = places.T, np.flatnonzero(wanted)
        boxes = shapely.box(lon - wide, lat - high, lon + wide, lat + high)
        row, outline = shapely.STRtree(self.outlines).query(boxes[rows], predicate="intersects")
        pieces = shapely.intersection(self.outlines[outline], boxes[rows[row]])
        has_ground = shapely.area(pieces) > 0
        return rows[row[has_ground]], outline[has_ground], pieces[has_ground]

    def has_level(self, digits: int) -> bool:
        """Return whether no outline holds several areas of a level of codes."""
        return all(len(code) >= digits for code in self.codes)

    def find_rows(self, codes: NDArray[np.object_]) -> Indices:
        """Return the outline of each code, of which it may be a part (a township's of its county's); -1 for none."""
        place = {code: row for row, code in enumerate(self.codes)}
        lengths = sorted({len(code) for code in self.codes}, reverse=True)
        number, known = pd.factorize(codes)
        rows = [next((place[code[:n]] for n in lengths if code[:n] in place), -1) for code in known]
        return np.array([*rows, -1], dtype=np.intp)[number]


@dataclass(frozen=True, slots=True)
class _Plane:
    """Outlines side by side, each with the places near it, in equal-area projections around them. *Units*: metres.

    *Shape*: ``outlines`` is (n,); ``start`` and ``way`` of their segments are (s, 2), ``ring`` is the outline of each;
    ``centres`` of the discs are (d, 2), ``place`` and ``ground`` are the place and the outline of each. ``origin`` is
    the outline's position among all that are measured.
    """

    outlines: NDArray[np.object_]
    start: Floats
    way: Floats
    ring: Indices
    centres: Floats
    place: Indices
    ground: Indices
    origin: Indices


@dataclass(frozen=True, slots=True)
class _Pieces:
    """Lines (circles or segments) cut wherever a disc begins or ends to cover them.

    *Shape*: ``line``, ``first`` and ``last`` are (n,), along one line after the other; ``change`` is the row of
    `_count_open` at the beginning of each.
    """

    line: Indices
    first: Floats
    last: Floats
    change: Indices


@dataclass(frozen=True, slots=True)
class _Summands:
    """Pieces with their summands of the area and their outlines; ``own`` is the disc of an arc.

    *Shape*: ``row``, ``area_m2``, ``ground`` and ``own`` are (n,); ``row`` is the place in ``change``.
    """

    change: Indices
    row: Indices
    area_m2: Floats
    ground: Indices
    own: Indices | None = None

    def add_up(self, is_open: OpenTable, outlines: int) -> Floats:
        """Return the sum of each outline at each instant. *Shape*: (discs, instants) to (outlines, instants)."""
        is_covered = _count_open(self.change, is_open)[self.row] > 0
        counts = is_covered if self.own is None else is_open[self.own] & ~is_covered
        number = np.arange(len(self.row))
        of_outline = csr_array((self.area_m2, (self.ground, number)), shape=(outlines, len(number)))
        return np.asarray(of_outline @ counts)


def _shares(
    outlines: NDArray[np.object_],
    places: Floats,
    open_discs: Callable[[_Plane], OpenTable],
    radius_m: float,
    origin: Indices | None = None,
) -> Floats:
    """Return the share of each outline at each instant; NaN where sample points must do.

    ``open_discs`` says which discs are open at which instant. *Shape*: (discs, instants).
    """
    origin = np.arange(len(outlines)) if origin is None else origin
    plane = _lay_out(outlines, places, radius_m, origin)
    tree, opened = cKDTree(plane.centres), open_discs(plane)
    if tree.count_neighbors(tree, 2 * radius_m) > _MOST_PAIRS:
        if len(outlines) == 1:
            return np.full((1, opened.shape[1]), np.nan)
        halves = np.array_split(origin, 2), np.array_split(outlines, 2)
        return np.concatenate(
            [_shares(half, places, open_discs, radius_m, own) for own, half in zip(*halves, strict=True)]
        )
    disc, segment, at = _crossings(plane, tree, radius_m)
    arcs = _measure_arcs(plane, _cut_circles(plane, tree, radius_m, disc, segment, at), opened, radius_m)
    edges = _measure_edges(plane, disc, segment, at)
    together = _MOST_COUNTS // (len(arcs.change) + len(edges.change) + 1) + 1
    parts = (opened[:, first : first + together] for first in range(0, opened.shape[1], together))
    covered = [arcs.add_up(part, len(outlines)) + edges.add_up(part, len(outlines)) for part in parts]
    return np.clip(np.hstack(covered) / shapely.area(plane.outlines)[:, np.newaxis], 0.0, 1.0)


def _lay_out(outlines: NDArray[np.object_], places: Floats, radius_m: float, origin: Indices) -> _Plane:
    west, south, east, north = shapely.bounds(outlines).T
    high = radius_m / _DEGREE_M
    farthest = np.maximum(np.abs(south - high), np.abs(north + high))
    wide = high / np.maximum(np.cos(np.radians(farthest)), 0.01)
    boxes = shapely.box(west - wide, south - high, east + wide, north + high)
    ground, place = shapely.STRtree(np.asarray(shapely.points(places))).query(boxes)
    middle = np.column_stack((west + east, south + north)) / 2
    points, corner = shapely.get_coordinates(outlines, return_index=True)
    flat, centres = _project(points, middle, corner), _project(places[place], middle, ground)
    apart = 2 * max(np.abs(flat).max(initial=0), np.abs(centres).max(initial=0)) + 3 * radius_m
    flat[:, 0] += corner * apart
    centres[:, 0] += ground * apart
    laid = shapely.orient_polygons(shapely.set_coordinates(outlines.copy(), flat))
    parts, outline = shapely.get_parts(laid, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    start = np.flatnonzero(ring[1:] == ring[:-1])
    way = corners[start + 1] - corners[start]
    count = np.maximum(np.ceil(np.hypot(*way.T) / _LONGEST_M), 1).astype(np.intp)
    number = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    start, step = np.repeat(start, count), np.repeat(way / count[:, np.newaxis], count, axis=0)
    begin = corners[start] + number[:, np.newaxis] * step
    return _Plane(laid, begin, step, outline[part[ring[start]]], centres, place, ground, origin)


def _project(points: Floats, middle: Floats, row: Indices) -> Floats:
    """Return points at their chord and direction from middles, which is Lambert's azimuthal equal-area projection.

    On the ellipsoid areas are true to 0.00004 within 500 km. *Shape*: (n, 2) and (m, 2), lon, lat, and (n,) to (n, 2). *Units*: metres.
    """
    dx, dy, dz = (geocentric_vectors(points) - geocentric_vectors(middle)[row]).T
    (sin_lon, sin_lat), (cos_lon, cos_lat) = (
        np.sin(np.radians(middle)).T[:, row],
        np.cos(np.radians(middle)).T[:, row],
    )
    x = cos_lon * dy - sin_lon * dx
    y = cos_lat * dz - sin_lat * (cos_lon * dx + sin_lon * dy)
    flat = np.hypot(x, y)
    longer = np.divide(np.sqrt(dx**2 + dy**2 + dz**2), flat, out=np.ones(len(flat)), where=flat > 0)
    return np.column_stack((x * longer, y * longer))


def _crossings(plane: _Plane, tree: cKDTree, radius_m: float) -> tuple[Indices, Indices, Floats]:
    """Return which disc covers which segment, and from where to where along its line (0 and 1 are its ends).

    *Shape*: (n,), (n,), (2, n).
    """
    middles = cKDTree(plane.start + plane.way / 2)
    near = middles.sparse_distance_matrix(tree, radius_m + _LONGEST_M / 2, output_type="ndarray")
    segment, disc = near["i"], near["j"]
    way, from_centre = plane.way[segment], plane.start[segment] - plane.centres[disc]
    a, b = (way**2).sum(axis=1), (way * from_centre).sum(axis=1)
    root = b**2 - a * ((from_centre**2).sum(axis=1) - radius_m**2)
    is_cut = (root > 0) & (a > 0)
    disc, segment, a, b, root = disc[is_cut], segment[is_cut], a[is_cut], b[is_cut], np.sqrt(root[is_cut])
    return disc, segment, np.stack(((-b - root) / a, (-b + root) / a))


def _cut_circles(
    plane: _Plane, tree: cKDTree, radius_m: float, disc: Indices, segment: Indices, at: Floats
) -> _Pieces:
    """Cut each circle at the other circles and at the outline; lengths are angles."""
    low, high = tree.query_pairs(2 * radius_m, output_type="ndarray").T
    x, y = (plane.centres[high] - plane.centres[low]).T
    towards, half = np.arctan2(y, x), np.tile(np.arccos(np.hypot(x, y) / (2 * radius_m)), 2)
    one, other, towards = (
        np.append(*both) for both in ((low, high), (high, low), (towards, towards + np.pi))
    )
    first, last = (towards - half) % _TURN, (towards + half) % _TURN
    over = np.flatnonzero(last < first)  # from there to the whole turn, and from 0 on
    covers = (
        np.concatenate((one, one[over])),
        np.concatenate((other, other[over])),
        np.concatenate((first, np.zeros(len(over)))),
        np.concatenate((np.where(last < first, _TURN, last), last[over])),
    )
    end, crossing = np.nonzero((at > 0) & (at < 1))
    way = plane.way[segment[crossing]]
    x, y = (
        plane.start[segment[crossing]] + at[end, crossing, np.newaxis] * way - plane.centres[disc[crossing]]
    ).T
    stops = (
        np.append(disc[crossing], np.arange(tree.n)),
        np.append(np.arctan2(y, x) % _TURN, np.zeros(tree.n)),
    )
    return _sweep(covers, stops, tree.n, _TURN)


def _measure_arcs(plane: _Plane, arcs: _Pieces, is_open: OpenTable, radius_m: float) -> _Summands:
    """Measure the arcs that lie in their outline and are not covered at every instant."""
    always = np.asarray(is_open.all(axis=1))[:, np.newaxis]
    bare = np.flatnonzero(_count_open(arcs.change, always)[:, 0] == 0)
    middle = (arcs.first + arcs.last)[bare] / 2
    x, y = (plane.centres[arcs.line[bare]] + radius_m * np.column_stack((np.cos(middle), np.sin(middle)))).T
    shapely.prepare(plane.outlines)
    bare = bare[shapely.contains_xy(plane.outlines[plane.ground[arcs.line[bare]]], x, y)]
    own, first, last = arcs.line[bare], arcs.first[bare], arcs.last[bare]
    x, y = plane.centres[own].T
    area = x * (np.sin(last) - np.sin(first)) - y * (np.cos(last) - np.cos(first))
    area_m2 = radius_m * (radius_m * (last - first) + area) / 2
    needed = np.isin(arcs.line, own)
    return _Summands(arcs.change[needed], np.cumsum(needed)[bare] - 1, area_m2, plane.ground[own], own)


def _measure_edges(plane: _Plane, disc: Indices, segment: Indices, at: Floats) -> _Summands:
    """Cut the outlines at the circles; lengths are shares of a segment."""
    count = len(plane.start)
    covers, starts = (segment, disc, *np.clip(at, 0.0, 1.0)), (np.arange(count), np.zeros(count))
    edges = _sweep(covers, starts, len(plane.centres), 1.0)
    (x, y), (way_x, way_y) = plane.start[edges.line].T, plane.way[edges.line].T
    area_m2 = (x * way_y - y * way_x) * (edges.last - edges.first) / 2
    return _Summands(edges.change, np.arange(len(edges.line)), area_m2, plane.ring[edges.line])


def _sweep(covers: _Covers, stops: tuple[Indices, Floats], discs: int, length: float) -> _Pieces:
    """Cut lines where discs begin and end to cover them, and at stops; the beginning of each line is a stop."""
    line, disc, first, last = covers
    on = np.concatenate((line, line, stops[0]))
    at = np.concatenate((first, last, stops[1]))
    change = np.concatenate((disc, disc + discs, np.full(len(stops[0]), 2 * discs)))
    order = np.argsort(on * (2 * length) + at)
    on, at = on[order], at[order]
    is_last = np.append(on[1:] != on[:-1], True)
    return _Pieces(on, at, np.where(is_last, length, np.append(at[1:], length)), change[order])


def _count_open(change: Indices, is_open: OpenTable) -> NDArray[np.int16]:
    """Return how many open discs cover each piece: it begins with a disc more, a disc less, or neither.

    *Shape*: (n,) and (discs, instants) to (n, instants).
    """
    opens = is_open.astype(np.int16)
    changes = np.concatenate((opens, -opens, np.zeros((1, opens.shape[1]), dtype=np.int16)))[change]
    return np.cumsum(changes, axis=0, out=changes)


def _unique_rows(table: NDArray[Any]) -> tuple[Indices, Indices]:
    """Return the first of each group of equal rows, and the group of each row."""
    rows = np.ascontiguousarray(table)
    if not rows.shape[1]:
        return np.zeros(min(len(rows), 1), dtype=np.intp), np.zeros(len(rows), dtype=np.intp)
    whole = rows.view(f"V{rows.shape[1] * rows.itemsize}")[:, 0]
    _, first, group = np.unique(whole, return_index=True, return_inverse=True)
    return first, group
