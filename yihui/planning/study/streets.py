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
    share: float
    night_served: float
    night_share: float
    areas: Mapping[int, Mapping[str, float]]


def measure_study_streets(
    streets: StreetReach | None,
    demand: "Demand",
    index: "StationIndex",
    instants: tuple[datetime, datetime],
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
        *_served(by_day, now),
        *_served(by_night, night),
        {digits: _shares(by_day, now, digits) for digits in levels},
    )


def _served(demand: "Demand", mask: NDArray[np.bool_]) -> tuple[float, float]:
    """Return the demand that is served, and its share; NaN without demand."""
    served = float(demand.weight[mask].sum())
    return served, served / demand.total if demand.total else float("nan")


def _shares(demand: "Demand", served: NDArray[np.bool_], digits: int) -> dict[str, float]:
    from geo.coverage.areas import assign_areas

    area, codes = assign_areas(demand, digits)
    total = np.bincount(area, weights=demand.weight, minlength=len(codes) + 1)[:-1]
    held = np.bincount(area, weights=demand.weight * served, minlength=len(codes) + 1)[:-1]
    share = np.divide(held, total, out=np.full(len(codes), np.nan), where=total > 0)
    return dict(zip(codes, share.tolist(), strict=True))
