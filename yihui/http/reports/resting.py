"""“I am resting here”: counted by station and hour, told now and then as ``station.used``; see docs/decisions/0031.

A phone counts once for a station and an hour. That is known from a keyed hash of its network and the day, in
memory and for that hour alone; no count says whose it is.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from pydantic_core import to_json

from geo.registry import find
from yihui.http.counting import SOURCE, Counting
from yihui.http.searching import hour_of_week
from yihui.keeping import reporter_of

_MOST_PHONES = 200_000  # of one hour; who comes after them isn't counted


class Rest(NamedTuple):
    """All that is known of a rest: within which hour, and where."""

    made_at: datetime  # the beginning of the hour
    station: str


@dataclass(slots=True)
class Resting(Counting[Rest]):
    """Counts who rests at a station, each one once an hour."""

    _hour: datetime | None = None
    _seen: set[tuple[str, str]] = field(default_factory=set)

    def note(self, station: str, address: str) -> bool | None:
        """Count somebody at a station; False where they are counted, None where there is no such station."""
        now = self.wiring.now()
        with self.wiring.database.read() as connection:
            there = find(connection, station) if station.isprintable() else None  # no database looks for NUL
        if there is None:
            return None
        made_at = now.replace(minute=0, second=0, microsecond=0)
        if not self._is_first(made_at, (reporter_of(address, now, self.wiring.identity_key), station)):
            return False
        self.count(Rest(made_at, station))
        return True

    def event_text(self, id: str, kind: Rest, count: int) -> bytes:
        return to_json(
            {
                "specversion": "1.0",
                "id": id,
                "source": SOURCE,
                "type": "station.used",
                "subject": kind.station,
                "time": kind.made_at.isoformat(),
                "data": {"station": kind.station, "hour": hour_of_week(kind.made_at), "count": count},
            }
        )

    def _is_first(self, hour: datetime, who: tuple[str, str]) -> bool:
        with self._lock:
            if self._hour != hour:
                self._hour, self._seen = hour, set()
            if who in self._seen or len(self._seen) >= _MOST_PHONES:
                return False
            self._seen.add(who)
            return True
