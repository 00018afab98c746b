"""Count “I am resting here” by station and hour; publish counts as ``station.used`` (docs/decisions/0027).

A phone counts once for each station and hour. It is recognised by a keyed hash of its network and the
day, held in memory for that hour only. A rest that waited for the network is recognised by the key that
the phone made. The counts do not identify anyone.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic_core import to_json

from core.civil_time import hour_of_week
from yihui.http.reports.intake import load_reporter_key
from yihui.http.usage_counting import WEB_EVENT_SOURCE, ActivityTally, utc_hour_start
from yihui.services.stations.keepers import reporter_pseudonym
from yihui.services.stations.reports import is_known_station

MAX_REST_AGE = timedelta(
    days=6
)  # a month's figures are published a week after its end; the rest must arrive before
_MAX_PHONES = 200_000  # phones counted in one hour; later ones are not counted
_MAX_KEYS = 20_000


class RestReport(BaseModel):
    """One rest. ``rested_at`` is its instant, for a phone that had no network; rests older than a week don't count.

    Requests with the same ``idempotency_key`` are one rest.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rested_at: AwareDatetime | None = None
    idempotency_key: (
        Annotated[str, Field(min_length=16, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")] | None
    ) = None


class Rest(NamedTuple):
    """The hour and the station of a rest; nothing else about it is recorded."""

    hour_start: datetime  # UTC
    station: str


@dataclass(slots=True)
class RestTally(ActivityTally[Rest]):
    """Counts rests by station and hour, each phone once an hour."""

    _hour: datetime | None = None
    _seen: set[tuple[str, Rest]] = field(default_factory=set)
    _keys: OrderedDict[tuple[str, str], None] = field(default_factory=OrderedDict)

    def count_rest(self, station: str, address: str, told: RestReport) -> bool | None:
        """Count a rest; return False if it is already counted or too old, None if there is no such station.

        *Raises*: SubmissionRefused if the site has no usable key of reporters.
        """
        now = self.wiring.now()
        if not is_known_station(self.wiring, station):
            return None
        rested_at = min(told.rested_at or now, now)  # a time in the future is a wrong phone clock
        if now - rested_at > MAX_REST_AGE:
            return False
        rest = Rest(utc_hour_start(rested_at), station)
        who = reporter_pseudonym(address, now, load_reporter_key(self.wiring))
        if not self._is_first(utc_hour_start(now), (who, rest), told.idempotency_key):
            return False
        self.count(rest)
        return True

    def event_text(self, id: str, kind: Rest, count: int) -> bytes:
        return to_json(
            {
                "specversion": "1.0",
                "id": id,
                "source": WEB_EVENT_SOURCE,
                "type": "station.used",
                "subject": kind.station,
                "time": kind.hour_start.isoformat(),
                "data": {"station": kind.station, "hour": hour_of_week(kind.hour_start), "count": count},
            }
        )

    def _is_first(self, hour: datetime, seen: tuple[str, Rest], key: str | None) -> bool:
        """Return whether neither the key nor the phone is counted yet, and remember both.

        The phone is remembered for the hour in which it reports.
        """
        with self._lock:
            if self._hour != hour:
                self._hour, self._seen = hour, set()
            known = key is not None and self._remember(seen[1].station, key)
            if known or seen in self._seen or len(self._seen) >= _MAX_PHONES:
                return False
            self._seen.add(seen)
            return True

    def _remember(self, station: str, key: str) -> bool:
        """Remember a key for a station; return whether it was already known."""
        known = (station, key) in self._keys
        self._keys[station, key] = None
        while len(self._keys) > _MAX_KEYS:
            self._keys.popitem(last=False)
        return known
