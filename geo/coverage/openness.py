"""Which stations pass the filters at each hour of a week."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from core.civil_time import HOURS_A_WEEK, start_of_day
from geo.nearest.filters import Filters
from geo.nearest.index import StationIndex


def week_instants(monday: date) -> tuple[datetime, ...]:
    """Return the beginnings of the 168 hours of a civil week (Asia/Shanghai), as instants in UTC.

    *Raises*: ValueError for a date that is no Monday.
    """
    if monday.weekday():
        last = monday - timedelta(days=monday.weekday())
        raise ValueError(f"{monday.isoformat()} is no Monday; give one, such as {last.isoformat()}")
    begin = start_of_day(monday)
    return tuple(begin + timedelta(hours=hour) for hour in range(HOURS_A_WEEK))


def compute_openness(
    index: StationIndex, instants: Sequence[datetime], filters: Filters
) -> NDArray[np.bool_]:
    """Return whether each station passes the filters at each instant, without travel time.

    Holidays, keepers' exceptions and live reports are applied as in `StationIndex.states`.
    *Shape*: (stations, instants). *Raises*: ValueError for a naive time.
    """
    open_then = np.empty((len(instants), len(index)), dtype=bool)
    for row, when in enumerate(instants):
        open_then[row] = index.passing_mask(filters, when)
    return np.ascontiguousarray(open_then.T)
