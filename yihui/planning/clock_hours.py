"""Parse hours of the day, such as ``22-6``."""

import re

from core.faults import Fault
from core.text_marks import N_
from yihui.runtime.arguments import WrongValue

_TYPED = re.compile(r"([0-9]{1,2})(?::00)?[-–~～至]([0-9]{1,2})(?::00)?")
_MIDNIGHT = 24


def parse_clock_hours(text: str, field: str = "--hours") -> tuple[int, int]:
    """Parse a range of full hours into its first hour and its exclusive end; over midnight the end is smaller.

    *Raises*: WrongValue.
    """
    typed = _TYPED.fullmatch(text.replace(" ", ""))
    if typed:
        start, end = (int(part) for part in typed.groups())
        if start < _MIDNIGHT and 0 < end <= _MIDNIGHT and start != end:
            return start, end
        if start < _MIDNIGHT and end == 0 and start:
            return start, _MIDNIGHT
    remedy = N_("write full hours, such as 22-6 for 22:00 to 6:00 of the next day")
    raise WrongValue([Fault(N_("{field} can't be {value}"), remedy, field=field, value=text)])
