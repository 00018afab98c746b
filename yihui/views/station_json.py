"""Encode the answer to a nearest query as JSON, from the data of `yihui.views.stations`; what is the same is cached."""

from collections.abc import Hashable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from pydantic_core import to_json

from core.civil_time import format_civil_instant
from yihui.runtime.language import Language
from yihui.views.live_status import build_live_answers
from yihui.views.stations import (
    WayAnswer,
    all_hits,
    build_opening_answer,
    build_query_answer,
    build_skip_answer,
    build_station_answers,
    read_way,
    skip_reason,
    to_millimetres,
)

if TYPE_CHECKING:
    from geo.datum import Datum
    from geo.hours import Opening
    from geo.nearest.query import Match, NearestQuery, NearestResult, SkippedStation
    from geo.station import Station

_Key = TypeVar("_Key", bound=Hashable)
_Of = TypeVar("_Of")
_WAY = '"{}":%r,"{}":"%s","{}":%s,"{}":%s,"{}":%s,"{}":"%s",'.format(*WayAnswer.__annotations__)
_BESIDE = b'"skipped":[%b],"grown_to_m":%b,"off_streets":%b,"beyond":[%b]}'
_MOST_KEPT = 50_000  # entries of each kind: some 600 bytes for a station, 200 for an opening


class StationJsonCache:
    """A cache of encoded stations and opening states."""

    def __init__(self) -> None:
        # By the id() of objects that the cache holds, so that it is not reused: a station's own id is in far memory.
        self._stations: dict[tuple[int, Datum], tuple[Station, bytes]] = {}
        self._openings: dict[tuple[int, str], tuple[Opening, bytes]] = {}
        self._names: dict[int, tuple[Station, bytes]] = {}

    def station_json(self, station: "Station", datum: "Datum") -> bytes:
        """Return the members of `yihui.views.stations.StationAnswer`, with its place in ``datum``, and a comma."""
        kept = self._stations.get((id(station), datum))
        if kept is not None:
            return kept[1]
        (answer,) = build_station_answers([station], datum)
        return _keep(self._stations, (id(station), datum), station, _members(answer))

    def opening_json(self, opening: "Opening", language: Language) -> bytes:
        """Return the members of `yihui.views.stations.OpeningAnswer`, and a comma."""
        kept = self._openings.get((id(opening), language.code))
        if kept is not None:
            return kept[1]
        text = _members(build_opening_answer(opening, language))
        return _keep(self._openings, (id(opening), language.code), opening, text)

    def beside_json(self, result: "NearestResult", language: Language) -> bytes:
        """Return the members of `yihui.views.stations.SearchAnswer`, and a closing brace."""
        skipped = self._skips_json(result.skipped, language)
        beyond = self._skips_json(result.beyond, language)
        return _BESIDE % (skipped, to_json(result.grown_to_m), to_json(result.off_network), beyond)

    def _skips_json(self, skips: "Sequence[SkippedStation]", language: Language) -> bytes:
        """Return the data of `yihui.views.stations.SkipAnswer` of each, with commas."""
        return b",".join([self._skip_json(skip, language) for skip in skips])

    def _skip_json(self, skip: "SkippedStation", language: Language) -> bytes:
        kept, reason = self._names.get(id(skip.station)), _text_json(skip_reason(skip, language))
        if kept is None:
            answer = build_skip_answer(skip, language)
            name = _members({"id": answer["id"], "name": answer["name"], "kind": answer["kind"]})
            kept = skip.station, _keep(self._names, id(skip.station), skip.station, name)
        return b'{%b"distance_m":%r,"reason":%b}' % (kept[1], to_millimetres(skip.distance_m), reason)


def query_json(query: "NearestQuery") -> bytes:
    """Return the members of an answer's ``query`` that depend on neither point nor instant, and a comma."""
    return _members({name: value for name, value in build_query_answer(query).items() if name != "at"})


def nearest_json(
    point: tuple[float, float],
    query: "NearestQuery",
    shared: bytes,
    result: "NearestResult",
    language: Language,
    cache: StationJsonCache,
) -> bytes:
    """Encode the result near one point, equal to `build_nearest_answers`; ``shared`` is `query_json`'s."""
    matches = [
        b"".join(
            (
                b"{",
                cache.station_json(hit.station, query.datum),
                _way_json(hit),
                cache.opening_json(hit.opening, language),
                b'"live":',
                to_json(build_live_answers(hit.live, language)) if hit.live else b"[]",
                b"}",
            )
        )
        for hit in all_hits(result)
    ]
    first = b"null" if result.first_to_open is None else matches.pop()
    return b'{"query":{%b"lon":%r,"lat":%r,"at":"%b"},"results":[%b],"first_to_open":%b,%b' % (
        shared,
        float(point[0]),
        float(point[1]),
        format_civil_instant(query.instant).encode(),
        b",".join(matches),
        first,
        cache.beside_json(result, language),
    )


def _way_json(hit: "Match") -> bytes:
    """Return the members of `yihui.views.stations.WayAnswer`, and a comma; a call of `to_json` takes three times as long."""
    distance_m, bearing, minutes, by, way_m, at = read_way(hit)
    by = "null" if by is None else f'"{by}"'
    return (_WAY % (distance_m, bearing, _number_json(minutes), by, _number_json(way_m), at)).encode()


def _number_json(value: float | str | None) -> str:
    return "null" if value is None else repr(float(value))  # numpy's own floats name their type


@lru_cache(maxsize=4_096)  # few reasons, as `skip_reason` knows
def _text_json(text: str) -> bytes:
    return to_json(text)


def _members(of: Mapping[str, object]) -> bytes:
    """Return the content between the braces of an object, and a comma."""
    return to_json(of)[1:-1] + b","


def _keep(texts: dict[_Key, tuple[_Of, bytes]], key: _Key, of: _Of, text: bytes) -> bytes:
    if len(texts) >= _MOST_KEPT:
        texts.clear()
    texts[key] = of, text
    return text
