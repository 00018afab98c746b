"""Demand of several kinds beside each other: residents, riders' orders, riders' searches."""

from collections.abc import Sequence
from math import fsum

import numpy as np

from geo.coverage.demand import EVERY_HOUR, WEIGHTED_UNIT, Demand


def mix_demands(first: Demand, others: Sequence[tuple[Demand, float]]) -> Demand:
    """Return a demand in which each of the others has a share of the whole, and the first has the rest.

    The whole weighs as much as the first did alone, so that figures stay comparable with it. Points with an hour
    keep it (`Demand.hour`): over a week each kind has its share of the whole, in a single hour riders may weigh
    more or less. *Units*: shares 0..1; the mixture has the unit `WEIGHTED_UNIT`.
    *Raises*: ValueError for shares that are no parts of a whole, or a demand without any weight.
    """
    shares = [share for _, share in others]
    if any(not 0 < share <= 1 for share in shares) or fsum(shares) > 1:
        raise ValueError(
            f"the shares {shares} are no parts of a whole; give some above 0 that sum to 1 at most"
        )
    parts = [(first, 1 - fsum(shares)), *others]
    if not all(part.total > 0 for part, _ in parts):
        raise ValueError("a demand of the mixture has no weight; leave it out")
    hours = [
        np.full(len(part), EVERY_HOUR, dtype=np.int16) if part.hour is None else part.hour
        for part, _ in parts
    ]
    return Demand(
        np.concatenate([part.points for part, _ in parts]),
        np.concatenate([part.weight * (share * first.total / part.total) for part, share in parts]),
        WEIGHTED_UNIT,
        np.concatenate([part.district for part, _ in parts]),
        None if all(part.hour is None for part, _ in parts) else np.concatenate(hours),
    )
