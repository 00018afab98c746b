"""Measure a study by the straight line, beside its figures by street."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from yihui.planning.gaps.streets import GapSums
from yihui.planning.study.moments import access_at
from yihui.planning.study.streets import StraightFigures

if TYPE_CHECKING:
    from geo.coverage import Demand, Reach
    from geo.nearest.index import StationIndex
    from yihui.planning.townships import TownshipOutlines


@dataclass(frozen=True, slots=True, eq=False)
class StraightMeasure:
    """Measures a study by the straight line: its demand, at its moment and at night."""

    demand: "Demand"
    index: "StationIndex"
    reach: "Reach"
    moments: tuple[datetime, datetime]

    def measure(
        self, gaps: GapSums, levels: Sequence[int], townships: "TownshipOutlines | None"
    ) -> StraightFigures:
        """Return the figures; ``levels`` are the lengths of the codes of cities, counties and so on."""
        from geo.coverage import coverage_at, coverage_by_area, coverage_overall
        from geo.coverage.equity import compute_equity
        from geo.coverage.townships import TOWNSHIP_DIGITS

        demands = [self.demand.at(when) for when in self.moments]
        served = [
            coverage_at(demand, self.index, when, self.reach)
            for demand, when in zip(demands, self.moments, strict=True)
        ]
        now, night = (coverage_overall(*pair) for pair in zip(demands, served, strict=True))
        tables = [coverage_by_area(demands[0], served[0], digits) for digits in levels]
        if townships is not None:
            tables.append(coverage_by_area(townships.locate_demand(demands[0]), served[0], TOWNSHIP_DIGITS))
        access = access_at(demands[0], self.index, self.moments[0], self.reach)
        return StraightFigures(
            now.served,
            now.share,
            night.served,
            night.share,
            {str(code): float(share) for table in tables for code, share in table["share"].items()},
            gaps,
            compute_equity(access, demands[0].weight),
        )
