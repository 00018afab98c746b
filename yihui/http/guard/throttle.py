"""Limit how often one sender may do something, within one process."""

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

_MOST_SENDERS = 10_000  # the sender unseen for longest is forgotten first


@dataclass(slots=True)
class Throttle:
    """Admits each sender at most ``most`` times in the period ``within``."""

    most: int
    within: timedelta
    _times: OrderedDict[str, deque[datetime]] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def is_full(self, sender: str, now: datetime) -> bool:
        """Return whether the limit is reached, without counting."""
        with self._lock:
            times = self._times.get(sender, ())
            return sum(time > now - self.within for time in times) >= self.most

    def admit(self, sender: str, now: datetime) -> bool:
        """Return whether this time is within the limit, and count it if so."""
        with self._lock:
            times = self._times.setdefault(sender, deque())
            self._times.move_to_end(sender)
            while times and times[0] <= now - self.within:
                times.popleft()
            if len(times) >= self.most:
                return False
            times.append(now)
            while len(self._times) > _MOST_SENDERS:
                self._times.popitem(last=False)
            return True
