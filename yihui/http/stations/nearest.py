"""/api/v1/stations/nearest: what is near a point, or near each of many.

Most of those who ask are answered by `yihui/http/stations/fast_path.py`, before they get here.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic_core import to_json

from geo.crs import Datum, to_wgs84
from yihui.http.body import body_of_kind, json_body, said_in
from yihui.http.guard.allowances import POINTS, address_of
from yihui.http.openapi import AS_COLLECTION
from yihui.http.representations import GEOJSON, OWN, media_type_for, shown
from yihui.http.site import Site
from yihui.http.snapshot import Snapshot
from yihui.http.stations.geojson import collection, feature
from yihui.http.stations.request import ManyAsked, NearestAsked
from yihui.runtime.language import load_language
from yihui.services.nearest import NearestQuery
from yihui.views.station_json import nearest_json
from yihui.views.stations import NearestAnswer, build_nearest_answers, format_civil_instant

if TYPE_CHECKING:
    from geo.nearest.result import NearestResult

MAX_BODY_BYTES = 256 << 10


def router(site: Site) -> APIRouter:
    made = APIRouter(prefix="/api/v1/stations", tags=["stations"])

    @made.get("/nearest", response_model=NearestAnswer, responses=AS_COLLECTION)
    def nearest(request: Request, asked: Annotated[NearestAsked, Query()]) -> Response:
        """The nearest stations that pass the filters; coordinates in and out are in ``datum``."""
        media_type = media_type_for(request, asked.datum)
        question = asked.question(asked.datum, site.wiring.now())
        found = find(site, site.snapshots.current(), question, (asked.lon, asked.lat))
        language = site.language(request)
        if media_type != GEOJSON:
            query = query_json((asked.lon, asked.lat), question, echo(question))
            content = nearest_json(query, found, asked.datum, language, site.written)
        else:
            data = {"lon": asked.lon, "lat": asked.lat, **question.as_data()}
            (answer,) = build_nearest_answers([data], [found], asked.datum, language)
            content = _features([answer], answer)
        return shown(request, content, media_type, OWN)

    @made.post(
        "/nearest",
        response_model=list[NearestAnswer],
        responses=AS_COLLECTION,
        openapi_extra=body_of_kind(ManyAsked),
    )
    async def nearest_of_many(request: Request) -> Response:
        """The nearest stations of each of up to 1,000 points, in their order.

        Minutes are estimates from the straight line. Nothing of it counts as a rider's search.
        """
        asked = said_in(ManyAsked, await json_body(request, MAX_BODY_BYTES))
        site.allowances.spend(POINTS, address_of(request.scope), len(asked.points))
        media_type = media_type_for(request, asked.datum)
        return await run_in_threadpool(_many, site, request, asked, media_type)

    return made


def find(
    site: Site,
    snapshot: Snapshot,
    question: NearestQuery,
    point: tuple[float, float],
    widest: int | None = None,
) -> "NearestResult":
    """What is near one point, given in the question's datum; counted as a search. *Raises*: geo.nearest.criteria.WideSearch."""
    streets = site.wiring.streets(question)
    ((lon, lat),) = [point] if question.datum is Datum.WGS84 else to_wgs84([point], question.datum).tolist()
    if streets is None:
        found = question.find_nearest_at(snapshot.index, lon, lat, widest)
    else:
        (found,) = question.find_nearest(snapshot.index, [point], streets)
    site.searching.note(lon, lat, question, found)
    return found


def echo(question: NearestQuery) -> bytes:
    """What of an answer's ``query`` depends neither on the point nor on the instant, without braces."""
    return to_json({name: value for name, value in question.as_data().items() if name != "at"})[1:-1]


def query_json(point: tuple[float, float], question: NearestQuery, rest: bytes) -> bytes:
    """An answer's ``query``; ``rest`` is its `echo`."""
    return b'{"lon":%r,"lat":%r,"at":"%b",%b}' % (*point, format_civil_instant(question.at).encode(), rest)


def _many(site: Site, request: Request, asked: ManyAsked, media_type: str) -> Response:
    question = asked.question(asked.datum, site.wiring.now())
    found = question.find_nearest(site.snapshots.current().index, asked.points)
    queries = [{"lon": lon, "lat": lat, **question.as_data()} for lon, lat in asked.points]
    words = load_language(asked.lang) if asked.lang else site.language(request)
    answers = build_nearest_answers(queries, found, asked.datum, words)
    content = _features(answers, {}) if media_type == GEOJSON else to_json(answers)
    return Response(content, headers={"Cache-Control": "no-store"}, media_type=media_type)


def _features(answers: Sequence[NearestAnswer], rest: Mapping[str, object]) -> bytes:
    """All that was found; ``point`` tells near which of the points."""
    features = (feature(hit, point=n) for n, answer in enumerate(answers) for hit in answer["results"])
    return collection(features, {name: value for name, value in rest.items() if name != "results"})
