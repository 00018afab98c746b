"""What a reader must know before trusting figures of coverage, gaps and access."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from geo.coverage.reach import OPEN_TO_ALL
from geo.hours import UNKNOWN

if TYPE_CHECKING:
    from geo.districts import Districts
    from geo.nearest.index import StationIndex
    from yihui.runtime.language import Language

N_ = str  # marks a text for the message catalogue

SPREAD_EVENLY = N_(
    "Residents are spread evenly over each county: towns weigh too little, open country too much"
)


def unknown_hours(index: "StationIndex", at: datetime, area: "Districts") -> int:
    """How many usable places of an area don't say whether they are open then."""
    usable = index.passing(replace(OPEN_TO_ALL, open_only=False), at)
    silent = np.flatnonzero(usable & (index.states(at) == UNKNOWN))
    return sum(code is not None for code in area.assign(index.points[silent]).code.tolist())


def is_spread_evenly(demand: str) -> bool:
    """Whether what ``--demand`` names is known by county only."""
    from yihui.planning.demand.run import CENSUS, DemandWanted

    return DemandWanted(demand, None).word == CENSUS


def caveats(language: "Language", demand: str, unknown: int) -> Iterator[str]:
    """A line for each: how the census is spread, and that places with unknown hours count as shut."""
    if is_spread_evenly(demand):
        yield language.text(SPREAD_EVENLY)
    if unknown:
        text = N_("Hours not known, counted as shut: {count} usable places of the area")
        yield language.say(text, count=f"{unknown:,}")
