"""What a schedule says through some days, in pieces: for those who have to look it up and can't reckon it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geo.hours.schedules import Opening, Schedules


@dataclass(frozen=True, slots=True)
class Piece:
    """What holds from an instant on, until the next piece starts. *Units*: UTC."""

    start: datetime
    opening: "Opening"


def pieces_of(schedules: "Schedules", schedule_id: int, first: date, days: int) -> tuple[Piece, ...]:
    """What `Schedules.opening` says at every instant of some civil days, from the first one's midnight on."""
    pieces: list[Piece] = []
    for start in schedules.turns(schedule_id, first, days):
        opening = schedules.opening(schedule_id, start)
        if not pieces or pieces[-1].opening != opening:
            pieces.append(Piece(start, opening))
    return tuple(pieces)
