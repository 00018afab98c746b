"""What every page and every answer over HTTP needs at hand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fastapi import Request

from yihui.bootstrap import Wiring
from yihui.http.districts import CITY_DIGITS
from yihui.http.drain import Drain
from yihui.http.snapshot import Snapshots
from yihui.language import LANGUAGES, Language, language, wanted_by_header


@dataclass(frozen=True, slots=True)
class Site:
    """The wiring and the stations in memory; made once for each app."""

    wiring: Wiring
    snapshots: Snapshots
    drain: Drain
    _cities: dict[str, str] = field(default_factory=dict)

    def cities(self) -> Mapping[str, str]:
        """Name by the first four digits of a district's code; empty while no outlines are cached.

        A page does not wait for the seconds that their first reading takes.
        """
        if self.wiring.outlines_cache.exists() and not self._cities:
            self._cities.update(_names(self.wiring.outlines_cache))
        return self._cities

    def language(self, request: Request) -> Language:
        """``?lang=`` first, then ``Accept-Language``, then what the site was started with."""
        asked = request.query_params.get("lang", "")[:2].lower()
        if asked in LANGUAGES:
            return language(asked)
        accepted = request.headers.get("accept-language")
        return language(wanted_by_header(accepted)) if accepted else self.wiring.language


def _names(outlines: Path) -> dict[str, str]:
    from geo.districts import Level
    from geo.formats.outlines import load_outlines

    areas = [load_outlines(outlines, level=level) for level in (Level.PROVINCE, Level.CITY)]
    return {
        code[:CITY_DIGITS]: name
        for area in areas
        for code, name in zip(area["code"], area["name"], strict=True)
    }
