"""core: faults and civil time, which every room may import; `core.validation` maps pydantic's errors to faults."""

from core.civil_time import CIVIL_TIME, EARLIEST, civil_date, start_of, wall_clock
from core.faults import Fault, InputFaults

__all__ = ["CIVIL_TIME", "EARLIEST", "Fault", "InputFaults", "civil_date", "start_of", "wall_clock"]
