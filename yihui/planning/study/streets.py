"""What the figures of a study by street mean, and the same figures by the straight line, which stand beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from geo.coverage.street_pairs import StreetTerms
from yihui.planning.gaps.streets import GapSums
from yihui.planning.study.moments import access_at

if TYPE_CHECKING:
    from geo.coverage import Demand, Reach
    from geo.coverage.equity import Equity
    from geo.nearest.index import StationIndex
    from yihui.planning.townships import TownshipOutlines


@dataclass(frozen=True, slots=True)
class StraightFigures:
    """Figures of a study by the straight line.

    ``areas`` maps the codes of the study's tables, cities, counties and townships, to the shares that are served
    at its moment. *Units*: the unit of the demand, shares 0..1.
    """

    served: float
    share: float
    night_served: float
    night_share: float
    areas: Mapping[str, float]
    gaps: GapSums
    equity: "Equity"


@dataclass(frozen=True, slots=True)
class StudyStreets:
    """What the figures of a study by street mean, and the same figures by the straight line."""

    terms: StreetTerms
    straight: StraightFigures


def measure_straight_figures(
    demand: "Demand",
    index: "StationIndex",
    reach: "Reach",
    moments: tuple[datetime, datetime],
    gaps: GapSums,
    levels: Sequence[int],
    townships: "TownshipOutlines | None",
    around: "Demand | None",
) -> StraightFigures:
    """Measure a study at its moment and at night, by a reach in a straight line.

    ``gaps`` are the sums of its gaps by that reach, ``levels`` the lengths of the codes of its cities and counties.
    """
    from geo.coverage import coverage_at, coverage_by_area, coverage_overall
    from geo.coverage.equity import compute_equity
    from geo.coverage.townships import TOWNSHIP_DIGITS

    by_day, by_night = (demand.at(when) for when in moments)
    served, night_served = (
        coverage_at(then, index, when, reach) for then, when in zip((by_day, by_night), moments, strict=True)
    )
    now, night = coverage_overall(by_day, served), coverage_overall(by_night, night_served)
    tables = [coverage_by_area(by_day, served, digits) for digits in levels]
    if townships is not None:
        tables.append(coverage_by_area(townships.locate_demand(by_day), served, TOWNSHIP_DIGITS))
    return StraightFigures(
        now.served,
        now.share,
        night.served,
        night.share,
        {str(code): float(share) for table in tables for code, share in table["share"].items()},
        gaps,
        compute_equity(access_at(by_day, index, moments[0], reach, around), by_day.weight),
    )
