"""Answer GET /api/v1/stations/nearest before the routers, if the query is simple and the data in memory."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qsl

from pydantic import ValidationError

from geo.formats.coordinates import is_in_china
from geo.nearest.criteria import SearchTooWide
from yihui.http.fast_path import FastPathHandler, SimpleRequest
from yihui.http.representations import CACHE_PRIVATE, JSON, VARY, preferred_media_type
from yihui.http.site import Site
from yihui.http.stations.nearest import find_nearest_stations, query_json, shared_query_json
from yihui.http.stations.request import LIST_PARAMETERS, NearestParametersWithoutPoint
from yihui.services.nearest import NearestQuery
from yihui.views.station_json import nearest_json

NEAREST_PATH = "/api/v1/stations/nearest"
FAST_PATH_HEADERS = {"Content-Type": JSON, "Cache-Control": CACHE_PRIVATE, "Vary": f"{VARY}, Accept-Encoding"}

MAX_INSPECTED_PLACES = 256  # places that a search may inspect while it blocks the event loop
_NO_INSTANT = datetime.min.replace(tzinfo=UTC)
_DEGREES = re.compile(rb"-?\d{1,3}(\.\d{1,15})?")


class _Rest(NamedTuple):
    """All parameters except the point. Riders send few combinations, so that each is parsed once."""

    question: NearestQuery  # with a placeholder if the request names no instant
    is_dated: bool
    lang: str
    echo: bytes


def build_nearest_fast_path(site: Site) -> FastPathHandler:
    """Build a handler that answers as the route does.

    It returns None if the query is not simple, names an instant, or needs a wide search.
    """

    def answer(said: SimpleRequest) -> bytes | None:
        parted = _parted(said.query)
        if parted is None or preferred_media_type(said.accept) != JSON:
            return None
        point, others = parted
        try:
            rest = _read(others)
        except ValidationError:  # the route reports it, together with any fault of the point
            return None
        snapshot = site.snapshots.peek_current()
        by_streets = rest.question.travel and site.wiring.settings.routing
        if snapshot is None or by_streets or rest.is_dated:  # the hours of another date may have to be parsed
            return None
        question = rest.question.with_instant(site.wiring.now())
        try:
            found = find_nearest_stations(site, snapshot, question, point, MAX_INSPECTED_PLACES)
        except SearchTooWide:
            return None
        language = site.choose_language(rest.lang, said.language)
        query = query_json(point, question, rest.echo)
        return nearest_json(query, found, question.datum, language, site.station_json_cache)

    return answer


def _parted(query: bytes) -> tuple[tuple[float, float], bytes] | None:
    """Split a query into a point in China in plain degrees, and the rest; None if it has none."""
    point: dict[bytes, bytes] = {}
    rest = []
    for part in query.split(b"&"):
        name, _, value = part.partition(b"=")
        if name not in (b"lon", b"lat"):
            rest.append(part)
        elif name in point or not _DEGREES.fullmatch(value):
            return None
        else:
            point[name] = value
    if len(point) < 2:
        return None
    lon, lat = float(point[b"lon"]), float(point[b"lat"])
    return ((lon, lat), b"&".join(rest)) if is_in_china(lon, lat) else None


@lru_cache(maxsize=1_024)  # the key contains no position, and an invalid query is not cached
def _read(query: bytes) -> _Rest:
    """Parse all parameters except the point. *Raises*: ValidationError."""
    said: dict[str, list[str]] = {}
    for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        said.setdefault(name, []).append(value)
    asked = NearestParametersWithoutPoint.model_validate(_fields(said))
    question = asked.nearest_query(asked.datum, _NO_INSTANT)
    return _Rest(question, asked.at is not None, asked.lang or "", shared_query_json(question))


def _fields(said: Mapping[str, list[str]]) -> dict[str, object]:
    """Return all values of a parameter that may be repeated, else its last value."""
    return {name: values if name in LIST_PARAMETERS else values[-1] for name, values in said.items()}
