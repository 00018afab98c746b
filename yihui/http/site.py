"""What every page and every answer over HTTP needs at hand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from fastapi import Request

from yihui.bootstrap import Wiring
from yihui.http.drain import Drain
from yihui.http.guard.allowances import Allowances
from yihui.http.guard.throttle import Throttle
from yihui.http.ingress_gate import Gate
from yihui.http.reports.intake import ReportService
from yihui.http.reports.rest_counting import RestTally
from yihui.http.reports.subscriptions import UpdateNotifier
from yihui.http.search_counting import Searching
from yihui.http.snapshot import Snapshots
from yihui.http.stations.listing_cache import Listings
from yihui.http.stations.place_search import Finding
from yihui.http.write_queue import Writing
from yihui.runtime.language import LANGUAGES, Language, language_from_header, load_language
from yihui.services.district_names import load_outline_names
from yihui.views.station_json import StationJsonCache

MOST_GUESSES, GUESSES_WITHIN = 20, timedelta(minutes=15)  # of wrong keys by one network; a key has 160 bits


@dataclass(frozen=True, slots=True)
class Site:
    """The wiring and the stations in memory; made once for each app."""

    wiring: Wiring
    snapshots: Snapshots
    drain: Drain
    gate: Gate
    searching: Searching
    resting: RestTally
    reports: ReportService
    listening: UpdateNotifier
    allowances: Allowances = field(default_factory=lambda: Allowances(None))
    guesses: Throttle = field(
        default_factory=lambda: Throttle(MOST_GUESSES, GUESSES_WITHIN)
    )  # of keepers' keys
    written: StationJsonCache = field(default_factory=StationJsonCache)
    listings: Listings = field(default_factory=Listings)
    _names: dict[str, str] = field(default_factory=dict)
    finding: Finding = field(init=False)
    writing: Writing = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "finding", Finding(self.snapshots, self.place_names))
        object.__setattr__(self, "writing", Writing(self.wiring))

    def place_names(self) -> Mapping[str, str]:
        """Names of provinces, cities and districts by code; empty while no outlines are cached.

        A page does not wait for the seconds that their first reading takes.
        """
        if self.wiring.outlines_cache.exists() and not self._names:
            self._names.update(load_outline_names(self.wiring.outlines_cache))
        return self._names

    def language(self, request: Request) -> Language:
        """``?lang=`` first, then ``Accept-Language``, then what the site was started with."""
        asked = request.query_params.get("lang", "")[:2].lower()
        return self.language_of(asked, request.headers.get("accept-language", ""))

    def language_of(self, asked: str, accepted: str) -> Language:
        """The same of what the two say; empty where they say nothing."""
        if asked in LANGUAGES:
            return load_language(asked)
        return load_language(language_from_header(accepted)) if accepted else self.wiring.language
