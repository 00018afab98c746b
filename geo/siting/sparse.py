"""Sparse matrices: rows of positions, gathered without a loop."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import block_array, csr_array

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


def of_blocks(blocks: "Sequence[Sequence[Matrix | None]]") -> "Matrix":
    """One matrix of several; None is empty."""
    whole: Matrix = csr_array(block_array(blocks, format="csr"), dtype=np.float64)  # type: ignore[call-overload]
    return whole


def times(of: "Matrix", vector: NDArray[np.float64]) -> NDArray[np.float64]:
    """Matrix times vector."""
    return np.asarray(of @ vector, dtype=np.float64)


def indices_of(of: "Matrix") -> Ints:
    return np.asarray(of.indices, dtype=np.int64)


def starts_of(of: "Matrix") -> Ints:
    return np.asarray(of.indptr, dtype=np.int64)


def pairs_of(starts: Ints, rows: Ints) -> Ints:
    """Where the entries of some rows stand, row after row."""
    begin = starts[rows].astype(np.int64)
    length = starts[rows + 1] - begin
    ends = np.cumsum(length)
    total = int(ends[-1]) if len(ends) else 0
    return np.asarray(np.arange(total) + np.repeat(begin - (ends - length), length), dtype=np.int64)


def row_of_pairs(starts: Ints) -> Ints:
    """For each entry its row."""
    return np.repeat(np.arange(len(starts) - 1, dtype=np.int64), np.diff(starts))


def distinct(positions: Ints, size: int) -> Ints:
    """Each position once, sorted; positions are below ``size``."""
    there = np.zeros(size, dtype=bool)
    there[positions] = True
    return np.flatnonzero(there)
