"""Hours that hold for a stretch of time only, laid over what the text says of every week."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from geo.hours.phrase import Phrase, read
from geo.hours.rows import OPEN, UNKNOWN
from geo.hours.timetable import DAY_MINUTES

USUAL = "照常"  # takes back what was said earlier of the same stretch
_UTC_OFFSET_MINUTES = 8 * 60
_LATEST_NIGHT = 12 * 60  # until when a text in OSM's own syntax may mean the night before


@dataclass(frozen=True, slots=True)
class Spell:
    """A stretch of time with hours of its own; ``hours_text`` None means closed throughout.

    Hours that can't be understood are unknown. ``promised`` is false where nobody says that the place
    opens when the stretch is over: it only stops being known to be closed. ``params`` fill in ``reason``.
    *Units*: aware instants; whole minutes count, the first and the last wholly.
    """

    start: datetime
    end: datetime
    hours_text: str | None = None
    reason: str = ""
    params: tuple[tuple[str, str], ...] = ()
    promised: bool = True

    def __post_init__(self) -> None:
        if not self.start < self.end:
            raise ValueError(f"a spell from {self.start} to {self.end} has no length")

    @property
    def values(self) -> Mapping[str, str]:
        return MappingProxyType(dict(self.params))

    @property
    def phrase(self) -> Phrase | None:
        """What is understood of its own hours; None where it has none."""
        return None if self.hours_text in (None, USUAL) else read(self.hours_text or "")

    @property
    def minutes(self) -> tuple[int, int]:
        """First minute and the one after the last, counted at UTC+8 from 1970 on."""
        start, end = int(self.start.timestamp() // 60), int(-(-self.end.timestamp() // 60))
        return start + _UTC_OFFSET_MINUTES, end + _UTC_OFFSET_MINUTES

    def holds(self, minute: int) -> bool:
        start, end = self.minutes
        return start <= minute < end

    def laid_over(self, row: bytearray, day: int, own: bytes, usual: Phrase) -> None:
        """Change a day's states where the spell holds; ``own`` is that day by the spell's own hours.

        Hours that go on after midnight belong to the day before. On the spell's first morning its own
        are of a day that it doesn't mean, and on the morning after it the usual ones are of a day that
        it has changed: never open then, but unknown.
        *Units*: ``day`` counts from 1970, one state a minute.
        """
        start, end = (minute - day * DAY_MINUTES for minute in self.minutes)
        first, last = max(start, 0), min(end, DAY_MINUTES)
        if first < last:
            row[first:last] = own[first:last]
            if start >= 0:
                _doubt(row, first, min(_night(self.phrase), last))
        if end == 0:
            _doubt(row, 0, _night(usual))
            for minute in range(_night(self.phrase)):
                if own[minute] == OPEN:
                    row[minute] = UNKNOWN


def _night(phrase: Phrase | None) -> int:
    """Until which minute of a morning the night before may last."""
    if phrase is None or not phrase.understood or phrase.osm == "24/7":
        return 0
    if phrase.timetable is None:
        return _LATEST_NIGHT
    plans = (rule.plan for rule in phrase.timetable.rules)
    return max(((plan.open | plan.unknown) >> DAY_MINUTES).bit_length() for plan in plans)


def _doubt(row: bytearray, first: int, last: int) -> None:
    for minute in range(first, last):
        if row[minute] == OPEN:
            row[minute] = UNKNOWN
