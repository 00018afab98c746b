"""Which stations will do when: the doors of a whole week at once."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from core.civil_time import start_of
from geo.nearest.filters import Filters
from geo.nearest.index import StationIndex

HOURS = 168


def week_of(monday: date) -> tuple[datetime, ...]:
    """The beginnings of the 168 hours of a civil week (Asia/Shanghai), as instants in UTC.

    *Raises*: ValueError for another day of the week.
    """
    if monday.weekday():
        last = monday - timedelta(days=monday.weekday())
        raise ValueError(f"{monday.isoformat()} is no Monday; give one, such as {last.isoformat()}")
    begin = start_of(monday)
    return tuple(begin + timedelta(hours=hour) for hour in range(HOURS))


def openness(index: StationIndex, instants: Sequence[datetime], filters: Filters) -> NDArray[np.bool_]:
    """Whether each station passes the filters at each instant, for somebody who is there.

    Holidays, keepers' exceptions and what is reported of a place hold, as they do in `StationIndex.states`.
    *Shape*: (stations, instants). *Raises*: ValueError for a naive time.
    """
    open_then = np.empty((len(index), len(instants)), dtype=bool)
    for column, when in enumerate(instants):
        open_then[:, column] = index.passing(filters, when)
    return open_then
