"""Coverage by street in a study, beside that by the straight line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from geo.coverage.street_pairs import StreetTerms
from yihui.planning.street_reach import StreetReach

if TYPE_CHECKING:
    from geo.coverage import Demand
    from geo.nearest.index import StationIndex


@dataclass(frozen=True, slots=True)
class StudyStreets:
    """Who is served by street at the study's moment and at night.

    ``areas`` maps the length of the codes to the share of each area at the moment, by the code's first
    digits; NaN where an area has no demand. *Units*: the unit of the demand, shares 0..1.
    """

    terms: StreetTerms
    served: float
    night_served: float
    total: float
    night_total: float
    areas: Mapping[int, Mapping[str, float]]

    @property
    def share(self) -> float:
        return self.served / self.total if self.total else float("nan")

    @property
    def night_share(self) -> float:
        return self.night_served / self.night_total if self.night_total else float("nan")


def measure_study_streets(
    streets: StreetReach | None,
    demand: "Demand",
    index: "StationIndex",
    instants: Sequence[datetime],
    levels: Sequence[int],
) -> StudyStreets | None:
    """Measure coverage by street at the study's moment and at night; None without streets.

    ``levels`` are lengths of area codes. Each way is asked for once. *Raises*: RoutingUnavailable.
    """
    from geo.coverage.hours import served_bits

    if streets is None:
        return None
    bits = served_bits(demand.points, index, instants, streets.build_reach())
    now, night = np.unpackbits(bits, axis=1, count=len(instants)).astype(bool).T
    by_day, by_night = (demand.at(when) for when in instants)
    return StudyStreets(
        streets.terms,
        float(by_day.weight[now].sum()),
        float(by_night.weight[night].sum()),
        by_day.total,
        by_night.total,
        {digits: _shares(by_day, now, digits) for digits in levels},
    )


def _shares(demand: "Demand", served: NDArray[np.bool_], digits: int) -> dict[str, float]:
    from geo.coverage.areas import assign_areas

    area, codes = assign_areas(demand, digits)
    total = np.bincount(area, weights=demand.weight, minlength=len(codes) + 1)[:-1]
    held = np.bincount(area, weights=demand.weight * served, minlength=len(codes) + 1)[:-1]
    share = np.divide(held, total, out=np.full(len(codes), np.nan), where=total > 0)
    return dict(zip(codes, share.tolist(), strict=True))
