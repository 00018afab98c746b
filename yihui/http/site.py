"""What every page and every answer over HTTP needs at hand."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fastapi import Request

from yihui.bootstrap import Wiring
from yihui.http.drain import Drain
from yihui.http.gate import Gate
from yihui.http.searching import Searching
from yihui.http.snapshot import Snapshots
from yihui.language import LANGUAGES, Language, language, wanted_by_header
from yihui.place_names import outline_names


@dataclass(frozen=True, slots=True)
class Site:
    """The wiring and the stations in memory; made once for each app."""

    wiring: Wiring
    snapshots: Snapshots
    drain: Drain
    gate: Gate
    searching: Searching
    _names: dict[str, str] = field(default_factory=dict)

    def place_names(self) -> Mapping[str, str]:
        """Names of provinces, cities and districts by code; empty while no outlines are cached.

        A page does not wait for the seconds that their first reading takes.
        """
        if self.wiring.outlines_cache.exists() and not self._names:
            self._names.update(outline_names(self.wiring.outlines_cache))
        return self._names

    def language(self, request: Request) -> Language:
        """``?lang=`` first, then ``Accept-Language``, then what the site was started with."""
        asked = request.query_params.get("lang", "")[:2].lower()
        if asked in LANGUAGES:
            return language(asked)
        accepted = request.headers.get("accept-language")
        return language(wanted_by_header(accepted)) if accepted else self.wiring.language
