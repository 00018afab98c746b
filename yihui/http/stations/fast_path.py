"""Answer simple GET requests for the nearest stations before FastAPI; its route answers all others."""

import gzip
import re
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import parse_qs

from pydantic import ValidationError
from starlette.types import ASGIApp, Receive, Scope, Send

from geo.formats.coordinates import is_in_china
from geo.nearest.query import NearestQuery, SearchTooWide
from yihui.http.guard.limits import LIST_PARAMETERS
from yihui.http.representations import CACHE_PRIVATE, JSON, VARY, entity_tag, preferred_media_type
from yihui.http.site import Site
from yihui.http.stations.nearest import answer_nearest
from yihui.http.stations.request import NearestParametersWithoutPoint
from yihui.views.station_json import query_json

NEAREST_PATH = "/api/v1/stations/nearest"
MAX_INSPECTED_PLACES = 256  # places that a search may inspect while it blocks the event loop
MIN_GZIP_BYTES, GZIP_LEVEL = 1_000, 5  # a higher level of zlib takes longer than it saves
_FIELDS = {"content-type": JSON, "cache-control": CACHE_PRIVATE, "vary": f"{VARY}, Accept-Encoding"}
_HEADERS = [(name.encode(), value.encode()) for name, value in _FIELDS.items()]
_READ_HEADERS = frozenset({b"accept", b"accept-encoding", b"accept-language", b"if-none-match"})
_POINT = re.compile(rb"(?:^|&)(lon|lat)=(-?\d{1,3}(?:\.\d{1,15})?)(?=&|$)")
_NO_INSTANT = datetime.min.replace(tzinfo=UTC)


class NearestFastPath:
    """Middleware that answers simple requests itself, by the route's function (docs/decisions/0034)."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self._app, self._site = app, site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_nearest = scope["type"] == "http" and scope["path"] == NEAREST_PATH and scope["method"] == "GET"
        content = answer_simple_request(self._site, scope) if is_nearest else None
        if content is None:
            await self._app(scope, receive, send)
            return
        headers = [*_HEADERS, (b"etag", entity_tag(content).encode())]
        if len(content) >= MIN_GZIP_BYTES and b"gzip" in dict(scope["headers"]).get(b"accept-encoding", b""):
            content = gzip.compress(content, GZIP_LEVEL, mtime=0)
            headers.append((b"content-encoding", b"gzip"))
        headers.append((b"content-length", b"%d" % len(content)))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})


def answer_simple_request(site: Site, scope: Scope) -> bytes | None:
    """Return the answer as JSON; None if the route must answer."""
    read = [(name, value.decode("latin-1")) for name, value in scope["headers"] if name in _READ_HEADERS]
    headers, parts = dict(read), _POINT.split(scope["query_string"])  # rest, then name, number, rest twice
    point = {name: float(number) for name, number in zip(parts[1::3], parts[2::3], strict=True)}
    is_simple = len(headers) == len(read) and b"if-none-match" not in headers and len(parts) == 7
    if not is_simple or len(point) != 2 or not is_in_china(lon := point[b"lon"], lat := point[b"lat"]):
        return None
    try:
        undated, lang, shared = _parse_rest(b"".join(parts[::3]))
        snapshot, by_streets = site.snapshots.peek_current(), undated.travel and site.wiring.settings.routing
        is_json = preferred_media_type(headers.get(b"accept", "")) == JSON
        if snapshot is None or by_streets or not is_json or undated.at != _NO_INSTANT:
            return None
        language = site.choose_language(lang, headers.get(b"accept-language", ""))
        query = undated.with_instant(site.wiring.now(), MAX_INSPECTED_PLACES)
        return answer_nearest(site, snapshot, query, (lon, lat), shared, language)
    except (ValidationError, SearchTooWide):  # the route reports a fault, together with any of the point
        return None


@lru_cache(maxsize=1_024)  # the key contains no position, and an invalid query is not cached
def _parse_rest(query: bytes) -> tuple[NearestQuery, str, bytes]:
    """Parse all parameters except the point: riders send few combinations. *Raises*: ValidationError."""
    sent = parse_qs(query.decode("latin-1"), keep_blank_values=True)
    fields = {name: values if name in LIST_PARAMETERS else values[-1] for name, values in sent.items()}
    asked = NearestParametersWithoutPoint.model_validate(fields)
    undated = asked.nearest_query(asked.datum, _NO_INSTANT)
    return undated, asked.lang or "", query_json(undated)
