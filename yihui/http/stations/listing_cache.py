"""Cache the listing of the current snapshot, for the API and for the rider's page."""

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geo.nearest.listing import StationListing
    from yihui.http.snapshot import Snapshot


@dataclass(slots=True)
class StationListingCache:
    """Builds a listing on first use, and stores the last one."""

    _last: "tuple[Snapshot, StationListing] | None" = None
    _lock: Lock = field(default_factory=Lock)

    def get(self, snapshot: "Snapshot") -> "StationListing":
        from geo.nearest.listing import StationListing

        with self._lock:
            if self._last is None or self._last[0] is not snapshot:
                self._last = snapshot, StationListing(snapshot.index, snapshot.stations, snapshot.live)
            return self._last[1]
