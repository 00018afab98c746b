"""A study: all that reports, maps and exports show of an area, computed once."""

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
    from geo.coverage.tables import Figures, HourTable, Served
    from geo.crs import Datum
    from geo.gaps import Gap, Whereabouts
    from geo.geodesy import Floats
    from geo.nearest.index import StationIndex
    from geo.siting.proposal import Proposals
    from geo.station import Station
    from yihui.planning.study.counts import PlaceCounts
    from yihui.planning.study.distances import Distances
    from yihui.planning.study.night import DayAndNight
    from yihui.planning.study.uses import Uses

CENSUS = "population"
PER, PER_GROUND_M2 = 10_000.0, 1e6
GROUND_UNIT = "m2"  # geo.coverage.demand.GROUND, which would bring numpy in
NIGHT_HOUR = 23
FARTHEST_M = 100_000.0  # beyond it nobody looks
ZONE_WEIGHTS = (1.0, 0.68, 0.22)  # Luo and Qi 2009, the slow decay


@dataclass(frozen=True, slots=True)
class StudyOrder:
    """What to study. ``area`` is the six-digit code of a province, a city or a county.

    ``demand`` is ``population`` (census residents, spread evenly over each county) or what else `demand_of` takes, a
    file among them, whose column and datum may be named; ``spacing_m`` None takes the one that suits the area; ``sites`` asks for so many
    proposals, None for none. *Units*: metres; ``at`` is an aware instant.
    """

    area: str
    at: datetime
    register: str | None = None
    radius_m: float = 1_000.0
    spacing_m: float | None = None
    demand: str = CENSUS
    demand_column: str | None = None
    demand_datum: "Datum | None" = None
    sites: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where figures come from, in the reader's language, and of which day they are (None: not said)."""

    text: str
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """What is served at an instant: by row of the demand, by H3 cell (with ``access`` there), and in all.

    ``access`` is per row too: open places per `per` of the demand (E2SFCA).
    """

    at: datetime
    served: "Served"
    figures: "Figures"
    distances: "Distances"
    access: "Floats"
    cells: "gpd.GeoDataFrame"


@dataclass(frozen=True, slots=True)
class Study:
    """Everything that is shown of an area, computed once; nothing in it changes.

    ``stations`` are those of the area, placed or not; ``index`` holds every placed station of the
    register, since one beyond the border serves this side too. ``outlines`` are the counties of the area
    and ``cities`` the level above, with code, name, city, province, geometry. ``now`` is what holds at
    ``order.at`` and ``night`` at 23:00 of that civil day. ``areas`` are tables by the digits of their codes
    (2, 4, 6; only levels inside the area), indexed by the code's first digits, with the columns name,
    places, usable, demand, served, share, night_served, night_share, median_m, p90_m, access. ``hours`` is
    of the civil week, Monday to Sunday, in which ``order.at`` lies. ``gaps`` are those of that week, the
    weightiest first; ``gap_places`` says by id where the first hundred of the lasting ones are, and the
    first hundred of the others. ``uses`` is where riders rested, as far as it may be told. ``notes`` are what was taken for granted of the demand.
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
    demand_title: str
    now: Moment
    night: Moment
    areas: "Mapping[int, pd.DataFrame]"
    hours: "HourTable"
    profile: "DayAndNight"
    gaps: "tuple[Gap, ...]"
    gap_places: "Mapping[str, Whereabouts]"
    equity: "Equity"
    proposals: "Proposals | None"
    uses: "Uses"
    sources: tuple[Source, ...]
    notes: "tuple[Fault, ...]"
    is_sample: bool

    @property
    def zones_m(self) -> tuple[float, ...]:
        """Where the zones of access end; *Units*: metres."""
        return zone_ends_m(self.reach.radius_m)

    @property
    def is_by_day(self) -> bool:
        """Whether ``now`` is one of the hours whose mean is told as the day's."""
        return is_by_day(self.order.at)

    @property
    def is_by_night(self) -> bool:
        """Whether ``now`` is of the night itself, so that ``night`` says the same again."""
        return is_by_night(self.order.at)

    @property
    def monday(self) -> date:
        """The first day of the week that ``hours`` shows."""
        return monday_of(self.order.at)


def per(unit: str) -> float:
    """Of how much demand access tells the places: ten thousand, of ground a square kilometre."""
    return PER_GROUND_M2 if unit == GROUND_UNIT else PER


def zone_ends_m(radius_m: float) -> tuple[float, ...]:
    """One, two and three times the radius, as far as anybody looks."""
    return tuple(sorted({min(times * radius_m, FARTHEST_M) for times in (1, 2, 3)}))


def is_by_day(at: datetime) -> bool:
    """As `geo.coverage.hours.DAY`, which would bring numpy in."""
    return 8 <= _civil_hour(at) < 18


def is_by_night(at: datetime) -> bool:
    """As `geo.coverage.hours.NIGHT`."""
    return not 6 <= _civil_hour(at) < 22


def _civil_hour(at: datetime) -> int:
    from core.civil_time import CIVIL_TIME

    return at.astimezone(CIVIL_TIME).hour


def monday_of(at: datetime) -> date:
    """The Monday of the civil week of an instant."""
    from core.civil_time import civil_date

    day = civil_date(at)
    return date.fromordinal(day.toordinal() - day.weekday())
