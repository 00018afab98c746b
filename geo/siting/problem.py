"""A siting task: demands, candidate sites, and which site serves which demand at what distance."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.siting.limits import Ints, SitingLimits

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


class SitingGoal(StrEnum):
    """The objective of a plan."""

    MCLP = "mclp"  # most demand covered
    LSCP = "lscp"  # every demand covered at the least cost
    P_MEDIAN = "p_median"  # least sum of demand × distance
    P_CENTRE = "p_centre"  # least distance of the worst-served demand

    @property
    def is_cover(self) -> bool:
        """Whether it is about demand within the radius, and not about distances."""
        return self in (SitingGoal.MCLP, SitingGoal.LSCP)


@dataclass(frozen=True, slots=True, eq=False)
class Cover:
    """Which sites cover each demand, as the rows of a sparse matrix.

    Row ``i`` is ``site_of[starts[i]:starts[i + 1]]``, unordered and without repetition; a row may be empty.
    *Shape*: weights (n,), starts (n + 1,), site_of (pairs,). *Raises*: ValueError where these contradict.
    """

    weights: Floats
    starts: Ints
    site_of: Ints
    sites: int

    def __post_init__(self) -> None:
        _check_rows(self.weights, self.starts, self.site_of, self.sites)

    @classmethod
    def from_lists(cls, weights: ArrayLike, rows: Sequence[Sequence[int]], sites: int) -> "Cover":
        """Build from a list of sites for each demand."""
        starts, site_of = _gathered(rows)
        return cls(np.asarray(weights, dtype=np.float64), starts, site_of, sites)

    @classmethod
    def from_metres(cls, weights: ArrayLike, metres: ArrayLike, radius_m: float) -> "Cover":
        """Build from a table of metres, demands × sites: a site covers up to and including the radius."""
        near = np.asarray(metres, dtype=np.float64) <= radius_m
        starts = np.concatenate(([0], np.cumsum(near.sum(axis=1))))
        return cls(np.asarray(weights, dtype=np.float64), starts, np.nonzero(near)[1], near.shape[1])

    @property
    def total(self) -> float:
        return float(self.weights.sum())

    def select_rows(self, rows: Ints) -> "Cover":
        """Return the cover of some demands only."""
        bounds = self.starts.tolist()
        parts = [self.site_of[bounds[row] : bounds[row + 1]] for row in rows.tolist()]
        starts = np.concatenate(([0], np.cumsum([len(part) for part in parts], dtype=np.int64)))
        site_of = np.concatenate([np.empty(0, dtype=np.int64), *parts])
        return Cover(self.weights[rows], starts.astype(np.int64), site_of, self.sites)


@dataclass(frozen=True, slots=True, eq=False)
class Distances:
    """The distance of each demand from the sites that may serve it; pairs that are not listed may not.

    *Shape*: as `Cover`, metres (pairs,). *Units*: metres, or any other cost that is finite and >= 0.
    """

    weights: Floats
    starts: Ints
    site_of: Ints
    metres: Floats
    sites: int

    def __post_init__(self) -> None:
        _check_rows(self.weights, self.starts, self.site_of, self.sites)
        if len(self.metres) != len(self.site_of):
            raise ValueError(f"{len(self.metres)} distances for {len(self.site_of)} pairs; give one for each")
        if not (np.isfinite(self.metres).all() and (self.metres >= 0).all()):
            raise ValueError("a distance is negative or not finite; leave such pairs out")

    @classmethod
    def from_metres(cls, weights: ArrayLike, metres: ArrayLike) -> "Distances":
        """Build from a table of metres, demands × sites; infinite where a site can't serve a demand."""
        table = np.asarray(metres, dtype=np.float64)
        there = ~np.isposinf(table)
        starts = np.concatenate(([0], np.cumsum(there.sum(axis=1))))
        weight = np.asarray(weights, dtype=np.float64)
        return cls(weight, starts, np.nonzero(there)[1], table[there], table.shape[1])


@dataclass(frozen=True, slots=True, eq=False)
class SitingTask:
    """One siting task: the goal, which site serves which demand, and the limits of a plan.

    *Raises*: ValueError where data and goal don't match.
    """

    goal: SitingGoal
    data: Cover | Distances
    limits: SitingLimits = field(default_factory=SitingLimits)

    def __post_init__(self) -> None:
        wanted = Cover if self.goal.is_cover else Distances
        if not isinstance(self.data, wanted):
            raise ValueError(f"{self.goal} needs {wanted.__name__}, not {type(self.data).__name__}")

    @property
    def is_maximised(self) -> bool:
        return self.goal is SitingGoal.MCLP


def _gathered(rows: Sequence[Sequence[int]]) -> tuple[Ints, Ints]:
    starts = np.concatenate(([0], np.cumsum([len(row) for row in rows], dtype=np.int64)))
    return starts.astype(np.int64), np.array([site for row in rows for site in row], dtype=np.int64)


def _check_rows(weights: Floats, starts: Ints, site_of: Ints, sites: int) -> None:
    if len(starts) != len(weights) + 1 or starts[0] != 0 or starts[-1] != len(site_of):
        raise ValueError(f"starts do not divide {len(site_of)} pairs into {len(weights)} rows")
    if (np.diff(starts) < 0).any():
        raise ValueError("starts go backwards")
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise ValueError("a weight is negative or not finite; give finite weights, 0 or more")
    if len(site_of) and not (site_of.min() >= 0 and site_of.max() < sites):
        raise ValueError(f"a row names a site outside 0..{sites - 1}")
