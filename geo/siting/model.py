"""A mixed-integer model as plain arrays; the first variables are the free sites."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import eye_array

from geo.siting.merging import CoverCore
from geo.siting.problem import Floats
from geo.siting.restrictions import Restrictions
from geo.siting.sparse import block_matrix

if TYPE_CHECKING:
    from geo.siting.sparse import Matrix


@dataclass(frozen=True, slots=True, eq=False)
class MipModel:
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


def build_limits_model(limits: Restrictions, worth: Floats) -> MipModel:
    """Build the model of the best feasible choice of sites by separate worths, without demands."""
    sites = limits.rows.shape[1]
    return MipModel(
        worth, 0.0, np.zeros(sites), np.ones(sites), limits.rows, limits.lower, limits.upper, sites
    )


def build_covering_model(core: CoverCore, lower: Floats, upper: Floats) -> MipModel:
    """Build the MCLP model, with one more variable for each demand.

    That variable can be 1 only if a site that covers the demand is open.
    """
    kept = np.flatnonzero(np.diff(core.rows.indptr) > 0)
    rows, n = core.rows[kept], len(kept)
    return MipModel(
        worth=np.concatenate((np.zeros(core.sites), core.weights[kept])),
        constant=core.base,
        lower=np.concatenate((lower, np.zeros(n))),
        upper=np.concatenate((upper, np.ones(n))),
        rows=block_matrix([[rows, -eye_array(n, format="csr")], [core.limits.rows, None]]),
        row_lower=np.concatenate((np.zeros(n), core.limits.lower)),
        row_upper=np.concatenate((np.full(n, np.inf), core.limits.upper)),
        sites=core.sites,
    )


def build_set_covering_model(core: CoverCore, cost: Floats, lower: Floats, upper: Floats) -> MipModel:
    """Build the LSCP model: every demand covered at the least cost."""
    return build_row_covering_model(core.rows, core.limits, -cost, lower, upper)


def build_row_covering_model(
    rows: "Matrix", limits: Restrictions, worth: Floats, lower: Floats, upper: Floats
) -> MipModel:
    """Build the model of the best choice of sites by separate worths that has one site in every row."""
    n = rows.shape[0]
    return MipModel(
        worth=worth,
        constant=0.0,
        lower=lower,
        upper=upper,
        rows=block_matrix([[rows], [limits.rows]]),
        row_lower=np.concatenate((np.ones(n), limits.lower)),
        row_upper=np.concatenate((np.full(n, np.inf), limits.upper)),
        sites=len(worth),
    )
