"""The order of ``yihui plan sites`` and its validation."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from core.faults import Fault
from core.text_marks import N_
from geo.coverage.reach import MAX_RADIUS_M
from geo.siting.candidates import MAX_GRID_M, MIN_GRID_M
from geo.siting.problem import SitingGoal
from geo.siting.spacing import SpacingRule
from yihui.runtime.arguments import WrongValue

if TYPE_CHECKING:
    from geo.crs import Datum


GOALS_BY_MODEL = {
    "mclp": SitingGoal.MCLP,
    "lscp": SitingGoal.LSCP,
    "p-median": SitingGoal.P_MEDIAN,
    "p-centre": SitingGoal.P_CENTRE,
}
MAX_TIME_LIMIT_S = 3_600.0
MIN_STABILITY_RUNS = 20
_A_NUMBER = 100_000


@dataclass(frozen=True, slots=True)
class SitingOrder:
    """What to plan.

    ``candidates`` is a file; without it the candidates form a grid of ``grid_m`` (None: by the size of the
    area, like the demand's grid). ``p`` is the maximum number of new sites, ``budget_fen`` the maximum cost.
    ``keep`` says whether existing stations count, ``closable`` whether the plan may close one to build one
    more elsewhere, ``at_most_close`` how many (None: as many as ``p``). ``apart_m`` is the minimum distance
    of two stations, 0 for none. ``spacing`` applies the spacing rule for towns. ``stability`` is the number
    of disturbed runs, 0 for none.
    *Units*: metres, fen, seconds.
    """

    area: str
    at: datetime
    goal: SitingGoal = SitingGoal.MCLP
    p: int | None = None
    budget_fen: int | None = None
    cost_fen: int | None = None
    candidates: Path | None = None
    datum: "Datum | None" = None
    mapping: Path | None = None
    partial: bool = False
    grid_m: float | None = None
    radius_m: float = 1_000.0
    demand: str = "census"
    demand_column: str | None = None
    demand_datum: "Datum | None" = None
    demand_grid_m: float | None = None
    register: str | None = None
    keep: bool = True
    closable: bool = False
    at_most_close: int | None = None
    least: int = 0
    most: int | None = None
    district_limits: Path | None = None
    spacing: bool = False
    rule: SpacingRule = field(default_factory=SpacingRule)
    apart_m: float = 0.0
    extended_hours: bool = False
    curve: bool = False
    stability: int = 0
    seed: int = 20261120
    time_limit_s: float = 30.0

    @property
    def is_coverage_goal(self) -> bool:
        """Whether the goal counts demand within the radius and not distances."""
        return self.goal in (SitingGoal.MCLP, SitingGoal.LSCP)

    @property
    def most_closed(self) -> int | None:
        """The maximum number of stations that the plan may close; None if it is unlimited.

        It is unlimited if neither ``p`` nor ``at_most_close`` is given.
        """
        if not self.closable:
            return 0
        return self.p if self.at_most_close is None else self.at_most_close


def check_siting_order(order: SitingOrder) -> None:
    """Check the order. *Raises*: WrongValue with all faults."""
    if faults := [*_out_of_range(order), *_do_not_fit(order)]:
        raise WrongValue(faults)


def _out_of_range(order: SitingOrder) -> Iterator[Fault]:
    ranges = (
        ("--radius", order.radius_m, 1.0, MAX_RADIUS_M, N_("give metres, 1 to 100,000 (100 km)")),
        ("--grid", order.grid_m, MIN_GRID_M, MAX_GRID_M, N_("give metres, 50 to 100,000")),
        ("--demand-grid", order.demand_grid_m, MIN_GRID_M, MAX_GRID_M, N_("give metres, 50 to 100,000")),
        ("--apart", order.apart_m, 0.0, MAX_RADIUS_M, N_("give metres, 0 to 100,000")),
        ("--time-limit", order.time_limit_s, 1.0, MAX_TIME_LIMIT_S, N_("give seconds, 1 to 3600")),
        ("-p", order.p, 1, _A_NUMBER, N_("give the number of sites to build, 1 or more")),
        ("--budget", order.budget_fen, 0, 2**60, N_("give yuan, 0 or more")),
        ("--cost", order.cost_fen, 0, 2**50, N_("give yuan, 0 or more")),
        ("--min-per-district", order.least, 0, _A_NUMBER, N_("give a whole number, 0 or more")),
        ("--at-most-close", order.at_most_close, 0, _A_NUMBER, N_("give a whole number, 0 or more")),
        ("--max-per-district", order.most, 0, _A_NUMBER, N_("give a whole number, 0 or more")),
    )
    for name, value, low, high, remedy in ranges:
        if value is not None and not low <= value <= high:
            yield Fault(N_("{field} can't be {value}"), remedy, field=name, value=f"{value:g}")
    if order.stability and not MIN_STABILITY_RUNS <= order.stability <= 1_000:
        remedy = N_("give 20 runs or more; fewer say little")
        yield Fault(N_("{field} can't be {value}"), remedy, field="--stability", value=str(order.stability))


def _do_not_fit(order: SitingOrder) -> Iterator[Fault]:
    if order.p is None and order.budget_fen is None and order.goal is not SitingGoal.LSCP:
        yield Fault(
            N_("nothing says how much may be built"),
            N_("say how many sites (-p 10) or how much money (--budget 500000)"),
            field="-p",
        )
    if order.closable and not order.keep:
        yield Fault(
            N_("nothing stands that could be closed"),
            N_("leave out --fixed none or --closable"),
            field="--closable",
        )
    if order.at_most_close is not None and not order.closable:
        yield Fault(
            N_("it is said how many stations may be closed, but none may be"),
            N_("add --closable, or leave out --at-most-close"),
            field="--at-most-close",
        )
    if order.closable and order.p is None and order.goal is not SitingGoal.LSCP:
        yield Fault(
            N_("stations may be closed, but nothing says how many are to be built"),
            N_("say how many more there may be in all: -p 10"),
            field="--closable",
        )
    if order.most is not None and order.most < order.least:
        yield Fault(
            N_("at least {least} in each district, but at most {value}"),
            N_("write a maximum that is no smaller than the minimum"),
            field="--max-per-district",
            value=str(order.most),
            params={"least": str(order.least)},
        )
    if order.extended_hours and not order.keep:
        yield Fault(
            N_("where nothing stands, nothing can be opened longer"),
            N_("leave out --fixed none or --extended-hours"),
            field="--extended-hours",
        )
