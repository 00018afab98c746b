"""A study: all figures of an area that reports, maps and exports show, computed once."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd

    from core.faults import Fault
    from geo.coverage import Demand, Reach
    from geo.coverage.equity import Equity
    from geo.coverage.hours import HourTable
    from geo.coverage.served import ServedDemand
    from geo.coverage.tables import CoverageFigures
    from geo.crs import Datum
    from geo.gaps import Gap, Whereabouts
    from geo.geodesy import Floats
    from geo.nearest.index import StationIndex
    from geo.siting.proposal import SitingProposals
    from geo.station import Station
    from yihui.planning.study.counts import PlaceCounts
    from yihui.planning.study.distances import DistanceDistribution
    from yihui.planning.study.night import DayNightCoverage
    from yihui.planning.study.uses import StudyUses

CENSUS_DEMAND = "population"
ACCESS_DENOMINATOR, ACCESS_DENOMINATOR_M2 = 10_000.0, 1e6
GROUND_UNIT = "m2"  # same as geo.coverage.demand.GROUND_UNIT, whose import would load numpy
NIGHT_HOUR = 23
MAX_SEARCH_DISTANCE_M = 100_000.0  # distances beyond it are not computed
ZONE_WEIGHTS = (1.0, 0.68, 0.22)  # Luo and Qi 2009, the slow decay


@dataclass(frozen=True, slots=True)
class StudyOrder:
    """What to study. ``area`` is the six-digit code of a province, a city or a county.

    ``demand`` is ``population`` (census residents, spread evenly over each county) or another demand of
    `load_demand`, such as a file, whose column and datum may be given. ``spacing_m`` None takes the default of
    the area's level. ``sites`` is the number of proposals, None for none. *Units*: metres; ``at`` is an aware
    instant.
    """

    area: str
    at: datetime
    register: str | None = None
    radius_m: float = 1_000.0
    spacing_m: float | None = None
    demand: str = CENSUS_DEMAND
    demand_column: str | None = None
    demand_datum: "Datum | None" = None
    sites: int | None = None


@dataclass(frozen=True, slots=True)
class StudySource:
    """The source of some figures, in the reader's language, and the date of its data (None: not stated)."""

    text: str
    day: date | None = None


@dataclass(frozen=True, slots=True)
class StudyMoment:
    """Coverage at an instant: by row of the demand, by H3 cell (with ``access``), and overall.

    ``access`` is by row too: open places per `access_denominator` of the demand (E2SFCA).
    """

    at: datetime
    served: "ServedDemand"
    figures: "CoverageFigures"
    distances: "DistanceDistribution"
    access: "Floats"
    cells: "gpd.GeoDataFrame"


@dataclass(frozen=True, slots=True)
class Study:
    """All figures of an area, computed once and immutable.

    ``stations`` are the stations of the area, placed or not. ``index`` holds every placed station of the
    register, because stations beyond the border serve the area too. ``outlines`` are the counties of the area
    and ``cities`` the level above, with code, name, city, province, geometry. ``now`` describes ``order.at``,
    and ``night`` 23:00 of that civil day. ``areas`` are tables by the digits of their codes (2, 4, 6; only
    levels inside the area), indexed by the code's first digits, with the columns name, places, usable, demand,
    served, share, night_served, night_share, median_m, p90_m, access. ``hours`` covers the civil week, Monday
    to Sunday, that contains ``order.at``. ``gaps`` are the gaps of that week, the heaviest first;
    ``gap_places`` maps the ids of the first hundred lasting gaps, and of the first hundred others, to their
    whereabouts. ``uses`` shows where riders rested, as far as it may be published. ``notes`` are the
    assumptions about the demand. *CRS*: WGS84. *Units*: metres, shares 0..1, demand in ``demand.unit``.
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
    demand_title: str
    now: StudyMoment
    night: StudyMoment
    areas: "Mapping[int, pd.DataFrame]"
    hours: "HourTable"
    profile: "DayNightCoverage"
    gaps: "tuple[Gap, ...]"
    gap_places: "Mapping[str, Whereabouts]"
    equity: "Equity"
    proposals: "SitingProposals | None"
    uses: "StudyUses"
    sources: tuple[StudySource, ...]
    notes: "tuple[Fault, ...]"
    is_sample: bool

    @property
    def zones_m(self) -> tuple[float, ...]:
        """The ends of the access zones. *Units*: metres."""
        return zone_ends_m(self.reach.radius_m)

    @property
    def is_daytime(self) -> bool:
        """Whether ``now`` is one of the hours in the daytime mean."""
        return is_daytime(self.order.at)

    @property
    def is_night_time(self) -> bool:
        """Whether ``now`` is itself in the night, so that ``night`` adds little."""
        return is_night_time(self.order.at)

    @property
    def monday(self) -> date:
        """The first day of the week that ``hours`` covers."""
        return monday_of(self.order.at)


def access_denominator(unit: str) -> float:
    """Return the demand to which access refers: 10,000 units, or 1 km² of ground (in m²)."""
    return ACCESS_DENOMINATOR_M2 if unit == GROUND_UNIT else ACCESS_DENOMINATOR


def zone_ends_m(radius_m: float) -> tuple[float, ...]:
    """Return one, two and three times the radius, at most `MAX_SEARCH_DISTANCE_M`."""
    return tuple(sorted({min(times * radius_m, MAX_SEARCH_DISTANCE_M) for times in (1, 2, 3)}))


def is_daytime(at: datetime) -> bool:
    """Return whether an instant lies in the hours of `geo.coverage.hours.DAY_HOURS`, whose import would load
    numpy.
    """
    return 8 <= _civil_hour(at) < 18


def is_night_time(at: datetime) -> bool:
    """Return whether an instant lies in the hours of `geo.coverage.hours.NIGHT_HOURS`."""
    return not 6 <= _civil_hour(at) < 22


def _civil_hour(at: datetime) -> int:
    from core.civil_time import CIVIL_TIME

    return at.astimezone(CIVIL_TIME).hour


def monday_of(at: datetime) -> date:
    """Return the Monday of the civil week of an instant."""
    from core.civil_time import civil_date

    day = civil_date(at)
    return date.fromordinal(day.toordinal() - day.weekday())
