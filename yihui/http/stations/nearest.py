"""/api/v1/stations/nearest: the stations near a point, or near each of many.

`yihui/http/stations/fast_path.py` answers most GET requests before they reach the route.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic_core import from_json, to_json

from geo.crs import to_wgs84
from geo.datum import Datum
from geo.nearest.query import NearestQuery
from yihui.http.body import openapi_json_body, parse_json_body, read_json_body
from yihui.http.guard.allowances import POINTS, client_address
from yihui.http.openapi import COLLECTION_RESPONSES
from yihui.http.representations import CACHE_PRIVATE, GEOJSON, conditional_response, negotiate_media_type
from yihui.http.site import Site
from yihui.http.stations.geojson import build_feature, render_feature_collection
from yihui.http.stations.request import ManyAsked, NearestParameters
from yihui.runtime.language import Language, load_language
from yihui.services.stations.nearest import find_nearest
from yihui.services.stations.snapshot import Snapshot
from yihui.views.station_json import nearest_json, query_json
from yihui.views.stations import NearestAnswer, build_query_answer

if TYPE_CHECKING:
    from geo.nearest.query import NearestResult

MAX_POINTS_BODY_BYTES = 256 << 10
Point = tuple[float, float]


def router(site: Site) -> APIRouter:
    made = APIRouter(prefix="/api/v1/stations", tags=["stations"])

    @made.get("/nearest", response_model=NearestAnswer, responses=COLLECTION_RESPONSES)
    def nearest(request: Request, asked: Annotated[NearestParameters, Query()]) -> Response:
        """Find the nearest stations that pass the filters. Coordinates in and out are in ``datum``."""
        media_type = negotiate_media_type(request, asked.datum)
        query, snapshot = asked.nearest_query(asked.datum, site.wiring.now()), site.snapshots.current()
        shared = query_json(query)
        content = answer_nearest(
            site, snapshot, query, (asked.lon, asked.lat), shared, site.language(request)
        )
        if media_type == GEOJSON:
            answer = _parse_answer(content, query, (asked.lon, asked.lat))
            content = _features([answer], {name: answer[name] for name in answer if name != "results"})
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
    """Search near a point and return the answer as JSON, for the route and for the fast path.

    ``shared`` comes from `query_json`. *Raises*: geo.nearest.query.SearchTooWide.
    """
    result = find_nearest_stations(site, snapshot, query, point)
    return nearest_json(point, query, shared, result, language, site.station_json_cache)


def find_nearest_stations(
    site: Site, snapshot: Snapshot, query: NearestQuery, point: Point
) -> "NearestResult":
    """Return the stations near one point, given in the query's datum, and count it as a search.

    *Raises*: geo.nearest.query.SearchTooWide.
    """
    streets = site.wiring.streets(query)
    lon, lat = point if query.datum is Datum.WGS84 else to_wgs84([point], query.datum)[0].tolist()
    result = snapshot.index.nearest_at(lon, lat, query, streets)
    site.search_tally.count_search(lon, lat, query, result)
    return result


def _many(site: Site, request: Request, asked: ManyAsked, media_type: str) -> Response:
    query = asked.nearest_query(asked.datum, site.wiring.now())
    results = find_nearest(site.snapshots.current().index, asked.points, query)
    shared, kept = query_json(query), site.station_json_cache
    language = load_language(asked.lang) if asked.lang else site.language(request)
    answers = [
        _parse_answer(nearest_json(point, query, shared, result, language, kept), query, point)
        for point, result in zip(asked.points, results, strict=True)
    ]
    content = _features(answers, {}) if media_type == GEOJSON else to_json(answers)
    return Response(content, headers={"Cache-Control": "no-store"}, media_type=media_type)


def _parse_answer(content: bytes, query: NearestQuery, point: Point) -> dict[str, Any]:
    """Return an answer as data; the members of its ``query`` come in the order of `build_query_answer`."""
    lon, lat = point
    return {**from_json(content), "query": {"lon": lon, "lat": lat, **build_query_answer(query)}}


def _features(answers: Sequence[Mapping[str, Any]], rest: Mapping[str, object]) -> bytes:
    """Render all matches; ``point`` is the number of the point to which a match belongs."""
    features = (build_feature(hit, point=n) for n, answer in enumerate(answers) for hit in answer["results"])
    return render_feature_collection(features, rest)
