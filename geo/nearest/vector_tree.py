"""A spatial tree of geocentric vectors."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pykdtree.kdtree import KDTree

from geo.geodesy import Floats

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
