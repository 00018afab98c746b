"""List the opening states of some days as periods, for clients that look them up instead of computing them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geo.hours.schedules import Opening, Schedules


@dataclass(frozen=True, slots=True)
class OpeningPeriod:
    """The opening state from an instant until the next period starts. *Units*: UTC."""

    start: datetime
    opening: "Opening"


def list_opening_periods(
    schedules: "Schedules", schedule_id: int, first: date, days: int
) -> tuple[OpeningPeriod, ...]:
    """Return the states of `Schedules.opening` over some civil days, from the first day's midnight on."""
    pieces: list[OpeningPeriod] = []
    for start in schedules.change_instants(schedule_id, first, days):
        opening = schedules.opening(schedule_id, start)
        if not pieces or pieces[-1].opening != opening:
            pieces.append(OpeningPeriod(start, opening))
    return tuple(pieces)
