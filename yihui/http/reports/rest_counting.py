"""“I am resting here”: counted by station and hour, told now and then as ``station.used``; see docs/decisions/0031.

A phone counts once for a station and an hour. That is known from a keyed hash of its network and the day, in
memory and for that hour alone, and where it waited for the network from the key that it made; no count says
whose it is.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic_core import to_json

from geo.registry import find
from yihui.http.reports.intake import key_of
from yihui.http.search_counting import hour_of_week
from yihui.http.usage_counting import SOURCE, Counting
from yihui.services.keepers import reporter_of

LONGEST_AGO = timedelta(days=6)  # before the figures of its month are shown, a week after the month's end
_MOST_PHONES = 200_000  # of one hour; who comes after them isn't counted
_MOST_KEYS = 20_000


class RestTold(BaseModel):
    """``rested_at``: when that was, where it waited for the network; a rest of a week ago isn't counted.

    ``idempotency_key``: whatever is sent with the same one is one rest.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rested_at: AwareDatetime | None = None
    idempotency_key: (
        Annotated[str, Field(min_length=16, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")] | None
    ) = None


class Rest(NamedTuple):
    """All that is known of a rest: within which hour, and where."""

    made_at: datetime  # the beginning of the hour
    station: str


@dataclass(slots=True)
class Resting(Counting[Rest]):
    """Counts who rests at a station, each one once an hour."""

    _hour: datetime | None = None
    _seen: set[tuple[str, Rest]] = field(default_factory=set)
    _keys: OrderedDict[tuple[str, str], None] = field(default_factory=OrderedDict)

    def note(self, station: str, address: str, told: RestTold) -> bool | None:
        """Count somebody at a station; False where they are counted, None where there is no such station.

        *Raises*: NotTaken where the site can count nobody.
        """
        now = self.wiring.now()
        with self.wiring.database.read() as connection:
            there = find(connection, station) if station.isprintable() else None  # no database looks for NUL
        if there is None:
            return None
        rested_at = min(told.rested_at or now, now)  # no phone's clock is ahead of what it sees
        if now - rested_at > LONGEST_AGO:
            return False
        rest = Rest(hour_of(rested_at), station)
        who = reporter_of(address, now, key_of(self.wiring))
        if not self._is_first(hour_of(now), (who, rest), told.idempotency_key):
            return False
        self.count(rest)
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

    def _is_first(self, hour: datetime, seen: tuple[str, Rest], key: str | None) -> bool:
        """Whether neither key nor phone was counted; the phone is known for the hour in which it tells."""
        with self._lock:
            if self._hour != hour:
                self._hour, self._seen = hour, set()
            known = key is not None and self._remember(seen[1].station, key)
            if known or seen in self._seen or len(self._seen) >= _MOST_PHONES:
                return False
            self._seen.add(seen)
            return True

    def _remember(self, station: str, key: str) -> bool:
        """Whether a key came before at this station; it does from now on."""
        known = (station, key) in self._keys
        self._keys[station, key] = None
        while len(self._keys) > _MOST_KEYS:
            self._keys.popitem(last=False)
        return known


def hour_of(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
