"""The hours of a day in which the product sends no reminder."""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from core.civil_time import CIVIL_TIME

_SPAN = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class QuietHours:
    """The hours of the civil day in which no reminder is sent; none if both ends are the same."""

    begin: time = time(21)
    end: time = time(8)

    def holds(self, instant: datetime) -> bool:
        """Return whether an instant lies in the quiet hours; their end does not."""
        clock = instant.astimezone(CIVIL_TIME).time()
        if self.begin <= self.end:
            return self.begin <= clock < self.end
        return clock >= self.begin or clock < self.end

    def find_end(self, instant: datetime) -> datetime:
        """Return the instant itself outside of the quiet hours, else their next end."""
        if not self.holds(instant):
            return instant
        civil = instant.astimezone(CIVIL_TIME)
        end = datetime.combine(civil.date(), self.end, CIVIL_TIME)
        return end if end > civil else end + timedelta(days=1)

    def __str__(self) -> str:
        return f"{self.begin:%H:%M}-{self.end:%H:%M}"


def parse_quiet_hours(text: str) -> QuietHours | None:
    """Parse the quiet hours of a setting, such as 21:00-08:00; None if the text has another form."""
    found = _SPAN.fullmatch(text)
    if found is None:
        return None
    hours = [int(part) for part in found.groups()]
    return QuietHours(time(hours[0], hours[1]), time(hours[2], hours[3]))
