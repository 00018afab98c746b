"""What ``yihui plan gaps`` is to find, and its checks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from yihui.planning.order import AreaOrder, find_township_option_faults
from yihui.runtime.arguments import CANNOT_BE

_TYPED = re.compile(r"([0-9]{1,2})(?::00)?[-–~～至]([0-9]{1,2})(?::00)?")
_MIDNIGHT = 24
GAP_OPTION_FAULTS = FaultTable(
    "usage",
    {
        "hours": (CANNOT_BE, N_("write full hours, such as 22-6 for 22:00 to 6:00 of the next day")),
        "instant_and_week": (N_("--at asks about one instant, {field} about a week"), N_("give one of them")),
    },
)


def parse_clock_hours(text: str) -> tuple[int, int]:
    """Parse a range of full hours into its first hour and its exclusive end; over midnight the end is smaller.

    *Raises*: FaultError.
    """
    typed = _TYPED.fullmatch(text.replace(" ", ""))
    if typed:
        start, end = (int(part) for part in typed.groups())
        if start < _MIDNIGHT and 0 < end <= _MIDNIGHT and start != end:
            return start, end
        if start < _MIDNIGHT and end == 0 and start:
            return start, _MIDNIGHT
    raise FaultError(GAP_OPTION_FAULTS.build("hours", field="--hours", value=text))


@dataclass(frozen=True, slots=True)
class GapOrder(AreaOrder):
    """What to find. ``at`` selects one instant; otherwise the week that contains ``week_of`` is examined.

    ``clock`` selects hours of each day, such as (22, 6) for 22:00 to 6:00; None selects all. ``outlines`` separate
    and name the gaps, ``places`` is a file of named points in the same ``datum``.
    """

    at: datetime | None = None
    week_of: date | None = None
    clock: tuple[int, int] | None = None
    places: Path | None = None

    def find_faults(self) -> Iterator[Fault]:
        yield from AreaOrder.find_faults(self)
        yield from find_township_option_faults(self)
        if self.at is not None and (self.week_of is not None or self.clock is not None):
            field = "--week-of" if self.week_of is not None else "--hours"
            yield GAP_OPTION_FAULTS.build("instant_and_week", field=field)
