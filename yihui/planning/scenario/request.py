"""What a scenario is compared by, and its checks."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from core.civil_time import CIVIL_TIME
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.planning.demand.request import (
    CENSUS_DEMAND,
    GROUND_DEMAND,
    SEARCHES_DEMAND,
    UNMET_SEARCHES_DEMAND,
)
from yihui.planning.request import MIN_RADIUS_M
from yihui.planning.scenario.outline import Outline
from yihui.planning.study.request import StudyOrder

if TYPE_CHECKING:
    from geo.scenario import ScenarioChange

MAX_SITES = 20  # to propose at once; a planner looks at each
MAX_RADIUS_M = 20_000.0  # as the crow flies; farther is no way on foot or by bike
DEMANDS = {
    CENSUS_DEMAND: N_("residents (census)"),
    GROUND_DEMAND: N_("ground"),
    SEARCHES_DEMAND: N_("riders' searches"),
    UNMET_SEARCHES_DEMAND: N_("riders' searches that found nothing open"),
    f"{CENSUS_DEMAND}+{SEARCHES_DEMAND}=30%": N_("residents and, for 30 %, riders' searches by hour"),
}
SCENARIO_ORDER_FAULTS = FaultTable(
    "scenario_order",
    {
        "radius": (N_("the reach can't be “{value}”"), N_("give metres, 1 to 20,000")),
        "hour": (N_("the hour can't be “{value}”"), N_("give a full hour, 0 to 23")),
        "demand": (N_("“{value}” is no demand"), N_("choose one of the list")),
        "sites": (N_("the number of sites can't be “{value}”"), N_("give a whole number, 1 to {most}")),
    },
)


@dataclass(frozen=True, slots=True)
class ScenarioOrder:
    """What to compare with today: the changes, at an instant, within a radius. *Units*: metres."""

    area: str
    at: datetime
    changes: "tuple[ScenarioChange, ...]"
    radius_m: float = 1_000.0
    demand: str = CENSUS_DEMAND
    outline: Outline = ()

    @property
    def today(self) -> StudyOrder:
        """The study of the stations as they are."""
        return StudyOrder(
            self.area, self.at, radius_m=self.radius_m, demand=self.demand, outline=self.outline
        )

    @property
    def scenario(self) -> StudyOrder:
        """The study of the stations as the changes leave them."""
        return replace(self.today, changes=self.changes)


@dataclass(frozen=True, slots=True)
class ComparisonTerms:
    """The hour of the day, the reach and the demand of a comparison. *Units*: metres."""

    hour: int = 12
    radius_m: float = 1_000.0
    demand: str = CENSUS_DEMAND

    def instant(self, day: date) -> datetime:
        """Return the instant of the hour on a civil day."""
        return datetime.combine(day, time(self.hour), CIVIL_TIME)


def parse_comparison_terms(
    hour: str, radius: str, demand: str, demands: Collection[str] = DEMANDS
) -> ComparisonTerms:
    """Parse what was typed; ``demands`` are those that may be chosen. *Raises*: FaultError with all faults."""
    faults = []
    is_hour = hour.isascii() and hour.isdecimal() and len(hour) <= 2 and int(hour) < 24
    if not is_hour:
        faults.append(SCENARIO_ORDER_FAULTS.build("hour", field="hour", value=hour[:20]))
    digits = radius.replace(",", "")
    is_radius = digits.isascii() and digits.isdecimal() and len(digits) <= 5
    if not (is_radius and MIN_RADIUS_M <= int(digits) <= MAX_RADIUS_M):
        faults.append(SCENARIO_ORDER_FAULTS.build("radius", field="radius", value=radius[:20]))
    if demand not in demands:
        faults.append(SCENARIO_ORDER_FAULTS.build("demand", field="demand", value=demand[:20]))
    if faults:
        raise FaultError(faults)
    return ComparisonTerms(int(hour), float(digits), demand)


def parse_site_count(text: str) -> int:
    """Parse how many sites are to be proposed. *Raises*: FaultError."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 2 and 1 <= int(text) <= MAX_SITES):
        fault = SCENARIO_ORDER_FAULTS.build("sites", field="sites", value=text[:20], most=MAX_SITES)
        raise FaultError(fault)
    return int(text)
