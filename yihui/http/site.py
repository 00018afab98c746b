"""The objects that every page and every API answer needs."""

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from fastapi import Request

from geo.formats.outlines import load_area_names
from yihui.access.actor import Actor
from yihui.access.sender_storage import USE_RECORDED_EVERY
from yihui.access.senders import hash_key
from yihui.bootstrap import Wiring
from yihui.http.clock_watch import ClockWatch
from yihui.http.drain import Drain
from yihui.http.guard.allowances import Allowances, Throttle
from yihui.http.ingress_gate import IngressGate
from yihui.http.job_runner import JobRunner
from yihui.http.reports.intake import ReportService
from yihui.http.reports.rest_counting import RestTally
from yihui.http.reports.subscriptions import UpdateNotifier
from yihui.http.snapshot import SnapshotCache, StationListingCache
from yihui.http.stations.place_search import PlaceIndexCache
from yihui.http.usage_counting import SearchTally
from yihui.http.write_queue import MessageLane, WriteQueue
from yihui.runtime.language import LANGUAGES, Language, language_from_header, load_language
from yihui.views.station_json import StationJsonCache

_MOST_KEYS = 10_000
MAX_WRONG_KEYS, WRONG_KEYS_PERIOD = 20, timedelta(minutes=15)  # from one network; a key has 160 bits
ActorFinder = Callable[[Request], Actor | None]


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


@dataclass(frozen=True, slots=True)
class Site:
    """The wiring and the stations in memory; built once for each app."""

    wiring: Wiring
    snapshots: SnapshotCache
    drain: Drain
    gate: IngressGate
    search_tally: SearchTally
    rest_tally: RestTally
    report_service: ReportService
    update_notifier: UpdateNotifier
    allowances: Allowances = field(default_factory=lambda: Allowances(None))
    serves_officers: bool = True  # whether the routes of officers and members are served too
    members_address: str | None = ""  # where the member's own page is: here, under another name, or nowhere
    # Says who sent a request, in place of sessions and keys: for a site that another program logs in to, and for tests.
    actor_finder: ActorFinder | None = None
    is_local: bool = True  # whether only this machine reaches the site: a demo's user needs no log-in there
    key_uses: KeyUses = field(default_factory=KeyUses)
    wrong_key_throttle: Throttle = field(
        default_factory=lambda: Throttle(MAX_WRONG_KEYS, WRONG_KEYS_PERIOD)
    )  # wrong keeper keys, by network
    station_json_cache: StationJsonCache = field(default_factory=StationJsonCache)
    listing_cache: StationListingCache = field(default_factory=StationListingCache)
    _names: dict[str, str] = field(default_factory=dict)
    place_index_cache: PlaceIndexCache = field(init=False)
    write_queue: WriteQueue = field(init=False)
    message_lane: MessageLane = field(default_factory=MessageLane)
    job_runner: JobRunner = field(init=False)
    clock_watch: ClockWatch = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "place_index_cache", PlaceIndexCache(self.snapshots, self.place_names))
        object.__setattr__(self, "write_queue", WriteQueue(self.wiring))
        object.__setattr__(self, "job_runner", JobRunner(self.wiring))
        object.__setattr__(self, "clock_watch", ClockWatch(self.wiring))

    def for_face(
        self,
        wiring: Wiring,
        allowances: Allowances,
        *,
        serves_officers: bool,
        members_address: str | None,
    ) -> "Site":
        """Return the same stations, queues and counts for a face under a name of its own, with its own wiring."""
        face = copy(self)
        changed: dict[str, object] = {
            "wiring": wiring,
            "allowances": allowances,
            "serves_officers": serves_officers,
            "members_address": members_address,
            "is_local": False,
        }
        for name, value in changed.items():
            object.__setattr__(face, name, value)
        return face

    def place_names(self) -> Mapping[str, str]:
        """Return the names of provinces, cities and districts by code; empty while no outlines are cached.

        The first reading of the outlines takes seconds; a page does not wait for it.
        """
        if not self._names:
            self._names.update(load_area_names())
        return self._names

    def language(self, request: Request) -> Language:
        """Return the language: ``?lang=`` first, then ``Accept-Language``, then the site's own."""
        asked = request.query_params.get("lang", "")[:2].lower()
        return self.choose_language(asked, request.headers.get("accept-language", ""))

    def choose_language(self, asked: str, accepted: str) -> Language:
        """Return the language for the values of ``lang`` and ``Accept-Language``; an absent one is empty."""
        return find_language(asked, accepted) or self.wiring.language


def find_language(asked: str, accepted: str) -> Language | None:
    """Return the language that ``lang`` names, or else ``Accept-Language``; None where neither is given."""
    if asked in LANGUAGES:
        return load_language(asked)
    return load_language(language_from_header(accepted)) if accepted else None
