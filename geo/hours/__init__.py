"""Opening hours: parse Chinese phrases from doors and lists into open, closed or unknown at an instant.

工作日 follows make-up work-days; 周一至周五 is unknown on holidays and make-up work-days. A phrase that is not understood completely is unknown.
"""

from typing import TYPE_CHECKING

from lazy_loader import attach

if TYPE_CHECKING:
    from geo.hours.dates import USUAL_HOURS_ON_HOLIDAY, DaysOff, classify_days_off, write_hours_of_open_days
    from geo.hours.phrase import list_unparsed_hours, parse_hours
    from geo.hours.schedules import (
        STATES_BY_CODE, UNVERIFIED_ALL_DAY, Opening, OpeningPeriod, Schedules, list_opening_periods,
        local_seconds,
    )  # fmt: skip
    from geo.hours.spells import CLOSED, OPEN, UNKNOWN, USUAL_HOURS, SpecialHours, name_usual_hours
else:
    __getattr__, __dir__, __all__ = attach(
        __name__,
        submod_attrs={
            "dates": ["USUAL_HOURS_ON_HOLIDAY", "DaysOff", "classify_days_off", "write_hours_of_open_days"],
            "phrase": ["list_unparsed_hours", "parse_hours"],
            "schedules": ["STATES_BY_CODE", "UNVERIFIED_ALL_DAY", "Opening", "OpeningPeriod", "Schedules",
                "list_opening_periods", "local_seconds"],
            "spells": ["CLOSED", "OPEN", "UNKNOWN", "USUAL_HOURS", "SpecialHours", "name_usual_hours"],
        },
    )  # fmt: skip
