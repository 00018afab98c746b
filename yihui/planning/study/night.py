"""What the night takes away: coverage by the hour of the day, and from the day to the night."""

from dataclasses import dataclass

import numpy as np

from geo.coverage.hours import DAY, NIGHT
from geo.geodesy import Floats

HOURS_A_DAY, DAYS_A_WEEK = 24, 7
EVENING = 22


@dataclass(frozen=True, slots=True)
class DayAndNight:
    """Shares served, means over the seven days of the week.

    ``by_hour`` is each hour of the day, *Shape*: (24,); ``day`` and ``night`` are the means of their hours;
    ``best`` and ``worst`` are hours of the week, 0 being Monday at 00:00, ties to the earlier.
    """

    by_hour: Floats
    day: float
    night: float
    best: int
    worst: int


def day_and_night(share: Floats) -> DayAndNight:
    """From the shares of the 168 hours of a civil week. *Shape*: (168,)."""
    if share.shape != (HOURS_A_DAY * DAYS_A_WEEK,):
        raise ValueError(f"a week has 168 hours, not {share.shape}")
    by_hour = share.reshape(DAYS_A_WEEK, HOURS_A_DAY).mean(axis=0)
    return DayAndNight(
        by_hour,
        float(by_hour[list(DAY)].mean()),
        float(by_hour[list(NIGHT)].mean()),
        int(np.argmax(share)),
        int(np.argmin(share)),
    )
