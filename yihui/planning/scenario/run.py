"""Compare a scenario with today: two studies of the same area, demand and instant."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from yihui.bootstrap import Wiring
from yihui.planning.scenario.request import ScenarioOrder
from yihui.planning.study.run import build_study

if TYPE_CHECKING:
    from yihui.planning.study.study import Study


@dataclass(frozen=True, slots=True, eq=False)
class ScenarioComparison:
    """An area's study as it is, and as the scenario leaves it; both have the same demand points."""

    order: ScenarioOrder
    today: "Study"
    scenario: "Study"


def compare_scenario(wiring: Wiring, order: ScenarioOrder) -> ScenarioComparison:
    """Compute both studies.

    *Raises*: FaultError for an unusable area or demand, or an area without a station.
    """
    today = build_study(wiring, order.today)
    return ScenarioComparison(order, today, build_study(wiring, order.scenario))
