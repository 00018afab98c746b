"""Which reminder of an end is due on a day. Pure."""

from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Literal, get_args

ReminderKind = Literal["benefit", "claim", "application"]
REMINDER_KINDS: tuple[ReminderKind, ...] = get_args(ReminderKind)
REMINDER_DAYS = (7, 1)  # before the last day; a late reminder is sent until the next one is due


@dataclass(frozen=True, slots=True)
class ReminderKey:
    """One reminder: whom, of what kind, what day is the last, and which of the reminders before it.

    A member gets one reminder for all things of a kind that end on the same day.
    """

    member_id: str
    kind: ReminderKind
    last_day: date
    days_before: int

    @property
    def id(self) -> str:
        """The id under which each attempt is sent, so that a gateway can recognise a second one."""
        parts = f"{self.member_id}\0{self.kind}\0{self.last_day}\0{self.days_before}"
        return f"reminder_{sha256(parts.encode()).hexdigest()[:32]}"


def find_due_reminder(last_day: date, today: date) -> int | None:
    """Return which reminder of an end is due: the one a week before or a day before; None if neither is.

    >>> [find_due_reminder(date(2026, 11, 30), date(2026, 11, day)) for day in (22, 23, 28, 29, 30)]
    [None, 7, 7, 1, 1]
    """
    left = (last_day - today).days
    return min((days for days in REMINDER_DAYS if 0 <= left <= days), default=None)
