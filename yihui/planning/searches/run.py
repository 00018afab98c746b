"""List the places of ``yihui plan searches``: where riders searched and found nothing open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

import shapely

from core.calendars import Calendar, workday_table
from core.civil_time import civil_date, monday_of, start_of_day
from geo.coverage.cells import cell_centres, cell_outlines, cell_reach_m, cells_from_names, parent_cell_name
from geo.coverage.reach import Reach
from geo.districts import Districts
from geo.gaps.locations import Whereabouts, locate_points
from geo.registry.usage_counts import load_search_groups
from geo.usage_counts import CellSearches, SearchGroup, next_publication_day, sum_unmet_searches
from yihui.bootstrap import Wiring
from yihui.planning.demand.run import count_searches_by_hour, load_demand_region, load_search_demand
from yihui.planning.gaps.run import load_gap_landmarks
from yihui.planning.order import usual_instant
from yihui.planning.results import AreaResult
from yihui.planning.run import load_study_area
from yihui.planning.searches.request import SearchesOrder
from yihui.runtime.progress import begin_step


@dataclass(frozen=True, slots=True, eq=False)
class SearchPlace:
    """A cell in which riders searched and found nothing open. ``within_m``: how far from its centre they may have been. *CRS*: WGS84."""

    searches: CellSearches
    county: str
    where: Whereabouts
    lon: float
    lat: float
    within_m: float
    outline: shapely.Geometry


@dataclass(frozen=True, kw_only=True, eq=False)
class SearchesResult(AreaResult[SearchesOrder]):
    """The searches of an area in whole groups (decision 0027), and its places, most unmet searches first.

    ``first`` is the first day of the first month, ``last`` the last day of the last one; the next month is shown from
    ``next_day`` on. ``at`` is this week's instant of the hour with most unmet searches.
    """

    first: date
    last: date
    next_day: date
    groups: tuple[SearchGroup, ...]
    places: tuple[SearchPlace, ...]
    has_crossings: bool
    at: datetime

    @property
    def unmet_groups(self) -> tuple[SearchGroup, ...]:
        return tuple(group for group in self.groups if not group.found)

    @property
    def by_hour(self) -> list[tuple[int, int]]:
        """How many searches found nothing, and of how many, in each hour of the week; without withheld hours."""
        unmet, searches = (count_searches_by_hour(some)[0] for some in (self.unmet_groups, self.groups))
        return list(zip(unmet, searches, strict=True))


def find_unmet_searches(wiring: Wiring, order: SearchesOrder) -> SearchesResult:
    """Find where riders of an area searched and found nothing open.

    *Raises*: FaultError for an unknown area, or where there are no searches to show.
    """
    begin_step()
    ground = load_study_area(wiring, order.area)
    found = load_search_demand(wiring, load_demand_region(wiring, order.area), unmet=False)
    begin_step()
    county = dict(zip((group.cell for group in found.groups), found.demand.district.tolist(), strict=True))
    sums = sum_unmet_searches(found.groups)
    cells = cells_from_names([one.cell for one in sums])
    centres, outlines, codes = cell_centres(cells), cell_outlines(cells), [county[one.cell] for one in sums]
    index = wiring.stations(None)
    landmarks = load_gap_landmarks(wiring, index, ground.outlines)
    where = locate_points(centres, codes, landmarks.places, Districts.from_frame(ground.outlines))
    places = tuple(
        SearchPlace(one, code, near, lon, lat, cell_reach_m(cell), outline)
        for one, code, near, (lon, lat), cell, outline in zip(
            sums, codes, where, centres.tolist(), cells.tolist(), outlines, strict=True
        )
    )
    return SearchesResult(
        order=order,
        area_name=ground.name,
        first=found.first,
        last=found.last,
        next_day=next_publication_day(civil_date(wiring.now())),
        groups=found.groups,
        places=places,
        has_crossings=landmarks.has_crossings,
        index=index,
        demand=found.demand,
        demand_of_week=found.demand,
        reach=Reach(radius_m=order.radius_m),
        at=_worst_instant(found.groups, wiring.now()),
    )


def has_searches(wiring: Wiring, area: str) -> bool:
    """Return whether some searches of an area may be shown; it reads no more months than it needs."""
    region, today = load_demand_region(wiring, area), civil_date(wiring.now())
    with wiring.database.read() as connection:
        for _, groups in groupby(
            load_search_groups(connection, today, parent_cell_name), lambda one: one.month
        ):
            points = cell_centres(cells_from_names(sorted({one.cell for one in groups})))
            if any(code is not None for code in region.assign_counties(points).tolist()):
                return True
    return False


def _worst_instant(groups: Sequence[SearchGroup], now: datetime) -> datetime:
    """Return the hour with most unmet searches in the last week in which its day is no holiday."""
    unmet, _ = count_searches_by_hour([group for group in groups if not group.found])
    at = start_of_day(monday_of(usual_instant(now))) + timedelta(hours=unmet.index(max(unmet)))
    while workday_table(Calendar.CN).list_holidays(civil_date(at)):
        at -= timedelta(weeks=1)
    return at
