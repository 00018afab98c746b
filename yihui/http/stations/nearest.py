"""/api/v1/stations/nearest: the stations near a point, or near each of many.

`NearestFastPath` answers most GET requests before they reach the route.
"""

import gzip
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, NamedTuple
from urllib.parse import parse_qs

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import ValidationError
from pydantic_core import to_json
from starlette.types import ASGIApp, Receive, Scope, Send

from geo.crs import point_to_wgs84
from geo.formats.coordinates import is_in_china
from geo.nearest.query import NearestQuery, SearchTooWide
from yihui.http.body import BodyRefused, openapi_json_body, parse_json_body, read_json_body
from yihui.http.guard.allowances import POINTS, RateLimitExceeded, client_address
from yihui.http.guard.headers import RawHeaders
from yihui.http.guard.host import find_host_fault
from yihui.http.guard.limits import LIST_PARAMETERS, charge_client, check_query, is_short
from yihui.http.openapi import COLLECTION_RESPONSES
from yihui.http.representations import (
    CACHE_PRIVATE,
    GEOJSON,
    JSON,
    VARY,
    conditional_response,
    entity_tag,
    negotiate_media_type,
    preferred_media_type,
)
from yihui.http.site import Site, find_language
from yihui.http.stations.geojson import build_feature, render_feature_collection
from yihui.http.stations.request import ManyAsked, NearestParameters, NearestParametersWithoutPoint
from yihui.http.usage_counting import RiderSearch
from yihui.runtime.language import Language, load_language
from yihui.services.stations.nearest import find_nearest
from yihui.services.stations.snapshot import Snapshot
from yihui.views.station_json import nearest_json, query_json
from yihui.views.stations import NearestAnswer, build_nearest_answers, build_query_answer

if TYPE_CHECKING:
    from geo.nearest.query import NearestResult


MAX_POINTS_BODY_BYTES = 256 << 10
Point = tuple[float, float]
NEAREST_PATH = "/api/v1/stations/nearest"
MAX_INSPECTED_PLACES = 256  # places that a search may inspect while it blocks the event loop
MIN_GZIP_BYTES, GZIP_LEVEL = 1_000, 5  # a higher level of zlib takes longer than it saves
_FIELDS = {"content-type": JSON, "cache-control": CACHE_PRIVATE, "vary": f"{VARY}, Accept-Encoding"}
_HEADERS = [(name.encode(), value.encode()) for name, value in _FIELDS.items()]
_POINT = re.compile(rb"(?:^|&)(lon|lat)=(-?\d{1,3}(?:\.\d{1,15})?)(?=&|$)")
_NO_INSTANT = datetime.min.replace(tzinfo=UTC)


def router(site: Site) -> APIRouter:
    made = APIRouter(prefix="/api/v1/stations", tags=["stations"])

    @made.get("/nearest", response_model=NearestAnswer, responses=COLLECTION_RESPONSES)
    def nearest(request: Request, asked: Annotated[NearestParameters, Query()]) -> Response:
        """Find the nearest stations that pass the filters. Coordinates in and out are in ``datum``."""
        media_type = negotiate_media_type(request, asked.datum)
        query, snapshot = asked.nearest_query(asked.datum, site.wiring.now()), site.snapshots.current()
        point, language = (asked.lon, asked.lat), site.language(request)
        if media_type == GEOJSON:
            result = find_and_count(site, snapshot, query, point)
            (answer,) = _build_answers([point], query, [result], language)
            content = _features([answer], {name: of for name, of in answer.items() if name != "results"})
        else:
            content = answer_nearest(site, snapshot, query, point, query_json(query), language)
        return conditional_response(request, content, media_type, CACHE_PRIVATE)

    @made.post(
        "/nearest",
        response_model=list[NearestAnswer],
        responses=COLLECTION_RESPONSES,
        openapi_extra=openapi_json_body(ManyAsked),
    )
    async def nearest_of_many(request: Request) -> Response:
        """Find the nearest stations of each of up to 1,000 points, in the order of the points.

        Minutes are estimated from the straight line. These queries do not count as riders' searches.
        """
        asked = parse_json_body(ManyAsked, await read_json_body(request, MAX_POINTS_BODY_BYTES))
        site.allowances.spend(POINTS, client_address(request.scope), len(asked.points))
        media_type = negotiate_media_type(request, asked.datum)
        return await run_in_threadpool(_many, site, request, asked, media_type)

    return made


def answer_nearest(
    site: Site, snapshot: Snapshot, query: NearestQuery, point: Point, shared: bytes, language: Language
) -> bytes:
    """Return the answer as JSON, for the route and for the fast path; ``shared`` comes from `query_json`.

    *Raises*: geo.nearest.query.SearchTooWide.
    """
    result = find_and_count(site, snapshot, query, point)
    return nearest_json(point, query, shared, result, language, site.station_json_cache)


def find_and_count(site: Site, snapshot: Snapshot, query: NearestQuery, point: Point) -> "NearestResult":
    """Return the stations near a point in the query's datum, and count the search.

    *Raises*: geo.nearest.query.SearchTooWide.
    """
    here = point_to_wgs84(point, query.datum)
    result = find_nearest_stations(site, snapshot, query, here)
    site.search_tally.count_search(RiderSearch(here, query, result.results))
    return result


def find_nearest_stations(
    site: Site, snapshot: Snapshot, query: NearestQuery, point_4326: Point
) -> "NearestResult":
    """Return the stations near one point, by street where the site has streets.

    *Raises*: geo.nearest.query.SearchTooWide.
    """
    return snapshot.index.nearest_at(*point_4326, query, site.wiring.streets(query))


def _many(site: Site, request: Request, asked: ManyAsked, media_type: str) -> Response:
    query = asked.nearest_query(asked.datum, site.wiring.now())
    results = find_nearest(site.snapshots.current().index, asked.points, query)
    language = load_language(asked.lang) if asked.lang else site.language(request)
    answers = _build_answers(asked.points, query, results, language)
    content = _features(answers, {}) if media_type == GEOJSON else to_json(answers)
    return Response(content, headers={"Cache-Control": "no-store"}, media_type=media_type)


def _build_answers(
    points: Sequence[Point], query: NearestQuery, results: "Sequence[NearestResult]", language: Language
) -> list[NearestAnswer]:
    asked = build_query_answer(query)
    queries = [{"lon": lon, "lat": lat, **asked} for lon, lat in points]
    return build_nearest_answers(queries, results, query.datum, language)


def _features(answers: Sequence[NearestAnswer], rest: Mapping[str, object]) -> bytes:
    """Render all matches; ``point`` is the number of the point to which a match belongs."""
    features = (build_feature(hit, point=n) for n, answer in enumerate(answers) for hit in answer["results"])
    return render_feature_collection(features, rest)


class NearestFastPath:
    """Middleware that answers simple requests itself, by the route's function (docs/decisions/0034).

    It stands before the guards, and leaves to them what one of them may refuse.
    """

    def __init__(self, app: ASGIApp, site: Site, names: frozenset[str]) -> None:
        self._app, self._site, self._names = app, site, names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_nearest = scope["type"] == "http" and scope["path"] == NEAREST_PATH and scope["method"] == "GET"
        charged = self._admit(scope) if is_nearest else None
        content = None if charged is None else answer_simple_request(self._site, scope)
        if charged is None or content is None:
            await self._app(scope, receive, send)
            return
        headers = [*_HEADERS, (b"etag", entity_tag(content).encode()), *charged]
        if len(content) >= MIN_GZIP_BYTES and b"gzip" in dict(scope["headers"]).get(b"accept-encoding", b""):
            content = gzip.compress(content, GZIP_LEVEL, mtime=0)
            headers.append((b"content-encoding", b"gzip"))
        headers.append((b"content-length", b"%d" % len(content)))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    def _admit(self, scope: Scope) -> RawHeaders | None:
        """Charge the client of a known name; None if a guard may refuse the request, but for its parameters."""
        if find_host_fault(scope, self._names) is not None:
            return None
        try:
            charged = charge_client(self._site, scope)
        except RateLimitExceeded:  # nothing was charged
            return None
        return charged if is_short(scope) else None


def answer_simple_request(site: Site, scope: Scope) -> bytes | None:
    """Return the answer as JSON; None if the route must answer."""
    headers = dict(scope["headers"])
    parts = _POINT.split(scope["query_string"])  # rest, then name, number, rest twice
    point = {name: float(number) for name, number in zip(parts[1::3], parts[2::3], strict=True)}
    is_simple = len(headers) == len(scope["headers"]) and b"if-none-match" not in headers and len(parts) == 7
    if not is_simple or len(point) != 2 or not is_in_china(lon := point[b"lon"], lat := point[b"lat"]):
        return None
    try:
        snapshot, rest = site.snapshots.peek_current(), b"".join(parts[::3])
        asked = _parse_rest(rest, headers.get(b"accept", b""), headers.get(b"accept-language", b""))
        if snapshot is None or asked is None or (asked.undated.travel and site.wiring.settings.routing):
            return None
        query = asked.undated.with_instant(site.wiring.now(), MAX_INSPECTED_PLACES)
        language = asked.language or site.wiring.language
        return answer_nearest(site, snapshot, query, (lon, lat), asked.shared, language)
    except (BodyRefused, ValidationError, SearchTooWide):
        return None  # the route reports a fault, together with any of the point


class _SimpleQuery(NamedTuple):
    """All of a simple request except the point; ``language`` is None where the site's own holds."""

    undated: NearestQuery
    language: Language | None
    shared: bytes


@lru_cache(maxsize=1_024)  # the key contains no position, and an invalid query is not cached
def _parse_rest(query: bytes, accept: bytes, accept_language: bytes) -> _SimpleQuery | None:
    """Parse all except the point: riders send few combinations. None if the route must answer.

    *Raises*: BodyRefused, ValidationError.
    """
    check_query(NEAREST_PATH, query)
    sent = parse_qs(query.decode("latin-1"), keep_blank_values=True)
    fields = {name: values if name in LIST_PARAMETERS else values[-1] for name, values in sent.items()}
    asked = NearestParametersWithoutPoint.model_validate(fields)
    if asked.at is not None or preferred_media_type(accept.decode("latin-1")) != JSON:
        return None
    undated = asked.nearest_query(asked.datum, _NO_INSTANT)
    language = find_language(asked.lang or "", accept_language.decode("latin-1"))
    return _SimpleQuery(undated, language, query_json(undated))
