"""Remember for a minute which keys this process has recorded as used, so that a request rarely writes for it."""

from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from yihui.access.sender_storage import USE_RECORDED_EVERY
from yihui.access.senders import hash_key

_MOST_KEYS = 10_000


@dataclass(slots=True)
class KeyUses:
    """The instants at which uses of keys were recorded, by the keys' digests."""

    _recorded: dict[str, datetime] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def is_due(self, key: str, now: datetime) -> bool:
        """Return whether a key's use is to be recorded, and remember that it is."""
        digest = hash_key(key)
        with self._lock:
            last = self._recorded.get(digest)
            if last is not None and abs(now - last) < USE_RECORDED_EVERY:
                return False
            if len(self._recorded) >= _MOST_KEYS:
                self._recorded.clear()
            self._recorded[digest] = now
            return True
