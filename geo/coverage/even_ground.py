"""The exact share of an outline's ground within a straight line of places, at many instants at once.

The union of equal discs within an outline is bounded by arcs of circles and by pieces of the outline. Green's theorem
turns each into a summand of the area. An arc counts at the instants at which its own place is open and none of those
that cover it, a piece of the outline while any place that covers it is open: one pass serves all hours of a week.
"""

from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from scipy.spatial import cKDTree

from geo.geodesy import Floats
from geo.nearest.vector_tree import Indices

Bits = NDArray[np.uint8]
_MOST_TESTS = (
    20_000_000  # of an arc against a place; beyond, the radius is so wide that sample points are exact enough
)
_DEGREE_M = 110_000.0  # no shorter along a meridian
_MERGED_M = 0.001
_AROUND = (
    "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad "
    "+step +proj=laea +lon_0={lon} +lat_0={lat} +ellps=WGS84"
)


@dataclass(frozen=True, slots=True, eq=False)
class EvenGround:
    """The outlines over which demand is spread evenly, with their codes. *Shape*: (outlines,) each. *CRS*: WGS84."""

    outlines: NDArray[np.object_]
    codes: tuple[str, ...]
    _kept: dict[tuple[bytes, float], list["_Boundary | None"]] = field(
        default_factory=dict, init=False, repr=False
    )

    def covered_shares(self, places: Floats, bits: Bits, instants: int, radius_m: float) -> Floats:
        """Return the share of each outline's ground that is within the radius of a place that is open then.

        ``bits`` has one row for each place and one bit for each instant (`numpy.packbits`). A row is NaN where the
        radius covers so many places that sample points must do. What is computed for several instants is kept for
        the next call with the same places; a single instant alone needs those that are open then.
        *Shape*: (p, 2), lon, lat, and (p, bytes) to (outlines, instants). *Units*: metres.
        """
        key = (places.tobytes(), radius_m)
        kept = self._kept.get(key)
        if kept is None and instants == 1:
            is_open = bits.any(axis=1)
            places, bits = places[is_open], bits[is_open]
        boundaries = kept or [_bound(outline, places, radius_m) for outline in self.outlines]
        if kept is None and instants > 1:
            self._kept.clear()
            self._kept[key] = boundaries
        found = [_share(boundary, bits, instants) for boundary in boundaries]
        return np.array(found, dtype=np.float64).reshape(len(found), instants)

    def has_level(self, digits: int) -> bool:
        """Return whether no outline holds several areas of a level of codes."""
        return all(len(code) >= digits for code in self.codes)

    def find_rows(self, codes: NDArray[np.object_]) -> Indices:
        """Return the outline of each code, of which it may be a part (a township's of its county's); -1 for none."""
        place = {code: row for row, code in enumerate(self.codes)}
        lengths = sorted({len(code) for code in self.codes}, reverse=True)
        known = {
            code: next((place[code[:n]] for n in lengths if code[:n] in place), -1)
            for code in set(codes.tolist())
            if code is not None
        }
        return np.fromiter((known.get(code, -1) for code in codes.tolist()), dtype=np.intp, count=len(codes))


@dataclass(frozen=True, slots=True)
class _Pieces:
    """Pieces of boundary, each with its summand of the area and its middle. *Shape*: (n,), (n, 2)."""

    area_m2: Floats
    middle: Floats
    owner: Indices  # the disc of an arc, the segment of a piece of outline


@dataclass(frozen=True, slots=True)
class _Boundary:
    """The pieces that may bound the covered ground, and which places cover the middle of each."""

    total_m2: float
    places: Indices  # the row of each place in the register
    merged: Indices  # and the disc that stands for it
    arcs: _Pieces
    beside_arcs: tuple[Indices, Indices]
    edges: _Pieces
    beside_edges: tuple[Indices, Indices]


def _bound(outline: shapely.Geometry, places: Floats, radius_m: float) -> _Boundary | None:
    """Return the boundary within an outline; None where sample points must do."""
    flat, centres, near, merged = _project(outline, places, radius_m)
    tree = cKDTree(centres)
    tests = int(tree.count_neighbors(tree, 2 * radius_m))
    if tests * tests > _MOST_TESTS * len(centres) / 2:
        return None
    start, end = _segments(flat)
    crossing, cut, at = _crossings(start, end, centres, radius_m)
    arcs = _arcs(tree, centres, radius_m, crossing, start[cut] + at[:, None] * (end - start)[cut])
    edges = _edges(start, end, cut, at)
    shapely.prepare(flat)
    arcs = _select(arcs, shapely.contains_xy(flat, arcs.middle[:, 0], arcs.middle[:, 1]))
    beside_arcs = _covering(arcs.middle, tree, radius_m, arcs.owner)
    return _Boundary(
        float(shapely.area(flat)),
        near,
        merged,
        arcs,
        beside_arcs,
        edges,
        _covering(edges.middle, tree, radius_m, None),
    )


def _share(boundary: _Boundary | None, bits: Bits, instants: int) -> Floats:
    if boundary is None:
        return np.full(instants, np.nan)
    open_then = np.zeros((int(boundary.merged.max(initial=-1)) + 1, bits.shape[1]), dtype=np.uint8)
    np.bitwise_or.at(open_then, boundary.merged, bits[boundary.places])
    exposed = open_then[boundary.arcs.owner] & ~_either(open_then, *boundary.beside_arcs)
    covered = _either(open_then, *boundary.beside_edges)
    total: Floats = _sum(exposed, boundary.arcs.area_m2, instants) + _sum(
        covered, boundary.edges.area_m2, instants
    )
    return np.clip(total / boundary.total_m2, 0.0, 1.0)


def _project(
    outline: shapely.Geometry, places: Floats, radius_m: float
) -> tuple[shapely.Geometry, Floats, Indices, Indices]:
    """Return the outline and the discs near it in an equal-area projection around it, and the place and disc of each.

    Places at one point are one disc.
    """
    west, south, east, north = shapely.bounds(outline)
    around = Transformer.from_pipeline(
        _AROUND.format(lon=(west + east) / 2, lat=(south + north) / 2)
    ).transform
    high = radius_m / _DEGREE_M
    wide = high / max(np.cos(np.radians(max(abs(south - high), abs(north + high)))), 0.01)
    lon, lat = places.T
    near = np.flatnonzero(
        (lon > west - wide) & (lon < east + wide) & (lat > south - high) & (lat < north + high)
    )
    flat = shapely.transform(outline, lambda points: np.column_stack(around(points[:, 0], points[:, 1])))
    x, y = around(lon[near], lat[near])
    _, first, row = np.unique(np.round((x + 1j * y) / _MERGED_M), return_index=True, return_inverse=True)
    return shapely.orient_polygons(flat), np.column_stack((x, y))[first], near, row


def _segments(flat: shapely.Geometry) -> tuple[Floats, Floats]:
    rings = [shapely.get_coordinates(ring) for ring in shapely.get_rings(shapely.get_parts(flat))]
    return np.concatenate([ring[:-1] for ring in rings]), np.concatenate([ring[1:] for ring in rings])


def _crossings(
    start: Floats, end: Floats, centres: Floats, radius_m: float
) -> tuple[Indices, Indices, Floats]:
    """Return where the outline crosses circles: the disc, the segment, and the place on it (0..1)."""
    lines = np.asarray(shapely.linestrings(np.stack((start, end), axis=1)))
    disc, segment = shapely.STRtree(lines).query(
        shapely.points(centres), predicate="dwithin", distance=radius_m
    )
    way, from_centre = (end - start)[segment], start[segment] - centres[disc]
    a, b = (way**2).sum(axis=1), (way * from_centre).sum(axis=1)
    root = b**2 - a * ((from_centre**2).sum(axis=1) - radius_m**2)
    is_cut = (root > 0) & (a > 0)
    disc, segment, a, b, root = disc[is_cut], segment[is_cut], a[is_cut], b[is_cut], np.sqrt(root[is_cut])
    at = np.concatenate(((-b - root) / a, (-b + root) / a))
    on = (at > 0) & (at < 1)
    return np.tile(disc, 2)[on], np.tile(segment, 2)[on], at[on]


def _arcs(tree: cKDTree, centres: Floats, radius_m: float, crossing: Indices, crossed_at: Floats) -> _Pieces:
    """Cut each circle at the other circles and at the outline."""
    pairs = tree.query_pairs(2 * radius_m, output_type="ndarray")
    one, other = np.concatenate((pairs, pairs[:, ::-1])).T.astype(np.intp)
    to = centres[other] - centres[one]
    towards, half = np.arctan2(to[:, 1], to[:, 0]), np.arccos(np.hypot(*to.T) / (2 * radius_m))
    by_outline = crossed_at - centres[crossing]
    disc = np.concatenate((one, one, crossing, np.arange(len(centres))))
    angle = np.concatenate((towards - half, towards + half, np.arctan2(by_outline[:, 1], by_outline[:, 0])))
    angle = np.concatenate((angle % (2 * np.pi), np.zeros(len(centres))))
    order = np.lexsort((angle, disc))
    disc, first = disc[order], angle[order]
    is_last = np.append(disc[1:] != disc[:-1], True)
    last = np.where(is_last, 2 * np.pi, np.append(first[1:], 0.0))
    middle = (first + last) / 2
    x, y = centres[disc].T
    area = x * (np.sin(last) - np.sin(first)) - y * (np.cos(last) - np.cos(first))
    return _Pieces(
        radius_m * (radius_m * (last - first) + area) / 2,
        centres[disc] + radius_m * np.column_stack((np.cos(middle), np.sin(middle))),
        disc,
    )


def _edges(start: Floats, end: Floats, cut: Indices, at: Floats) -> _Pieces:
    """Cut the outline at the circles."""
    count = len(start)
    segment = np.concatenate((np.arange(count), cut))
    first = np.concatenate((np.zeros(count), at))
    order = np.lexsort((first, segment))
    segment, first = segment[order], first[order]
    is_last = np.append(segment[1:] != segment[:-1], True)
    last = np.where(is_last, 1.0, np.append(first[1:], 1.0))
    way = (end - start)[segment]
    one, two = start[segment] + first[:, None] * way, start[segment] + last[:, None] * way
    area = (one[:, 0] * two[:, 1] - two[:, 0] * one[:, 1]) / 2
    return _Pieces(area, (one + two) / 2, segment)


def _select(pieces: _Pieces, mask: NDArray[np.bool_]) -> _Pieces:
    return _Pieces(pieces.area_m2[mask], pieces.middle[mask], pieces.owner[mask])


def _covering(
    middle: Floats, tree: cKDTree, radius_m: float, owner: Indices | None
) -> tuple[Indices, Indices]:
    """Return the pairs of points and discs, but the owner of the arc, that cover them; ascending points."""
    pairs = cKDTree(middle).sparse_distance_matrix(tree, radius_m, output_type="ndarray")
    row, disc = pairs["i"], pairs["j"]
    if owner is not None:
        is_other = disc != owner[row]
        row, disc = row[is_other], disc[is_other]
    order = np.argsort(row, kind="stable")
    count = np.bincount(row, minlength=len(middle))
    return disc[order].astype(np.int32), count


def _either(bits: Bits, disc: Indices, count: Indices) -> Bits:
    """Return the instants at which any of the discs of each point is open. *Shape*: (n, bytes)."""
    found = np.zeros((len(count), bits.shape[1]), dtype=np.uint8)
    some = np.flatnonzero(count)
    if some.size:
        first = np.concatenate(([0], np.cumsum(count[some])[:-1]))
        found[some] = np.bitwise_or.reduceat(bits[disc], first, axis=0)
    return found


def _sum(bits: Bits, area_m2: Floats, instants: int) -> Floats:
    total: Floats = area_m2 @ np.unpackbits(bits, axis=1, count=instants).astype(np.float64)
    return total
