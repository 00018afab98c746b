"""Build a model and run HiGHS on it, with a starting solution, progress callbacks and a stop signal."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import highspy
import numpy as np
from highspy.highs import HighsCallbackEvent
from scipy.sparse import eye_array

from geo.siting.merging import CoverCore
from geo.siting.problem import Floats, Ints
from geo.siting.restrictions import Restrictions, block_matrix

if TYPE_CHECKING:
    from geo.siting.restrictions import Matrix


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


_LARGE = 200_000  # matrix entries; above this number the interior point method is faster at the root


class SolverOutcome(StrEnum):
    """How a HiGHS run ended."""

    OPTIMAL = "optimal"
    INFEASIBLE = "infeasible"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, eq=False)
class SolverResult:
    """The result of a HiGHS run.

    ``open_sites`` are the model's open sites, None where no solution was found; ``bound`` is an upper bound
    of the model's worth.
    """

    outcome: SolverOutcome
    open_sites: Ints | None
    bound: float


@dataclass(frozen=True, slots=True, eq=False)
class SolverCallbacks:
    """Callbacks during a HiGHS run: a better solution, a better bound, and whether to continue."""

    report_plan: Callable[[Ints], None] = lambda _: None
    report_bound: Callable[[float], None] = lambda _: None
    goes_on: Callable[[], bool] = lambda: True


_NO_CALLBACKS = SolverCallbacks()


def run_highs(
    model: MipModel,
    start: Ints | None = None,
    hearing: SolverCallbacks = _NO_CALLBACKS,
    *,
    nodes: int | None = None,
) -> SolverResult:
    """Solve a model to optimality, up to ``nodes`` nodes, or until the callbacks stop the run.

    HiGHS uses one thread, so that runs are repeatable.
    """
    if not model.sites:
        return _nothing_to_choose(model)
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    _set(highs, model, nodes)
    highs.passModel(_programme(model))
    if start is not None:
        solution = np.zeros(model.sites)
        solution[start] = 1.0
        highs.setSolution(model.sites, np.arange(model.sites, dtype=np.int32), solution)
    _subscribe_callbacks(highs, model, hearing)
    highs.run()
    return _answer(highs, model)


def _nothing_to_choose(model: MipModel) -> SolverResult:
    if (model.row_lower > 0).any() or (model.row_upper < 0).any():
        return SolverResult(SolverOutcome.INFEASIBLE, None, -np.inf)
    return SolverResult(SolverOutcome.OPTIMAL, np.empty(0, dtype=np.int64), model.constant)


def _set(highs: highspy.Highs, model: MipModel, nodes: int | None) -> None:
    options: dict[str, bool | int | float | str] = {
        "output_flag": False,
        "threads": 1,
        "mip_rel_gap": 0.0,
        "mip_abs_gap": 1e-7,
        "mip_feasibility_tolerance": 1e-7,
    }
    if model.rows.nnz > _LARGE:
        options["mip_lp_solver"] = "ipm"
    if nodes is not None:
        options["mip_max_nodes"] = nodes
    for name, value in options.items():
        highs.setOptionValue(name, value)


def _programme(model: MipModel) -> highspy.HighsLp:
    programme = highspy.HighsLp()
    columns, rows = len(model.worth), len(model.row_lower)
    programme.num_col_, programme.num_row_ = columns, rows
    programme.col_cost_, programme.offset_ = -model.worth, -model.constant
    programme.col_lower_, programme.col_upper_ = model.lower, model.upper
    programme.row_lower_, programme.row_upper_ = model.row_lower, model.row_upper
    matrix = programme.a_matrix_
    matrix.format_ = highspy.MatrixFormat.kRowwise
    matrix.num_col_, matrix.num_row_ = columns, rows
    matrix.start_ = model.rows.indptr.astype(np.int32)
    matrix.index_ = model.rows.indices.astype(np.int32)
    matrix.value_ = model.rows.data
    kind = highspy.HighsVarType
    programme.integrality_ = [kind.kInteger] * model.sites + [kind.kContinuous] * (columns - model.sites)
    return programme


def _subscribe_callbacks(highs: highspy.Highs, model: MipModel, hearing: SolverCallbacks) -> None:
    def improved(event: HighsCallbackEvent) -> None:
        values = np.asarray(event.data_out.mip_solution)
        hearing.report_plan(open_sites_of(values[: model.sites]))

    def looked(event: HighsCallbackEvent) -> None:
        bound = -float(event.data_out.mip_dual_bound)
        if np.isfinite(bound):
            hearing.report_bound(bound)
        stop(event)

    def stop(event: HighsCallbackEvent) -> None:
        if not hearing.goes_on():
            event.interrupt()

    highs.cbMipImprovingSolution.subscribe(improved)
    highs.cbMipInterrupt.subscribe(looked)
    highs.cbSimplexInterrupt.subscribe(stop)
    highs.cbIpmInterrupt.subscribe(stop)


def open_sites_of(values: Floats) -> Ints:
    return np.flatnonzero(values > 0.5)


def _answer(highs: highspy.Highs, model: MipModel) -> SolverResult:
    status = highs.getModelStatus()
    known = highspy.HighsModelStatus
    if status in (known.kInfeasible, known.kUnboundedOrInfeasible):
        return SolverResult(SolverOutcome.INFEASIBLE, None, -np.inf)
    info = highs.getInfo()
    has_solution = info.primal_solution_status == int(highspy.SolutionStatus.kSolutionStatusFeasible)
    values = np.asarray(highs.getSolution().col_value[: model.sites])
    optimal = status in (known.kOptimal, known.kModelEmpty)
    bound = -float(info.mip_dual_bound)
    if optimal and not np.isfinite(bound):
        bound = -float(info.objective_function_value)
    outcome = SolverOutcome.OPTIMAL if optimal else SolverOutcome.STOPPED
    return SolverResult(outcome, open_sites_of(values) if has_solution else None, bound)
