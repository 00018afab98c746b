"""Sparse matrices in compressed rows, with loop-free access to rows."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import block_array, csr_array

from geo.siting.limits import Ints

if TYPE_CHECKING:
    Matrix = csr_array[np.float64, tuple[int, int]]


def build_matrix(data: NDArray[np.float64], indices: Ints, starts: Ints, columns: int) -> "Matrix":
    """Build a matrix from rows as in `Cover` and `Distances`. *Shape*: (len(starts) - 1, columns)."""
    return csr_array((data, indices, starts), shape=(len(starts) - 1, columns))


def ones_matrix(indices: Ints, starts: Ints, columns: int) -> "Matrix":
    return build_matrix(np.ones(len(indices)), indices, starts, columns)


def transpose(of: "Matrix") -> "Matrix":
    """Return the transposed matrix, in compressed rows."""
    return csr_array(of.T)


def block_matrix(blocks: "Sequence[Sequence[Matrix | None]]") -> "Matrix":
    """Build one matrix from blocks; None is an empty block."""
    whole: Matrix = csr_array(block_array(blocks, format="csr"), dtype=np.float64)  # type: ignore[call-overload]
    return whole


def multiply(of: "Matrix", vector: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return matrix times vector."""
    return np.asarray(of @ vector, dtype=np.float64)


def column_indices(of: "Matrix") -> Ints:
    return np.asarray(of.indices, dtype=np.int64)


def row_starts(of: "Matrix") -> Ints:
    return np.asarray(of.indptr, dtype=np.int64)


def pair_positions(starts: Ints, rows: Ints) -> Ints:
    """Return the positions of the entries of some rows, row by row."""
    begin = starts[rows].astype(np.int64)
    length = starts[rows + 1] - begin
    ends = np.cumsum(length)
    total = int(ends[-1]) if len(ends) else 0
    return np.asarray(np.arange(total) + np.repeat(begin - (ends - length), length), dtype=np.int64)


def row_of_pairs(starts: Ints) -> Ints:
    """Return the row of each entry."""
    return np.repeat(np.arange(len(starts) - 1, dtype=np.int64), np.diff(starts))


def distinct_positions(positions: Ints, size: int) -> Ints:
    """Return each position once, sorted; positions are below ``size``."""
    there = np.zeros(size, dtype=bool)
    there[positions] = True
    return np.flatnonzero(there)
