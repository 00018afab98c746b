"""Spatial trees of geocentric vectors, and of the distinct places of some stations."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from pykdtree.kdtree import KDTree

from geo.geodesy import ARC_ERROR_M, Floats, geocentric_vector, geocentric_vectors

Indices = NDArray[np.intp]
# A bound that is longer than any chord of the Earth, since pykdtree marks empty slots only where it has a finite one.
_FARTHEST_M = 2e7
# pykdtree's time grows with the square of the width: 3 µs for 6 of a vector's nearest, 0.1 ms for 384, 0.6 ms for 1,024.
_NARROW, _WIDE = 128, 300
# A wide query first measures so many times as far as its width reaches if vectors are spread evenly on the ground.
_SPARE = 1.2


@dataclass(frozen=True, slots=True)
class VectorTree:
    """A tree over some vectors, which may be none.

    ``vectors`` are sorted along ``axis``, the one of three along which they reach farthest. ``order`` gives the
    caller's index of each, and ends with the index that marks an empty slot.
    """

    tree: KDTree | None
    vectors: Floats
    axis: int
    order: Indices

    @classmethod
    def from_vectors(cls, vectors: Floats) -> "VectorTree":
        """Build a tree. *Shape*: (n, 3). *Units*: metres. *CRS*: EPSG:4978."""
        if not len(vectors):
            return cls(None, vectors, 0, np.zeros(1, dtype=np.intp))
        axis = int(np.ptp(vectors, axis=0).argmax())
        order = np.argsort(vectors[:, axis])
        ordered = vectors[order]
        return cls(KDTree(ordered), ordered, axis, np.append(order, len(order)))

    def __len__(self) -> int:
        return len(self.vectors)

    def query(self, vectors: Floats, width: int, reach_m: float = np.inf) -> tuple[Floats, Indices]:
        """Return chords and indices of the ``width`` nearest vectors that are less than ``reach_m`` away.

        Equally long chords come in any order. An empty slot has the index ``len(self)`` and an infinite chord.
        *Shape*: (n, 3) to twice (n, width). *Units*: metres.
        """
        shape = len(vectors), width
        if self.tree is None:
            return np.full(shape, np.inf), np.zeros(shape, dtype=np.intp)
        if width > _WIDE:
            return self._query_wide(self.tree, vectors, width, min(reach_m, _FARTHEST_M))
        bound_m = None if reach_m == np.inf and width <= len(self) else min(reach_m, _FARTHEST_M)
        chord_m, place = self.tree.query(vectors, k=width, distance_upper_bound=bound_m)
        return chord_m.reshape(shape), self.order[place].reshape(shape)

    def count_within(self, vectors: Floats, within_m: float) -> Indices:
        """Return how many vectors are less than ``within_m`` away. *Shape*: (n, 3) to (n,). *Units*: metres."""
        return np.array([len(self._within(vector, within_m)[1]) for vector in vectors], dtype=np.intp)

    def _query_wide(
        self, tree: KDTree, vectors: Floats, width: int, reach_m: float
    ) -> tuple[Floats, Indices]:
        """Return the same by measuring to every vector within a distance that is guessed, and grown if need be."""
        chord_m = np.full((len(vectors), width), np.inf)
        index = np.full((len(vectors), width), len(self), dtype=np.intp)
        few = min(_NARROW, len(self))
        few_m = tree.query(vectors, k=few)[0].reshape(-1, few)[:, -1]
        guess_m = np.maximum(few_m * ((width / few) ** 0.5 * _SPARE), 1.0)
        for row, (vector, within_m) in enumerate(zip(vectors, guess_m.tolist(), strict=True)):
            near_m, place = self._within(vector, min(within_m, reach_m))
            while len(place) < width and within_m < reach_m:
                within_m *= 2
                near_m, place = self._within(vector, min(within_m, reach_m))
            if len(place) > width:
                first = np.argpartition(near_m, width - 1)[:width]
                near_m, place = near_m[first], place[first]
            nearest = np.argsort(near_m)
            chord_m[row, : len(nearest)], index[row, : len(nearest)] = (
                near_m[nearest],
                self.order[place[nearest]],
            )
        return chord_m, index

    def _within(self, vector: Floats, within_m: float) -> tuple[Floats, Indices]:
        """Return the chords to the vectors that are less than ``within_m`` away, and their places here."""
        along = self.vectors[:, self.axis]
        first, last = np.searchsorted(along, (vector[self.axis] - within_m, vector[self.axis] + within_m))
        step = self.vectors[first:last] - vector
        squared = np.einsum("ij,ij->i", step, step)
        near = np.flatnonzero(squared < within_m * within_m)
        return np.sqrt(squared[near]), near + first


MISSING = -1
_CROWD = 8  # stations at one place; from there on arrays cost less than one station after the other
TWICE_ARC_ERROR_M = 2 * ARC_ERROR_M


@dataclass(frozen=True, slots=True)
class SiteTree:
    """Trees over places; several stations may share one place.

    There is one tree, or a second, small one for changes since the first was built; a place that has
    lost all its stations has a count of 0. ``members`` holds the stations' indices, place by place and
    ascending within one, and ends with `MISSING`; those of place ``i`` begin at ``first[i]``. A query
    returns place ``len(points)`` where it finds nothing; that place owns the last entry.
    """

    trees: tuple[VectorTree, ...]
    points: Floats
    first: Indices
    count: Indices
    members: Indices
    lead: Indices  # the first station of each place, and the only one of nearly all places
    is_odd: NDArray[np.bool_]  # places with several stations, or none
    most: int  # stations at the fullest place
    has_gaps: bool

    @classmethod
    def from_points(cls, points: Floats, chosen: Indices) -> "SiteTree":
        """Build a tree of the chosen stations' places. *Shape*: (n, 2), lon, lat WGS84, of all stations."""
        distinct, count, members = _laid_out(points, chosen)
        return cls._with((VectorTree.from_vectors(geocentric_vectors(distinct)),), distinct, count, members)

    def with_changes(self, positions: Indices, points: Floats, chosen: Indices) -> "SiteTree":
        """Return these places, and beside them those of the chosen stations.

        *Shape*: ``positions`` is the new position of each earlier station, `MISSING` where it was
        removed; ``points`` are those of all stations now.
        """
        (tree,) = self.trees
        moved = positions.take(self.members[:-1])
        stays = moved != MISSING
        left = np.add.reduceat(stays.astype(np.intp), self.first[:-1]) if len(stays) else self.count[:0]
        distinct, count, members = _laid_out(points, chosen)
        return self._with(
            (tree, VectorTree.from_vectors(geocentric_vectors(distinct))) if len(distinct) else (tree,),
            np.concatenate((self.points, distinct)),
            np.concatenate((left, count)),
            np.concatenate((moved[stays], members)),
        )

    @classmethod
    def _with(
        cls, trees: tuple[VectorTree, ...], points: Floats, count: Indices, members: Indices
    ) -> "SiteTree":
        count, first = np.append(count, 1), np.concatenate(([0], np.cumsum(count))).astype(np.intp)
        members = np.append(members, MISSING)
        lead, is_odd = members[np.minimum(first, len(members) - 1)], count != 1
        return cls(
            trees,
            points,
            first,
            count,
            members,
            lead,
            is_odd,
            most=int(count.max()),
            has_gaps=bool((count == 0).any()),
        )

    def query(self, vectors: Floats, width: int, reach_m: float) -> tuple[Floats, Indices]:
        """Return chords and places of the ``width`` nearest within reach.

        *Shape*: (n, 3) to twice (n, width).
        """
        chord_m, site = self.trees[0].query(vectors, width, reach_m)
        return (chord_m, site) if len(self.trees) == 1 else self._merged(vectors, (chord_m, site), reach_m)

    def query_one(
        self, vector: tuple[float, float, float], width: int, reach_m: float
    ) -> tuple[Floats, Indices]:
        """Return the same for one vector. *Shape*: twice (width,)."""
        chords_m, sites = self.query(np.array([vector]), width, reach_m)
        return chords_m[0], sites[0]

    def members_of(self, site: Indices) -> Iterable[Sequence[int]] | None:
        """Return the stations at each of a few places; None where a place is crowded."""
        if (self.most == 1 and not self.has_gaps) or not self.is_odd[site].any():
            return zip(self.lead[site].tolist())
        counts = self.count[site].tolist()
        if max(counts) > _CROWD:
            return None
        spans = zip(self.first[site].tolist(), counts, strict=True)
        return [self.members[first : first + count].tolist() for first, count in spans]

    def _merged(
        self, vectors: Floats, found: tuple[Floats, Indices], reach_m: float
    ) -> tuple[Floats, Indices]:
        """Merge the results of the first tree with as many from the second."""
        chord_m, site = found
        width, old = site.shape[1], len(self.trees[0])
        site[site == old] = len(self.points)
        more_m, more = self.trees[1].query(vectors, min(width, len(self.trees[1])), reach_m)
        chord_m = np.concatenate((chord_m, more_m), axis=1)
        site = np.concatenate((site, more + old), axis=1)
        order = np.argsort(chord_m, axis=1, kind="stable")[:, :width]
        return np.take_along_axis(chord_m, order, axis=1), np.take_along_axis(site, order, axis=1)

    def stations_at(self, site: Indices, distance_m: Floats, *, all_of_them: bool) -> tuple[Indices, Floats]:
        """Expand each row of places to stations, padded with `MISSING` at infinity.

        *Shape*: (n, m) to (n, as many as the fullest row has, m at least) or, unless ``all_of_them``
        are requested, to (n, m).
        """
        station, odd = self.lead[site], self.is_odd[site]
        if not odd.any():
            return station, distance_m
        rows = np.flatnonzero(odd.any(axis=1))
        spelt, spelt_m = self._spelt(site[rows], distance_m[rows])
        wider = spelt.shape[1] - station.shape[1] if all_of_them else 0
        if wider:
            station = np.pad(station, ((0, 0), (0, wider)), constant_values=MISSING)
            distance_m = np.pad(distance_m, ((0, 0), (0, wider)), constant_values=np.inf)
        width = station.shape[1]
        station[rows], distance_m[rows] = spelt[:, :width], spelt_m[:, :width]
        return station, distance_m

    def _spelt(self, site: Indices, distance_m: Floats) -> tuple[Indices, Floats]:
        count = self.count[site]
        width = count.sum(axis=1)
        spread = count.ravel()
        within = np.arange(spread.sum()) - np.repeat(np.cumsum(spread) - spread, spread)
        filled = np.arange(max(int(width.max()), site.shape[1])) < width[:, None]
        station = np.full(filled.shape, MISSING, dtype=np.intp)
        station[filled] = self.members[np.repeat(self.first[site.ravel()], spread) + within]
        spelt_m = np.full(filled.shape, np.inf)
        spelt_m[filled] = np.repeat(distance_m.ravel(), spread)
        return station, spelt_m


def _laid_out(points: Floats, chosen: Indices) -> tuple[Floats, Indices, Indices]:
    """Return the distinct places of the chosen stations, how many are at each, and which."""
    order = chosen[np.lexsort((chosen, points[chosen, 1], points[chosen, 0]))]
    placed = points[order]
    begins = np.ones(len(order), dtype=bool)
    begins[1:] = (placed[1:] != placed[:-1]).any(axis=1)
    count = np.diff(np.flatnonzero(begins), append=len(order))
    return placed[begins], count, order


def nearest_places(
    sites: SiteTree, point: tuple[float, float], widths: Sequence[int], reach_m: float
) -> Iterable[tuple[float, list[float], Sequence[int]]]:
    """Return the chord, the point and the stations of each of the nearest places within reach, by their chords.

    There are as many as the first of ``widths``, and only whoever takes more of them searches the next width.
    They end before a width that has a crowded place. A chord is infinite where there is no other place.
    *CRS*: WGS84. *Units*: metres.
    """
    return chain.from_iterable(_batches(sites, geocentric_vector(*point), widths, reach_m))


def _batches(
    sites: SiteTree, vector: tuple[float, float, float], widths: Sequence[int], reach_m: float
) -> Iterator[Iterable[tuple[float, list[float], Sequence[int]]]]:
    given = 0
    for width in widths:
        chord_m, site = sites.query_one(vector, width, reach_m)
        chord_m, site = chord_m[given:], site[given:]
        stations = sites.members_of(site)
        if stations is None:
            return
        places = sites.points.take(site, axis=0, mode="clip").tolist()
        yield zip(chord_m.tolist(), places, stations, strict=True)
        given = width
