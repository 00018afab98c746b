"""Group rows of one kind that lie in the same or in touching cells."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.nearest.point_tree import Indices


def label_patches(cell: Indices, kind: Indices, touching: Indices) -> Indices:
    """Return the patch number of each row.

    Two rows are in one patch if they are of one kind and a chain of touching cells, all with rows of that
    kind, connects them. *Shape*: (n,) twice, positions from 0; (k, 2) pairs of cells; to (n,).
    """
    if not len(cell):
        return np.empty(0, dtype=np.intp)
    kinds = int(kind.max()) + 1
    nodes, node = np.unique(cell * kinds + kind, return_inverse=True)
    one, other = _edges(nodes, kinds, touching)
    joined = coo_array((np.ones(len(one), dtype=np.int8), (one, other)), shape=(len(nodes), len(nodes)))
    label: NDArray[np.int32] = connected_components(joined, directed=False)[1]
    return label[node].astype(np.intp)


def _edges(nodes: Indices, kinds: int, touching: Indices) -> tuple[Indices, Indices]:
    """Return the pairs of nodes (cell and kind) that have the same kind and touching cells."""
    first = np.searchsorted(nodes, touching[:, 0] * kinds)
    count = np.searchsorted(nodes, (touching[:, 0] + 1) * kinds) - first
    pair = np.repeat(np.arange(len(touching)), count)
    one = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + first[pair]
    wanted = nodes[one] % kinds + touching[pair, 1] * kinds
    other = np.minimum(np.searchsorted(nodes, wanted), len(nodes) - 1)
    met = nodes[other] == wanted
    return one[met], other[met]
