"""Places that would do if only their hours were known: they count as shut."""

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from geo.coverage.reach import OPEN_TO_ALL
from geo.hours import UNKNOWN

if TYPE_CHECKING:
    from geo.districts import Districts
    from geo.index import StationIndex
    from yihui.language import Language

N_ = str  # marks a text for the message catalogue


def unknown_hours(index: "StationIndex", at: datetime, area: "Districts") -> int:
    """How many usable places of an area don't say whether they are open then."""
    usable = index.passing(replace(OPEN_TO_ALL, open_only=False), at)
    silent = np.flatnonzero(usable & (index.states(at) == UNKNOWN))
    return sum(code is not None for code in area.assign(index.points[silent]).code.tolist())


def unknown_text(language: "Language", count: int) -> str:
    """One line, for people who would otherwise wonder."""
    text = N_("Hours not known, counted as shut: {count} usable places of the area")
    return language.say(text, count=f"{count:,}")
