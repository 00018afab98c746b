"""What the figures of a study by street mean, and the same figures by the straight line, which stand beside them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from geo.coverage.pairs import StreetTerms
from yihui.planning.gaps.streets import GapSums

if TYPE_CHECKING:
    from geo.coverage.equity import Equity


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
