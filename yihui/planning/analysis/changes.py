"""The analysis that compares two registers, or the registers of two days, as ``yihui plan compare`` does."""

from dataclasses import replace
from typing import TYPE_CHECKING

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.planning.analysis.fields import AnalysisValues
from yihui.planning.analysis.result import AnalysisResult, AnalysisRun, read_demand_options

if TYPE_CHECKING:
    from yihui.planning.comparison.request import CompareOrder

CHANGE_FAULTS = FaultTable(
    "analysis",
    {
        "same_sides": (
            N_("before and after are the same"),
            N_("choose a day, a register or a file for “before” or for “after”"),
        ),
        "two_sides": (
            N_("a file and also a day or a register are chosen for one side"),
            N_("leave out one of them"),
        ),
    },
)


def _side(values: AnalysisValues, side: str) -> str:
    """Return a side as the command writes it: a path, a name, a date, or name@date. *Raises*: FaultError."""
    file, register, day = values.file(f"{side}-file"), values.text(side), values.text(f"{side}-day")
    if file is None:
        return "@".join(part for part in (register, day) if part) or "now"
    if register or day:
        raise FaultError(CHANGE_FAULTS.build("two_sides", field=f"--{side}-file"))
    return str(file)


def _order(values: AnalysisValues) -> "CompareOrder":
    """Build the order. *Raises*: FaultError."""
    from yihui.planning.comparison.request import CompareOrder

    return CompareOrder(
        values.text("area"),
        _side(values, "before"),
        _side(values, "after"),
        values.instant_or_now(),
        demand=values.text("demand"),
        demand_file=read_demand_options(values),
        radius_m=values.number("radius", 1_000),
        datum=values.datum(),
        hours=values.is_ticked("hours"),
    )


def check_comparison_values(values: AnalysisValues) -> None:
    """*Raises*: FaultError for what doesn't fit together."""
    order = _order(values)
    if order.before == order.after:
        raise FaultError(CHANGE_FAULTS.build("same_sides", field="--before"))


def count_comparison_steps(values: AnalysisValues) -> int:
    """Count the steps: the two sides, their coverage, and that of each hour."""
    return 2 + values.is_ticked("hours")


def run_comparison(run: AnalysisRun) -> AnalysisResult:
    """Compare two sides. *Raises*: FaultError."""
    from yihui.planning.comparison.data import changed_points_csv, comparison_json
    from yihui.planning.comparison.run import compare_registers
    from yihui.planning.comparison.text import comparison_lines

    order = _order(run.values)
    points = run.output("points", f"comparison-{order.area}-points.csv")
    found = compare_registers(run.wiring, order)
    shown = replace(order, before=run.name_of(order.before), after=run.name_of(order.after))
    found = replace(found, order=shown)
    return AnalysisResult(
        [*comparison_lines(found, run.language)],
        notes=run.notes(found.chosen.notes),
        figures=lambda: comparison_json(found),
        files=[] if points is None else [(points, changed_points_csv(found))],
    )
