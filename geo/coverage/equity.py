"""How evenly access is distributed over the demand."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from geo.coverage.floating import checked_amounts
from geo.geodesy import Floats

WORST_TENTH = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Equity:
    """How access is spread over the demand; each unit of demand counts as one.

    ``gini`` is 0 where all have the same access and near 1 where a few have all of it. ``worst_tenth`` is
    the mean access of the tenth of the demand that has the least, ``worst_tenth_share`` its share of all
    access. ``without_share`` is the share of the demand that has no access. ``gini`` and
    ``worst_tenth_share`` are NaN where there is no access at all.
    *Shape*: ``lorenz`` is (k, 2), from (0, 0) to (1, 1), worst served first: the cumulative share of the
    demand, and its share of all access. *Units*: those of access; shares 0..1.
    """

    gini: float
    mean: float
    worst_tenth: float
    worst_tenth_share: float
    without_share: float
    lorenz: Floats


def compute_equity(access: ArrayLike, weight: ArrayLike) -> Equity:
    """Compute the Gini coefficient, worst tenth and Lorenz curve of access, weighted by demand.

    NaN counts as no access: `two_step_access` returns it where no place is within reach.

    *Shape*: (n,) both. *Raises*: ValueError for access below 0 or infinite, a weight that is negative or no
    number, or no demand at all.
    *Source*: Lerman & Yitzhaki, Economics Letters 15 (1984), 363-368, for weighted data.

    >>> found = compute_equity([0, 1, 3], [20, 40, 40])
    >>> round(found.gini, 3), found.mean, found.worst_tenth, found.without_share
    (0.4, 1.6, 0.0, 0.2)
    """
    amounts, people = _checked(access, weight)
    order = np.argsort(amounts, kind="stable")
    amounts, people = amounts[order], people[order]
    so_far = np.concatenate(([0.0], np.cumsum(people)))
    held = np.concatenate(([0.0], np.cumsum(people * amounts)))
    total, everything = so_far[-1], held[-1]
    least = float(np.interp(WORST_TENTH * total, so_far, held))
    curve = np.column_stack((so_far / total, held / everything if everything else np.full(len(held), np.nan)))
    return Equity(
        gini=_gini(curve),
        mean=float(everything / total),
        worst_tenth=least / float(WORST_TENTH * total),
        worst_tenth_share=least / float(everything) if everything else np.nan,
        without_share=float(people[amounts == 0].sum() / total),
        lorenz=curve,
    )


def lorenz_percentiles(curve: Floats) -> list[tuple[float, float]]:
    """Return a Lorenz curve at every hundredth of the demand. *Shape*: (n, 2), shares 0..1."""
    share = np.linspace(0, 1, 101)
    return list(zip(share.tolist(), np.interp(share, curve[:, 0], curve[:, 1]).tolist(), strict=True))


def _gini(curve: Floats) -> float:
    """Return twice the area between the diagonal and the curve."""
    share, held = curve[:, 0], curve[:, 1]
    return float(1.0 - np.sum(np.diff(share) * (held[1:] + held[:-1])))


def _checked(access: ArrayLike, weight: ArrayLike) -> tuple[Floats, Floats]:
    given = np.asarray(access, dtype=np.float64)
    amounts = checked_amounts("access", np.where(np.isnan(given), 0.0, given))
    people = checked_amounts("weight", weight)
    if people.shape != amounts.shape:
        raise ValueError(
            f"weights have the shape {people.shape}; give one for each of the {len(amounts)} rows"
        )
    if not people.sum() > 0:
        raise ValueError("there is no demand to share among: every weight is 0")
    return amounts[people > 0], people[people > 0]
