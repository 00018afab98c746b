"""A mixed-integer programme as plain numbers; the first variables are the sites that are free to be chosen."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import eye_array

from geo.siting.merging import Core
from geo.siting.problem import Floats
from geo.siting.restrictions import Restrictions
from geo.siting.sparse import of_blocks

if TYPE_CHECKING:
    from geo.siting.sparse import Matrix


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Maximise ``constant + worth @ x``, ``row_lower <= rows @ x <= row_upper``, ``lower <= x <= upper``.

    The first ``sites`` of x are whole numbers.
    """

    worth: Floats
    constant: float
    lower: Floats
    upper: Floats
    rows: "Matrix"
    row_lower: Floats
    row_upper: Floats
    sites: int


def limits_only(limits: Restrictions, worth: Floats) -> Model:
    """The best choice of sites by separate worths: what is feasible at all."""
    sites = limits.rows.shape[1]
    return Model(worth, 0.0, np.zeros(sites), np.ones(sites), limits.rows, limits.lower, limits.upper, sites)


def covering(core: Core, lower: Floats, upper: Floats) -> Model:
    """Most demand covered: one more variable for each demand, which no site may leave at 1 by itself."""
    kept = np.flatnonzero(np.diff(core.rows.indptr) > 0)
    rows, n = core.rows[kept], len(kept)
    return Model(
        worth=np.concatenate((np.zeros(core.sites), core.weights[kept])),
        constant=core.base,
        lower=np.concatenate((lower, np.zeros(n))),
        upper=np.concatenate((upper, np.ones(n))),
        rows=of_blocks([[rows, -eye_array(n, format="csr")], [core.limits.rows, None]]),
        row_lower=np.concatenate((np.zeros(n), core.limits.lower)),
        row_upper=np.concatenate((np.full(n, np.inf), core.limits.upper)),
        sites=core.sites,
    )


def set_covering(core: Core, cost: Floats, lower: Floats, upper: Floats) -> Model:
    """Every demand covered at the least cost."""
    return served(core.rows, core.limits, -cost, lower, upper)


def served(rows: "Matrix", limits: Restrictions, worth: Floats, lower: Floats, upper: Floats) -> Model:
    """The best choice of sites by separate worths that has one in every row."""
    n = rows.shape[0]
    return Model(
        worth=worth,
        constant=0.0,
        lower=lower,
        upper=upper,
        rows=of_blocks([[rows], [limits.rows]]),
        row_lower=np.concatenate((np.ones(n), limits.lower)),
        row_upper=np.concatenate((np.full(n, np.inf), limits.upper)),
        sites=len(worth),
    )
