"""A study: all figures of an area that reports, maps and exports show, computed once."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import pandas as pd

from core.civil_time import monday_of
from core.faults import Fault
from geo.coverage.demand import Demand
from geo.coverage.floating import Equity
from geo.coverage.hours import HourTable
from geo.coverage.pairs import StreetTerms
from geo.coverage.reach import Reach
from geo.coverage.tables import PlaceCounts
from geo.gaps.finding import Gap
from geo.geodesy import Floats
from geo.nearest.index import StationIndex
from geo.siting.proposal import SitingProposals
from geo.station import Station
from geo.usage_counts import StationUse
from yihui.planning.gaps.run import GapsResult
from yihui.planning.order import StudyOrder
from yihui.planning.study.figures import StudyMoment, StudyTownships
from yihui.planning.text import Source
from yihui.services.organisations.district_names import load_full_area_name


@dataclass(frozen=True, slots=True)
class StraightFigures:
    """The shares served by the straight line at a study's moment and in its night, and the Gini coefficient of access."""

    share: float
    night_share: float
    gini: float


@dataclass(frozen=True, slots=True)
class StudyUses:
    """Rests of some months in an area: by station, then for several stations of a district together.

    ``months`` are the first days of the months. The ``district`` of each entry is the county that the study
    assigns to the station.
    """

    months: tuple[date, ...] = ()
    places: tuple[StationUse, ...] = ()

    def count_by_area(self, digits: int) -> Counter[str]:
        """Count the rests in each area by the first digits of its code; each count is a sum of whole groups."""
        found: Counter[str] = Counter()
        for use in self.places:
            found[use.district[:digits]] += use.count
        return found


@dataclass(frozen=True, slots=True)
class Study:
    """All figures of an area, computed once and immutable.

    ``stations`` are those of the area, placed or not; ``index`` holds every placed one, because stations beyond the
    border serve the area too. ``outlines`` are the counties and ``cities`` the level above. ``now`` is ``order.at``,
    ``access`` its open places per `access_denominator` by row of the demand (2SFCA), ``night`` the mean of the eight
    hours of the night after that civil day. ``areas`` are tables by the digits of their codes (2, 4, 6; only levels
    inside the area), indexed by the code's first digits. ``hours`` covers the civil week of ``order.at``, ``found_gaps``
    its gaps, as an analysis of gaps finds them, ``uses`` where riders rested, as far as it may be published. With
    ``terms`` all figures but the distances are by street; ``straight`` are some by the straight line. *CRS*: WGS84.
    *Units*: metres, shares 0..1, demand in ``demand.unit``.
    """

    order: StudyOrder
    area_name: str
    outlines: gpd.GeoDataFrame
    cities: gpd.GeoDataFrame
    stations: tuple[Station, ...]
    counts: PlaceCounts
    index: StationIndex
    reach: Reach
    demand: Demand
    demand_title: str
    now: StudyMoment
    access: Floats
    night: StudyMoment
    areas: Mapping[int, pd.DataFrame]
    hours: HourTable
    found_gaps: GapsResult
    equity: Equity
    proposals: SitingProposals | None
    uses: StudyUses
    sources: tuple[Source, ...]
    notes: tuple[Fault, ...]
    is_sample: bool
    townships: StudyTownships | None = None
    terms: StreetTerms | None = None
    straight: StraightFigures | None = None

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """The gaps of the week, the heaviest first."""
        return self.found_gaps.gaps

    @property
    def finest_areas(self) -> pd.DataFrame:
        """The table of the smallest areas, which are counties."""
        return self.areas[max(self.areas)]

    def county_name(self, code: str) -> str:
        """Return the name of a county; in a province with its city's in front, as counties of several share one."""
        return load_full_area_name(code) if self.is_of_province else str(self.finest_areas.loc[code, "name"])

    @property
    def lasting_gaps(self) -> tuple[Gap, ...]:
        """The gaps without a place at any hour of the week, heaviest first."""
        return tuple(gap for gap in self.gaps if gap.is_lasting)

    @property
    def temporary_gaps(self) -> tuple[Gap, ...]:
        """The gaps without a place at some hours only, such as at night, heaviest first."""
        return tuple(gap for gap in self.gaps if not gap.is_lasting)

    @property
    def is_of_province(self) -> bool:
        """Whether the study is of a province, whose townships are too many for a page or a map."""
        return 2 in self.areas

    @property
    def monday(self) -> date:
        """The first day of the week that ``hours`` covers."""
        return monday_of(self.order.at)
