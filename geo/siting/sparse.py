"""Sparse matrices: rows of positions, gathered without a loop."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from geo.siting.limits import Ints

if TYPE_CHECKING:
    Matrix = csr_array[np.float64, tuple[int, int]]


def matrix(data: NDArray[np.float64], indices: Ints, starts: Ints, columns: int) -> "Matrix":
    """A matrix of rows as `Cover` and `Distances` hold them. *Shape*: (len(starts) - 1, columns)."""
    return csr_array((data, indices, starts), shape=(len(starts) - 1, columns))


def ones(indices: Ints, starts: Ints, columns: int) -> "Matrix":
    return matrix(np.ones(len(indices)), indices, starts, columns)


def transposed(of: "Matrix") -> "Matrix":
    """The same by columns, as rows."""
    return csr_array(of.T)


def pairs_of(starts: Ints, rows: Ints) -> Ints:
    """Where the entries of some rows stand, row after row."""
    begin = starts[rows].astype(np.int64)
    length = starts[rows + 1] - begin
    ends = np.cumsum(length)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total, dtype=np.int64) + np.repeat(begin - (ends - length), length)


def row_of_pairs(starts: Ints) -> Ints:
    """For each entry its row."""
    return np.repeat(np.arange(len(starts) - 1, dtype=np.int64), np.diff(starts))


def distinct(positions: Ints, size: int) -> Ints:
    """Each position once, sorted; positions are below ``size``."""
    there = np.zeros(size, dtype=bool)
    there[positions] = True
    return np.flatnonzero(there)
