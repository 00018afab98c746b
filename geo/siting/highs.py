"""HiGHS on a model: told where to start, heard while it works, stopped when asked to."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import highspy
import numpy as np
from highspy.highs import HighsCallbackEvent

from geo.siting.limits import Ints
from geo.siting.model import Model
from geo.siting.problem import Floats

_LARGE = 200_000  # entries; from here on the interior point method is the quicker one at the root


class Outcome(StrEnum):
    """How a run ended."""

    OPTIMAL = "optimal"
    INFEASIBLE = "infeasible"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """``opened`` are the model's sites, None where no solution was found; ``bound`` is of the model's worth."""

    outcome: Outcome
    opened: Ints | None
    bound: float


@dataclass(frozen=True, slots=True, eq=False)
class Hearing:
    """What is called while HiGHS works: better solutions, better bounds, and whether to go on."""

    found: Callable[[Ints], None]
    bounded: Callable[[float], None]
    goes_on: Callable[[], bool]


DEAF = Hearing(lambda _: None, lambda _: None, lambda: True)


def run(
    model: Model, start: Ints | None = None, hearing: Hearing = DEAF, *, nodes: int | None = None
) -> Answer:
    """Solve a model to the end, to so many nodes, or until told to stop. One thread, so that it is repeatable."""
    if not model.sites:
        return _nothing_to_choose(model)
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    _set(highs, model, nodes)
    highs.passModel(_programme(model))
    if start is not None:
        solution = np.zeros(model.sites)
        solution[start] = 1.0
        highs.setSolution(model.sites, np.arange(model.sites, dtype=np.int32), solution)
    _hear(highs, model, hearing)
    highs.run()
    return _answer(highs, model)


def _nothing_to_choose(model: Model) -> Answer:
    if (model.row_lower > 0).any() or (model.row_upper < 0).any():
        return Answer(Outcome.INFEASIBLE, None, -np.inf)
    return Answer(Outcome.OPTIMAL, np.empty(0, dtype=np.int64), model.constant)


def _set(highs: highspy.Highs, model: Model, nodes: int | None) -> None:
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


def _programme(model: Model) -> highspy.HighsLp:
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


def _hear(highs: highspy.Highs, model: Model, hearing: Hearing) -> None:
    def improved(event: HighsCallbackEvent) -> None:
        values = np.asarray(event.data_out.mip_solution)
        hearing.found(opened_of(values[: model.sites]))

    def looked(event: HighsCallbackEvent) -> None:
        bound = -float(event.data_out.mip_dual_bound)
        if np.isfinite(bound):
            hearing.bounded(bound)
        stop(event)

    def stop(event: HighsCallbackEvent) -> None:
        if not hearing.goes_on():
            event.interrupt()

    highs.cbMipImprovingSolution.subscribe(improved)
    highs.cbMipInterrupt.subscribe(looked)
    highs.cbSimplexInterrupt.subscribe(stop)
    highs.cbIpmInterrupt.subscribe(stop)


def opened_of(values: Floats) -> Ints:
    return np.flatnonzero(values > 0.5)


def _answer(highs: highspy.Highs, model: Model) -> Answer:
    status = highs.getModelStatus()
    known = highspy.HighsModelStatus
    if status in (known.kInfeasible, known.kUnboundedOrInfeasible):
        return Answer(Outcome.INFEASIBLE, None, -np.inf)
    info = highs.getInfo()
    has_solution = info.primal_solution_status == int(highspy.SolutionStatus.kSolutionStatusFeasible)
    values = np.asarray(highs.getSolution().col_value[: model.sites])
    optimal = status in (known.kOptimal, known.kModelEmpty)
    bound = -float(info.mip_dual_bound) if model.sites else -float(info.objective_function_value)
    if optimal and not np.isfinite(bound):
        bound = -float(info.objective_function_value)
    outcome = Outcome.OPTIMAL if optimal else Outcome.STOPPED
    return Answer(outcome, opened_of(values) if has_solution else None, bound)
