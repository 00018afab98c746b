"""Load the publishable riders' searches as demand, at the centres of their cells."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from core.civil_time import civil_date
from core.faults import Fault, FaultError
from core.text_marks import N_
from geo.coverage import Demand
from geo.coverage.cells import cell_centres, cells_from_names, parent_cell_name
from geo.registry import load_search_groups
from geo.search_counts import LATE_DAYS, MIN_GROUP_SIZE, SearchGroup, next_month
from yihui.planning.demand.columns import SEARCHES_UNIT
from yihui.planning.demand.places import DemandRegion

if TYPE_CHECKING:
    from yihui.bootstrap import Wiring


@dataclass(frozen=True, slots=True)
class SearchDemand:
    """Searches of some months as demand.

    ``first`` is the first day of the first month, ``last`` the last day of the last month.
    """

    demand: Demand
    groups: tuple[SearchGroup, ...]
    first: date
    last: date


def load_search_demand(
    wiring: "Wiring", region: DemandRegion, *, unmet: bool, since: date | None = None
) -> SearchDemand:
    """Load the publishable searches of a region; ``unmet`` selects those that found nothing open.

    *Raises*: FaultError where there are none yet.
    """
    today = civil_date(wiring.now())
    with wiring.database.read() as connection:
        shown = [
            g
            for g in load_search_groups(connection, today, parent_cell_name, since)
            if not (unmet and g.found)
        ]
    points = cell_centres(cells_from_names([group.cell for group in shown]))
    codes = region.assign_counties(points) if shown else np.array([], dtype=object)
    inside = np.array([code is not None for code in codes.tolist()], dtype=bool)
    groups = tuple(group for group, there in zip(shown, inside, strict=True) if there)
    if not groups:
        raise FaultError([_none_yet(today)])
    weight = np.array([group.count for group in groups], dtype=np.float64)
    demand = Demand(points[inside], weight, SEARCHES_UNIT, codes[inside])
    months = [group.month for group in groups]
    return SearchDemand(demand, groups, min(months), next_month(max(months)) - timedelta(days=1))


def count_searches_by_hour(groups: Sequence[SearchGroup]) -> tuple[tuple[int, ...], int]:
    """Return the searches by hour of the week, and the number whose hour is withheld.

    An hour is withheld where its cell had too few searches in every single hour. *Shape*: (168,).
    """
    hours = [0] * 168
    for group in groups:
        if group.hour is not None:
            hours[group.hour] += group.count
    return tuple(hours), sum(group.count for group in groups if group.hour is None)


def _none_yet(today: date) -> Fault:
    shown_from = next_month(today) + timedelta(days=LATE_DAYS)
    return Fault(
        N_(
            "there are no searches to show: a month is shown a week after it is over, and never fewer than "
            "{value} of a cell together"
        ),
        N_("searches of this month are shown from {day} on; until then use --demand population or a file"),
        field="--demand",
        value=str(MIN_GROUP_SIZE),
        params={"day": shown_from.isoformat()},
    )
