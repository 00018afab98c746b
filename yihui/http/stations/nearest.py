"""/api/v1/stations/nearest: the stations near a point, or near each of many.

`yihui/http/stations/fast_path.py` answers most GET requests before they get here.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic_core import to_json

from core.civil_time import format_civil_instant
from geo.crs import Datum, to_wgs84
from yihui.http.body import openapi_json_body, parse_json_body, read_json_body
from yihui.http.guard.allowances import POINTS, client_address
from yihui.http.openapi import COLLECTION_RESPONSES
from yihui.http.representations import CACHE_PRIVATE, GEOJSON, conditional_response, negotiate_media_type
from yihui.http.site import Site
from yihui.http.snapshot import Snapshot
from yihui.http.stations.geojson import build_feature, render_feature_collection
from yihui.http.stations.request import ManyAsked, NearestParameters
from yihui.runtime.language import load_language
from yihui.services.nearest import NearestQuery
from yihui.views.station_json import nearest_json
from yihui.views.stations import NearestAnswer, build_nearest_answers

if TYPE_CHECKING:
    from geo.nearest.result import NearestResult

MAX_POINTS_BODY_BYTES = 256 << 10


def router(site: Site) -> APIRouter:
    made = APIRouter(prefix="/api/v1/stations", tags=["stations"])

    @made.get("/nearest", response_model=NearestAnswer, responses=COLLECTION_RESPONSES)
    def nearest(request: Request, asked: Annotated[NearestParameters, Query()]) -> Response:
        """The nearest stations that pass the filters; coordinates in and out are in ``datum``."""
        media_type = negotiate_media_type(request, asked.datum)
        question = asked.nearest_query(asked.datum, site.wiring.now())
        found = find_nearest_stations(site, site.snapshots.current(), question, (asked.lon, asked.lat))
        language = site.language(request)
        if media_type != GEOJSON:
            query = query_json((asked.lon, asked.lat), question, shared_query_json(question))
            content = nearest_json(query, found, asked.datum, language, site.station_json_cache)
        else:
            data = {"lon": asked.lon, "lat": asked.lat, **question.as_data()}
            (answer,) = build_nearest_answers([data], [found], asked.datum, language)
            content = _features([answer], answer)
        return conditional_response(request, content, media_type, CACHE_PRIVATE)

    @made.post(
        "/nearest",
        response_model=list[NearestAnswer],
        responses=COLLECTION_RESPONSES,
        openapi_extra=openapi_json_body(ManyAsked),
    )
    async def nearest_of_many(request: Request) -> Response:
        """The nearest stations of each of up to 1,000 points, in their order.

        Minutes are estimates from the straight line. Nothing of it counts as a rider's search.
        """
        asked = parse_json_body(ManyAsked, await read_json_body(request, MAX_POINTS_BODY_BYTES))
        site.allowances.spend(POINTS, client_address(request.scope), len(asked.points))
        media_type = negotiate_media_type(request, asked.datum)
        return await run_in_threadpool(_many, site, request, asked, media_type)

    return made


def find_nearest_stations(
    site: Site,
    snapshot: Snapshot,
    question: NearestQuery,
    point: tuple[float, float],
    widest: int | None = None,
) -> "NearestResult":
    """Return the stations near one point, given in the query's datum, and count it as a search.

    *Raises*: geo.nearest.criteria.SearchTooWide.
    """
    streets = site.wiring.streets(question)
    ((lon, lat),) = [point] if question.datum is Datum.WGS84 else to_wgs84([point], question.datum).tolist()
    if streets is None:
        found = question.find_nearest_at(snapshot.index, lon, lat, widest)
    else:
        (found,) = question.find_nearest(snapshot.index, [point], streets)
    site.search_tally.count_search(lon, lat, question, found)
    return found


def shared_query_json(question: NearestQuery) -> bytes:
    """Return the members of ``query`` that depend on neither point nor instant, without braces."""
    return to_json({name: value for name, value in question.as_data().items() if name != "at"})[1:-1]


def query_json(point: tuple[float, float], question: NearestQuery, rest: bytes) -> bytes:
    """Return an answer's ``query``; ``rest`` comes from `shared_query_json`."""
    return b'{"lon":%r,"lat":%r,"at":"%b",%b}' % (*point, format_civil_instant(question.at).encode(), rest)


def _many(site: Site, request: Request, asked: ManyAsked, media_type: str) -> Response:
    question = asked.nearest_query(asked.datum, site.wiring.now())
    found = question.find_nearest(site.snapshots.current().index, asked.points)
    queries = [{"lon": lon, "lat": lat, **question.as_data()} for lon, lat in asked.points]
    words = load_language(asked.lang) if asked.lang else site.language(request)
    answers = build_nearest_answers(queries, found, asked.datum, words)
    content = _features(answers, {}) if media_type == GEOJSON else to_json(answers)
    return Response(content, headers={"Cache-Control": "no-store"}, media_type=media_type)


def _features(answers: Sequence[NearestAnswer], rest: Mapping[str, object]) -> bytes:
    """Render all matches; ``point`` is the number of the point to which a match belongs."""
    features = (build_feature(hit, point=n) for n, answer in enumerate(answers) for hit in answer["results"])
    return render_feature_collection(
        features, {name: value for name, value in rest.items() if name != "results"}
    )
