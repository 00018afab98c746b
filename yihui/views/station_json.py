"""The answers of `yihui/views/stations.py` as JSON, of which what the register says of a station is written once."""

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, TypeVar

from pydantic_core import to_json

from yihui.runtime.language import Language
from yihui.views.live_status import live_answers
from yihui.views.stations import civil, opening_answer, skip_answer, station_answers, way_answer

if TYPE_CHECKING:
    from geo.crs import Datum
    from geo.hours import Opening
    from geo.nearest.result import Hit, Nearest
    from geo.station import Station

_Key = TypeVar("_Key", bound=Hashable)
_Of = TypeVar("_Of")
_MOST_KEPT = 50_000  # of each kind: some 600 bytes for a station, 200 for what its hours say


class Written:
    """What answers repeat, as JSON: stations, and what holds at them in the minute that is asked about most."""

    def __init__(self) -> None:
        self._stations: dict[tuple[str, Datum], tuple[Station, bytes]] = {}
        self._openings: dict[tuple[int, str], tuple[Opening, bytes]] = {}

    def station(self, station: "Station", datum: "Datum") -> bytes:
        """The members of `yihui.views.stations.StationAnswer`, with its place in ``datum``, and a comma."""
        kept = self._stations.get((station.id, datum))
        if kept is not None and kept[0] is station:
            return kept[1]
        (answer,) = station_answers([station], datum)
        return _kept(self._stations, (station.id, datum), station, _members(answer))

    def opening(self, opening: "Opening", language: Language) -> bytes:
        """The members of `yihui.views.stations.OpeningAnswer`, and a comma."""
        kept = self._openings.get((id(opening), language.code))  # held here, so that its number stays its own
        if kept is not None and kept[0] is opening:
            return kept[1]
        text = _members(opening_answer(opening, language))
        return _kept(self._openings, (id(opening), language.code), opening, text)


def nearest_json(
    query: bytes,
    found: "Nearest",
    datum: "Datum",
    language: Language,
    written: Written,
) -> bytes:
    """The JSON of what `yihui.views.stations.nearest_answers` gives for one query, which is JSON already."""

    def hit_json(hit: "Hit") -> bytes:
        live = to_json(live_answers(hit.live, language)) if hit.live else b"[]"
        return b'{%b%b%b"live":%b}' % (
            written.station(hit.station, datum),
            _way_json(hit),
            written.opening(hit.opening, language),
            live,
        )

    first = found.first_to_open
    return b'{"query":%b,"results":[%b],"skipped":%b,"grown_to_m":%b,"first_to_open":%b,"off_streets":%b}' % (
        query,
        b",".join(map(hit_json, found.results)),
        to_json([skip_answer(skip, language) for skip in found.skipped]) if found.skipped else b"[]",
        b"null" if found.grown_to_m is None else to_json(found.grown_to_m),
        b"null" if first is None else hit_json(first),
        b"true" if found.off_network else b"false",
    )


def _way_json(hit: "Hit") -> bytes:
    """The members of `yihui.views.stations.WayAnswer`, and a comma: numbers, an instant and words of ours."""
    if hit.minutes is not None:
        return _members(way_answer(hit))
    told = hit.distance_m, hit.bearing.encode(), civil(hit.at).encode()
    return b'"distance_m":%.3f,"bearing":"%b","minutes":null,"minutes_by":null,"way_m":null,"at":"%b",' % told


def _members(of: Mapping[str, object]) -> bytes:
    """What stands within the braces of an object, and a comma."""
    return to_json(of)[1:-1] + b","


def _kept(texts: dict[_Key, tuple[_Of, bytes]], key: _Key, of: _Of, text: bytes) -> bytes:
    if len(texts) >= _MOST_KEPT:
        texts.clear()
    texts[key] = of, text
    return text
