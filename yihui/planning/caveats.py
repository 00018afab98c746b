"""Caveats that a reader needs before trusting figures of coverage, gaps and access."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from core.text_marks import N_
from geo.coverage.reach import OPEN_TO_ALL
from geo.hours import UNKNOWN

if TYPE_CHECKING:
    from geo.districts import Districts
    from geo.nearest.index import StationIndex
    from yihui.runtime.language import Language


SPREAD_EVENLY_CAVEAT = N_(
    "Residents are spread evenly over each county: towns weigh too little, open country too much"
)


def count_unknown_hours(index: "StationIndex", at: datetime, area: "Districts") -> int:
    """Count the usable places of an area whose opening state at an instant is unknown."""
    usable = index.passing_mask(replace(OPEN_TO_ALL, open_only=False), at)
    silent = np.flatnonzero(usable & (index.states(at) == UNKNOWN))
    return sum(code is not None for code in area.assign(index.points[silent]).code.tolist())


def is_spread_evenly(demand: str) -> bool:
    """Return whether ``--demand`` names the census, whose residents are known by county only."""
    from yihui.planning.demand.run import CENSUS_DEMAND, DemandQuery

    return DemandQuery(demand, None).built_in == CENSUS_DEMAND


def caveat_lines(language: "Language", demand: str, unknown: int) -> Iterator[str]:
    """Yield a line for each caveat: how the census is spread, and that places with unknown hours count as
    closed.
    """
    if is_spread_evenly(demand):
        yield language.translate(SPREAD_EVENLY_CAVEAT)
    if unknown:
        text = N_("Hours not known, counted as shut: {count} usable places of the area")
        yield language.render(text, count=f"{unknown:,}")
