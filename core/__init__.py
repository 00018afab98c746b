"""core: faults and civil time, which every room may import; `core.validation` maps pydantic's errors to faults."""

from core.civil_time import CIVIL_TIME, EARLIEST_DATE, civil_date, format_wall_clock, start_of_day
from core.faults import Fault, FaultError

__all__ = [
    "CIVIL_TIME",
    "EARLIEST_DATE",
    "Fault",
    "FaultError",
    "civil_date",
    "format_wall_clock",
    "start_of_day",
]
