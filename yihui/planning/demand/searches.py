"""Riders' searches as demand: what of the counts may be shown, at the middles of their cells."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from core.civil_time import civil_date
from core.faults import Fault, InputFaults
from geo.coverage import Demand
from geo.coverage.cells import centres_of, numbers_of, parent_of
from geo.registry import shown_searches
from geo.search_counts import LATE_DAYS, LEAST_SHOWN, SearchGroup, next_month
from yihui.planning.demand.columns import SEARCHES
from yihui.planning.demand.places import Region

if TYPE_CHECKING:
    from yihui.bootstrap import Wiring

N_ = str  # marks a text for the message catalogue


@dataclass(frozen=True, slots=True)
class Searched:
    """Searches of some months as demand. ``first`` is the first month's first day, ``last`` the last one's last."""

    demand: Demand
    groups: tuple[SearchGroup, ...]
    first: date
    last: date


def searched(wiring: "Wiring", region: Region, *, unmet: bool, since: date | None = None) -> Searched:
    """The searches in a region that may be shown; ``unmet``: those that found nothing open.

    *Raises*: InputFaults where there are none yet.
    """
    today = civil_date(wiring.now())
    with wiring.database.read() as connection:
        shown = [g for g in shown_searches(connection, today, parent_of, since) if not (unmet and g.found)]
    points = centres_of(numbers_of([group.cell for group in shown]))
    codes = region.codes_of(points) if shown else np.array([], dtype=object)
    inside = np.array([code is not None for code in codes.tolist()], dtype=bool)
    groups = tuple(group for group, there in zip(shown, inside, strict=True) if there)
    if not groups:
        raise InputFaults([_none_yet(today)])
    weight = np.array([group.count for group in groups], dtype=np.float64)
    demand = Demand(points[inside], weight, SEARCHES, codes[inside])
    months = [group.month for group in groups]
    return Searched(demand, groups, min(months), next_month(max(months)) - timedelta(days=1))


def by_hour(groups: Sequence[SearchGroup]) -> tuple[tuple[int, ...], int]:
    """Searches by hour of the week, and how many are of cells that had too few in any one hour. *Shape*: (168,)."""
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
        value=str(LEAST_SHOWN),
        params={"day": shown_from.isoformat()},
    )
