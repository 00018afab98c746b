"""The listing of the current snapshot: for the API and for the rider's page."""

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geo.nearest.listing import Listing
    from yihui.http.snapshot import Snapshot


@dataclass(slots=True)
class Listings:
    """Makes a listing when first asked for, and keeps the last one."""

    _last: "tuple[Snapshot, Listing] | None" = None
    _lock: Lock = field(default_factory=Lock)

    def of(self, snapshot: "Snapshot") -> "Listing":
        from geo.nearest.listing import Listing

        with self._lock:
            if self._last is None or self._last[0] is not snapshot:
                self._last = snapshot, Listing(snapshot.index, snapshot.stations, snapshot.live)
            return self._last[1]
