"""Encode nearest results as JSON, and cache the encoded register data of each station."""

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, TypeVar

from pydantic_core import to_json

from core.civil_time import format_civil_instant
from yihui.runtime.language import Language
from yihui.views.live_status import build_live_answers
from yihui.views.stations import build_opening_answer, build_query_answer, build_station_answers, skip_reason

if TYPE_CHECKING:
    from geo.datum import Datum
    from geo.hours import Opening
    from geo.nearest.query import Match, NearestQuery, NearestResult, SkippedStation
    from geo.station import Station

_Key = TypeVar("_Key", bound=Hashable)
_Of = TypeVar("_Of")
_MOST_KEPT = 50_000  # entries of each kind: some 600 bytes for a station, 200 for the others


class StationJsonCache:
    """A cache of encoded stations, of opening states and of reasons."""

    def __init__(self) -> None:
        # By the id() of objects that the cache holds, so that it is not reused: a station's own id is in far memory.
        self._stations: dict[tuple[int, Datum], tuple[Station, bytes]] = {}
        self._openings: dict[tuple[int, str], tuple[Opening, bytes]] = {}
        self._reasons: dict[tuple[str, ...], tuple[None, bytes]] = {}

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

    def skip_json(self, skip: "SkippedStation", datum: "Datum", language: Language) -> bytes:
        """Return a skipped station as `yihui.views.stations.SkipAnswer`."""
        station = self.station_json(skip.station, datum)
        head = station[: station.index(b'"lon":')]  # id, name and kind
        key = (language.code, skip.reason, *skip.params, *skip.params.values())
        kept = self._reasons.get(key)
        reason = kept[1] if kept else _keep(self._reasons, key, None, to_json(skip_reason(skip, language)))
        return b'{%b"distance_m":%r,"reason":%b}' % (head, round(skip.distance_m, 3), reason)


def query_json(query: "NearestQuery") -> bytes:
    """Return the members of an answer's ``query`` that depend on neither point nor instant, without braces."""
    return to_json({name: value for name, value in build_query_answer(query).items() if name != "at"})[1:-1]


def nearest_json(
    point: tuple[float, float],
    query: "NearestQuery",
    shared: bytes,
    result: "NearestResult",
    language: Language,
    cache: StationJsonCache,
) -> bytes:
    """Encode the result near one point, equal to `build_nearest_answers`; ``shared`` is `query_json`'s."""
    asked_at = format_civil_instant(query.instant).encode()

    def hit_json(hit: "Match") -> bytes:
        live = to_json(build_live_answers(hit.live, language)) if hit.live else b"[]"
        return b'{%b%b%b"live":%b}' % (
            cache.station_json(hit.station, query.datum),
            _way_json(hit, asked_at),
            cache.opening_json(hit.opening, language),
            live,
        )

    first = result.first_to_open
    return (
        b'{"query":{"lon":%r,"lat":%r,"at":"%b",%b},"results":[%b],"skipped":[%b],"grown_to_m":%b,'
        b'"first_to_open":%b,"off_streets":%b,"beyond":[%b]}'
    ) % (
        *point,
        asked_at,
        shared,
        b",".join(map(hit_json, result.results)),
        b",".join([cache.skip_json(skip, query.datum, language) for skip in result.skipped]),
        b"null" if result.grown_to_m is None else to_json(result.grown_to_m),
        b"null" if first is None else hit_json(first),
        b"true" if result.off_network else b"false",
        b",".join([cache.skip_json(skip, query.datum, language) for skip in result.beyond]),
    )


def _way_json(hit: "Match", asked_at: bytes) -> bytes:
    """Return the members of `yihui.views.stations.WayAnswer`, and a comma. The texts need no escaping."""
    minutes, way_m = hit.minutes, hit.way_m
    by = b'"estimate"' if way_m is None else b'"streets"'
    by = b"null" if minutes is None else b'"no_street"' if hit.cut_off else by
    return b'"distance_m":%.3f,"bearing":"%b","minutes":%b,"minutes_by":%b,"way_m":%b,"at":"%b",' % (
        hit.distance_m,
        hit.bearing.encode(),
        b"null" if minutes is None else b"%.1f" % minutes,
        by,
        b"null" if way_m is None else b"%.1f" % way_m,
        asked_at if minutes is None else format_civil_instant(hit.at).encode(),
    )


def _members(of: Mapping[str, object]) -> bytes:
    """Return the content between the braces of an object, and a comma."""
    return to_json(of)[1:-1] + b","


def _keep(texts: dict[_Key, tuple[_Of, bytes]], key: _Key, of: _Of, text: bytes) -> bytes:
    if len(texts) >= _MOST_KEPT:
        texts.clear()
    texts[key] = of, text
    return text
