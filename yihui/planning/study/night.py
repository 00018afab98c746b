"""Compare coverage by day and by night, and compute it for each hour of the day."""

from dataclasses import dataclass

import numpy as np

from geo.coverage.hours import DAY_HOURS, NIGHT_HOURS
from geo.geodesy import Floats

HOURS_A_DAY, DAYS_A_WEEK = 24, 7
EVENING_HOUR = 22


@dataclass(frozen=True, slots=True)
class DayNightCoverage:
    """Shares of the demand that are served, as means over the seven days of the week.

    ``by_hour`` has each hour of the day, *Shape*: (24,). ``day`` and ``night`` are the means of their hours.
    ``best`` and ``worst`` are hours of the week, 0 being Monday at 00:00; the earlier of equal hours counts.
    """

    by_hour: Floats
    day: float
    night: float
    best: int
    worst: int


def compute_day_night_coverage(share: Floats) -> DayNightCoverage:
    """Compute the means from the shares of the 168 hours of a civil week. *Shape*: (168,)."""
    if share.shape != (HOURS_A_DAY * DAYS_A_WEEK,):
        raise ValueError(f"a week has 168 hours, not {share.shape}")
    by_hour = share.reshape(DAYS_A_WEEK, HOURS_A_DAY).mean(axis=0)
    return DayNightCoverage(
        by_hour,
        float(by_hour[list(DAY_HOURS)].mean()),
        float(by_hour[list(NIGHT_HOURS)].mean()),
        int(np.argmax(share)),
        int(np.argmin(share)),
    )
