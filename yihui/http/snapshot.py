"""The stations in memory; read again only when the register or the live status has changed.

While the database is away, riders get answers from what was read last, with its age (docs/decisions/0034).
"""

import logging
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING

from starlette.types import Scope

from store import StoreError
from store.changes import CommitDetector, CommitMark
from yihui.bootstrap import Wiring
from yihui.runtime.background_job import BoundedQuestion
from yihui.services.stations.snapshot import (
    Snapshot,
    SnapshotVersion,
    load_snapshot,
    newest_snapshot_version,
)

if TYPE_CHECKING:
    from geo.nearest.listing import StationListing

_LOG = logging.getLogger(__name__)
_ABOUT_STATIONS = ("/api/v1/stations", "/api/v1/places")
_PATIENCE_S = 0.5  # how long a reader waits while another one loads
_ANSWER_WITHIN_S = 1.5  # the longest time that a rider waits for a database that hangs
_LOADED_WITHIN_S = 30.0  # all stations of a province after an import, with room
_HANGING_PATIENCE_S = 0.02  # the same for the riders after the first one, until the database answers again
_ASKED_EVERY_S = 1.0  # while it is away


class SnapshotCache:
    """Provides the current snapshot; callers that read an older one are not disturbed."""

    def __init__(self, wiring: Wiring, patience_s: float = _PATIENCE_S) -> None:
        self._wiring = wiring
        self._patience_s = patience_s
        self._loading = Lock()
        self._known: tuple[CommitMark, Snapshot] | None = (
            None  # snapshot, and the last mark at which it was newest
        )
        self._read_at: datetime | None = None  # when it was last known to be the newest
        self._is_away = False  # whether the last question to the database failed
        self._asked_again_at = 0.0  # while the database is away, it is asked once in a while
        self._loading_since: float | None = None
        self._question = BoundedQuestion(self._ask, _ANSWER_WITHIN_S)

    def peek_current(self) -> Snapshot | None:
        """Return the newest snapshot, or None if a quick check finds a later commit. Never waits.

        Where a server was asked within the last second, it is asked again beside the answer, so that a server
        under load makes no rider wait: another process's commit is then in the answers of the next second.
        While the database is away it is the last one, but for None once in a while: then `current` asks again.
        """
        known = self._known
        if known is not None and self._rests:
            return known[1]
        if known is None or self._is_away:
            return None
        if known[0] != self._changes.recent_mark():
            if not self._changes.is_fresh(known[0]):
                return None
            self._question.begin()
        return known[1] if known[1].is_current(known[1].version, self._wiring.now()) else None

    @property
    def outdated_since(self) -> datetime | None:
        """When the last snapshot was read, if the database is away; None while it answers."""
        return self._read_at if self._is_away else None

    def find_age_headers(self, scope: Scope, status: int) -> tuple[tuple[bytes, bytes], ...]:
        """Return ``Age`` (RFC 9111, 5.1) where an answer about stations is from before now: the database is away.

        Its value is how many seconds ago the stations were read.
        """
        path, since = scope["path"], self.outdated_since
        if since is None or status != 200 or scope["method"] not in ("GET", "HEAD"):
            return ()
        if path != "/" and not path.startswith(_ABOUT_STATIONS):
            return ()
        return ((b"age", b"%d" % max((self._wiring.now() - since).total_seconds(), 0)),)

    def current(self) -> Snapshot:
        """Return the newest snapshot; while one reader loads it, others wait briefly, then use the previous.

        A few changes load in about 10 ms, so a report that was just processed is in the next answer. All
        stations of a province take seconds after an import; only a reader without a previous snapshot waits
        that long. While the database can't be read or hangs, this is the last snapshot that was read.
        This function blocks: don't call it in the event loop.

        *Raises*: StoreError if the database can't be read and nothing was read before.
        """
        if self._known is None:
            return self._newest()
        if self._rests:
            return self._known[1]
        if self._wiring.database.is_sqlite:  # a file answers or fails, but never hangs
            found = self._ask()
        else:
            found = self._question.answer(_HANGING_PATIENCE_S if self._is_away or self._is_loading else None)
        if found is None and not self._is_loading:
            self._note_away()
        return self._known[1] if found is None else found

    def recent(self, heard: SnapshotVersion | None = None) -> Snapshot:
        """Return what `peek_current` has at hand, or else what `current` finds.

        ``heard``: a version of which the asker has heard, perhaps from another process. Where it is missing, ask the
        database; and once more, since an answer that was on its way may be from before. *Raises*: StoreError.
        """
        found = self.peek_current() or self.current()
        for _ in range(2):
            if heard is None or found.version.includes(heard):
                break
            found = self.current()
        return found

    def _note_away(self) -> None:
        self._is_away, self._asked_again_at = True, monotonic() + _ASKED_EVERY_S

    @property
    def _rests(self) -> bool:
        """Whether the database is away and was asked a moment ago."""
        return self._is_away and monotonic() < self._asked_again_at

    @property
    def _is_loading(self) -> bool:
        """Whether stations are being loaded, and not for so long that the database must hang."""
        since = self._loading_since
        return since is not None and monotonic() - since < _LOADED_WITHIN_S

    def _ask(self) -> Snapshot | None:
        """Ask the database; an answer that comes after all riders' patience shows that it is back, too."""
        try:
            found = self._newest()
        except StoreError as error:
            if not self._is_away:
                _LOG.warning("riders get the last stations that were read: %s", error)
            self._note_away()
            return None
        if self._is_away:
            self._is_away = False
            _LOG.warning("the database answers again; riders get the newest stations")
        return found

    def _newest(self) -> Snapshot:
        mark = self._changes.mark()  # before reading: a commit in the meantime gets another mark
        last = None if self._known is None else self._known[1]
        now = self._wiring.now()
        if last is not None and last.is_current(newest_snapshot_version(self._wiring), now):
            self._known, self._read_at = (mark, last), now
            return last
        if not self._loading.acquire(timeout=-1 if last is None else self._patience_s):
            assert last is not None, "only a reader that has something to show does not wait"
            return last
        self._loading_since = monotonic()
        try:
            return self._load(mark, now)
        finally:
            self._loading_since = None
            self._loading.release()

    @cached_property
    def _changes(self) -> CommitDetector:
        return CommitDetector(self._wiring.database)

    def _load(self, mark: CommitMark, now: datetime) -> Snapshot:
        last = None if self._known is None else self._known[1]  # another reader may have loaded it
        newest = load_snapshot(self._wiring, last, now)
        self._known, self._read_at = (mark, newest), now
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
