"""A study: all that reports, maps and exports show of an area, computed once."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd

    from geo.coverage.demand import Demand
    from geo.coverage.reach import Reach
    from geo.coverage.tables import HourTable, Served
    from geo.gaps import Gap
    from geo.index import StationIndex
    from geo.station import Station
    from yihui.bootstrap import Wiring
    from yihui.planning.study_access import AreaAccess
    from yihui.planning.study_counts import PlaceCounts
    from yihui.planning.study_distances import Distances
    from yihui.planning.study_equity import Equity
    from yihui.planning.study_night import DayAndNight
    from yihui.planning.siting import Proposals

POPULATION = "population"
CELL_RESOLUTION = 7  # H3: about 5 km² each here
GAP_RESOLUTION = 7


@dataclass(frozen=True, slots=True)
class StudyOrder:
    """What to study. ``area`` is the six-digit code of a province, a city or a county.

    ``demand`` is ``population`` (census residents, spread evenly over each county) or a user's file;
    ``sites`` asks for so many proposals, None for none. *Units*: metres; ``at`` is an aware instant.
    """

    area: str
    at: datetime
    register: str | None = None
    radius_m: float = 1_000.0
    spacing_m: float = 1_000.0
    demand: Path | str = POPULATION
    sites: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where figures come from, in the reader's language, and of which day they are (None: not said)."""

    text: str
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Study:
    """Everything that is shown of an area, computed once; nothing in it changes.

    ``stations`` are those of the area, placed or not; ``index`` holds every placed station of the
    register, since one beyond the border serves this side too. ``outlines`` are the counties of the area
    and ``cities`` the level above, with code, name, city, province, geometry. ``areas`` are the tables of
    `geo.coverage.tables.by_area` by the digits of their codes (2, 4, 6; only levels inside the area), with
    a column ``name`` in front. ``hours`` is of the civil week, Monday to Sunday, in which ``order.at``
    lies.
    *CRS*: WGS84. *Units*: metres, shares 0..1, demand in ``demand.unit``.
    """

    order: StudyOrder
    area_name: str
    outlines: "gpd.GeoDataFrame"
    cities: "gpd.GeoDataFrame"
    stations: "tuple[Station, ...]"
    counts: "PlaceCounts"
    index: "StationIndex"
    reach: "Reach"
    demand: "Demand"
    served: "Served"
    areas: "Mapping[int, pd.DataFrame]"
    cells: "gpd.GeoDataFrame"
    hours: "HourTable"
    night: "DayAndNight"
    distances: "Distances"
    gaps: "tuple[Gap, ...]"
    access: "AreaAccess"
    equity: "Equity"
    proposals: "Proposals | None"
    sources: tuple[Source, ...]
    is_sample: bool

    @property
    def monday(self) -> date:
        """The first day of the week that ``hours`` shows."""
        return monday_of(self.order.at)


def monday_of(at: datetime) -> date:
    """The Monday of the civil week of an instant."""
    from geo.civil import civil_date

    day = civil_date(at)
    return date.fromordinal(day.toordinal() - day.weekday())


def make_study(wiring: "Wiring", order: StudyOrder) -> Study:
    """Read what is asked about and compute everything that is shown of it.

    *Raises*: InputFaults for an area, a register or a demand file that won't do.
    """
    from yihui.planning.study_making import made

    return made(wiring, order)
