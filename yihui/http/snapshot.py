"""The stations in memory; read again only when the register or the live status has changed."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING

from store.changes import CommitDetector, CommitMark
from yihui.bootstrap import Wiring
from yihui.services.stations.snapshot import (
    Snapshot,
    load_snapshot,
    newest_snapshot_version,
)

if TYPE_CHECKING:
    from geo.nearest.listing import StationListing

_PATIENCE_S = 0.5  # how long a reader waits while another one loads


class SnapshotCache:
    """Provides the current snapshot; callers that read an older one are not disturbed."""

    def __init__(self, wiring: Wiring, patience_s: float = _PATIENCE_S) -> None:
        self._wiring = wiring
        self._patience_s = patience_s
        self._loading = Lock()
        self._known: tuple[CommitMark, Snapshot] | None = (
            None  # snapshot, and the last mark at which it was newest
        )

    def peek_current(self) -> Snapshot | None:
        """Return the newest snapshot, or None if a quick check finds a later commit. Never waits."""
        known = self._known
        if known is None or known[0] != self._changes.recent_mark():
            return None
        return known[1] if known[1].is_current(known[1].version, self._wiring.now()) else None

    def current(self) -> Snapshot:
        """Return the newest snapshot; while one reader loads it, others wait briefly, then use the previous.

        A few changes load in about 10 ms, so a report that was just processed is in the next answer. All
        stations of a province take seconds after an import; only a reader without a previous snapshot waits
        that long. This function blocks: don't call it in the event loop.

        *Raises*: StoreError if the database can't be read.
        """
        mark = self._changes.mark()  # before reading: a commit in the meantime gets another mark
        last = None if self._known is None else self._known[1]
        now = self._wiring.now()
        if last is not None and last.is_current(newest_snapshot_version(self._wiring), now):
            self._known = (mark, last)
            return last
        if not self._loading.acquire(timeout=-1 if last is None else self._patience_s):
            assert last is not None, "only a reader that has something to show does not wait"
            return last
        try:
            return self._load(mark, now)
        finally:
            self._loading.release()

    @cached_property
    def _changes(self) -> CommitDetector:
        return CommitDetector(self._wiring.database)

    def _load(self, mark: CommitMark, now: datetime) -> Snapshot:
        last = None if self._known is None else self._known[1]  # another reader may have loaded it
        newest = load_snapshot(self._wiring, last, now)
        self._known = (mark, newest)
        return newest


@dataclass(slots=True)
class StationListingCache:
    """Builds the listing of a snapshot on first use, and stores the last one."""

    _last: "tuple[Snapshot, StationListing] | None" = None
    _lock: Lock = field(default_factory=Lock)

    def get(self, snapshot: Snapshot) -> "StationListing":
        from geo.nearest.listing import StationListing

        with self._lock:
            if self._last is None or self._last[0] is not snapshot:
                self._last = (
                    snapshot,
                    StationListing(snapshot.index, snapshot.stations, snapshot.live, snapshot.links),
                )
            return self._last[1]
