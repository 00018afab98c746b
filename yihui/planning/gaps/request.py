"""What ``yihui plan gaps`` is to find."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, ClassVar

from core.civil_time import civil_date
from core.faults import Fault, FaultError, FaultTable
from core.prompts import Prompt
from core.text_marks import N_
from yihui.planning.file_fields import FileOf, check_by
from yihui.planning.order import (
    OUTLINE_FILES,
    TABLE_FILES,
    Geojson,
    GroundOrder,
    PlannedDay,
    PlannedInstant,
    usual_instant,
)
from yihui.runtime.arguments import CANNOT_BE

_TYPED = re.compile(r"([0-9]{1,2})(?::00)?[-–~～至]([0-9]{1,2})(?::00)?")
_MIDNIGHT = 24
GAP_OPTION_FAULTS = FaultTable(
    "usage",
    {
        "hours": (CANNOT_BE, N_("write full hours, such as 22-6 for 22:00 to 6:00 of the next day")),
        "instant_and_week": (
            N_("{option_at} asks about one instant, {field} about a week"),
            N_("give one of them"),
        ),
    },
)


def parse_clock_hours(text: str) -> tuple[int, int]:
    """Parse a range of full hours into its first hour and its exclusive end; over midnight the end is smaller. *Raises*: FaultError."""
    typed = _TYPED.fullmatch(text.replace(" ", ""))
    if typed:
        start, end = (int(part) for part in typed.groups())
        if start < _MIDNIGHT and 0 < end <= _MIDNIGHT and start != end:
            return start, end
        if start < _MIDNIGHT and end == 0 and start:
            return start, _MIDNIGHT
    raise FaultError(GAP_OPTION_FAULTS.build("hours", field="--hours", value=text))


class GapOrder(GroundOrder):
    """What to find. ``at`` selects one instant; otherwise the week that contains ``week_of`` is examined.

    ``hours`` selects hours of each day. ``outlines`` separate and name the gaps, ``places`` is a file of named points
    in the same ``datum``.
    """

    at: Annotated[
        PlannedInstant | None, Prompt(N_("At one instant (nothing: in a week)"), is_proposed=True)
    ] = None  # type: ignore[assignment]
    week_of: Annotated[
        PlannedDay | None,
        Prompt(N_("In the week of (nothing: that of the last ordinary working day)"), is_proposed=True),
    ] = None
    hours: Annotated[
        str | None,
        check_by(parse_clock_hours),
        Prompt(N_("Only these hours of each day, such as 22-6"), metavar="FROM-TO"),
    ] = None
    places: Annotated[
        Path | None,
        FileOf(*TABLE_FILES, *OUTLINE_FILES),
        Prompt(N_("List of places that people know, by which gaps are named"), is_further=True),
    ] = None
    geojson: Geojson = None

    meant: ClassVar[Mapping[str, str]] = {"hours": "clock"}

    @classmethod
    def choose_instant(cls, values: Mapping[str, Any], now: datetime | None) -> Mapping[str, Any]:
        """Return the values with the usual week where none was typed: the stored question asks about the same again."""
        if now is None or values.get("at") or values.get("week_of"):
            return values
        return {**values, "week_of": civil_date(usual_instant(now))}

    @property
    def clock(self) -> tuple[int, int] | None:
        """The hours of each day, such as (22, 6) for 22:00 to 6:00; None selects all."""
        return parse_clock_hours(self.hours) if self.hours else None

    def find_faults(self) -> Iterator[Fault]:
        yield from super().find_faults()
        if self.at is not None and (self.week_of is not None or self.hours):
            field = "--week-of" if self.week_of is not None else "--hours"
            yield GAP_OPTION_FAULTS.build("instant_and_week", field=field)
