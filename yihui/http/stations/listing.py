"""/api/v1/stations: all stations or those of a district, page by page; and each by its id."""

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.exceptions import HTTPException, RequestValidationError
from pydantic import Field
from pydantic_core import to_json
from typing_extensions import TypedDict

from core.civil_time import civil_date
from core.faults import FaultError
from geo.datum import Datum
from members import scrub_personal_numbers
from yihui.http.openapi import COLLECTION_RESPONSES, FEATURE_RESPONSES
from yihui.http.representations import CACHE_PUBLIC, GEOJSON, conditional_response, negotiate_media_type
from yihui.http.site import Site
from yihui.http.stations.cursors import MAX_CURSOR_CHARS, build_cursor, parse_cursor
from yihui.http.stations.faults import STATIONS_API_FAULTS
from yihui.http.stations.geojson import answer_response, build_feature
from yihui.http.stations.request import FilterParameters, Instant
from yihui.runtime.language import Language
from yihui.services.stations.snapshot import Snapshot
from yihui.views.stations import ListedAnswer, build_listed_answer, build_station_answers

if TYPE_CHECKING:
    from datetime import datetime

    from geo.nearest.listing import ListedStation

MAX_LISTED_STATIONS = 200
# Paths that accept POST only, and are not ids
_POST_ONLY_SUFFIXES = ("/keep", "/reports", "/rests", "/readings")


StationId = Annotated[str, Path(max_length=128, examples=["quancheng"])]


class ListParameters(FilterParameters):
    """A page of the list. ``district`` is a GB/T 2260 code of a district, a city or a province."""

    district: Annotated[str, Field(pattern=r"^[0-9]{6}$")] | None = None
    datum: Datum = Datum.WGS84
    limit: int = Field(default=50, ge=1, le=MAX_LISTED_STATIONS)
    cursor: Annotated[str, Field(max_length=MAX_CURSOR_CHARS)] | None = None

    @property
    def cursor_query(self) -> str:
        """The query to which a cursor belongs: all parameters except those of position and presentation."""
        return self.model_dump_json(exclude={"cursor", "limit", "datum", "lang"})


class OneAnswer(ListedAnswer):
    """A station with the courses, halls and childcare terms that it holds: this week's days, and places left."""

    sessions: list[dict[str, object]]


class ListAnswer(TypedDict):
    """One page of stations. ``next`` is the cursor of the next page; null on the last page."""

    version: str
    datum: str
    stations: list[ListedAnswer]
    next: str | None


def router(site: Site) -> APIRouter:
    """Build the router. It must be included last: an id may contain slashes, so it matches any other path."""
    made = APIRouter(prefix="/api/v1/stations", tags=["stations"])

    @made.get("", response_model=ListAnswer, responses=COLLECTION_RESPONSES)
    def listed(request: Request, asked: Annotated[ListParameters, Query()]) -> Response:
        """List the stations by id, of one district if given, including stations without a place.

        Follow ``next`` to the end.
        """
        media_type = negotiate_media_type(request, asked.datum)
        answer = _list(site, asked, site.language(request))
        return answer_response(request, answer, media_type, left_out=("datum",))

    @made.get("/{station:path}", response_model=OneAnswer, responses=FEATURE_RESPONSES)
    def one(
        request: Request, station: StationId, datum: Datum = Datum.WGS84, at: Instant | None = None
    ) -> Response:
        """Return one station with its opening state now, or at the instant ``at``.

        An id that was linked with the station finds it too; the answer has the id that it keeps.
        """
        media_type = negotiate_media_type(request, datum)
        language, snapshot = site.language(request), site.snapshots.current()
        moment = (at or site.wiring.now()).replace(second=0, microsecond=0)
        found = site.listing_cache.get(snapshot).find(station, moment)
        if found is None:
            if station.endswith(_POST_ONLY_SUFFIXES):
                raise HTTPException(405)
            id = scrub_personal_numbers(station)
            raise FaultError(STATIONS_API_FAULTS.build("unknown_station", field="station", value=id))
        (listed,) = _answers(snapshot, [found], moment, datum, language)
        answer: OneAnswer = {**listed, "sessions": _sessions(site, listed["id"])}
        content = to_json(build_feature(answer) if media_type == GEOJSON else answer)
        return conditional_response(request, content, media_type, CACHE_PUBLIC)

    return made


def _sessions(site: Site, station: str) -> list[dict[str, object]]:
    from yihui.services.benefits.sessions import load_session_states
    from yihui.views.sessions import session_json

    found = load_session_states(site.wiring, station)
    return [session_json(one, civil_date(site.wiring.now())) for one in found if one.is_listed]


def _list(site: Site, asked: ListParameters, language: Language) -> ListAnswer:
    from geo.nearest.listing import ListingQuery

    snapshot = site.snapshots.current()
    _check_district(site, snapshot, asked.district)
    after = parse_cursor(asked.cursor_query, asked.cursor) if asked.cursor else ""
    at = (asked.at or site.wiring.now()).replace(second=0, microsecond=0)
    page = ListingQuery(asked.filters(), at, asked.limit + 1, asked.district, after)
    found = site.listing_cache.get(snapshot).page(page)
    is_last = len(found) <= asked.limit
    found = found[: asked.limit]
    return {
        "version": str(snapshot.version),
        "datum": asked.datum.value,
        "stations": _answers(snapshot, found, at, asked.datum, language),
        "next": None if is_last else build_cursor(asked.cursor_query, found[-1].station.id),
    }


def _answers(
    snapshot: Snapshot, found: "list[ListedStation]", at: "datetime", datum: Datum, language: Language
) -> list[ListedAnswer]:
    plain = build_station_answers([listed.station for listed in found], datum)
    return [
        build_listed_answer(answer, listed.opening, at, snapshot.live.get(listed.station.id), language)
        for answer, listed in zip(plain, found, strict=True)
    ]


def _check_district(site: Site, snapshot: Snapshot, code: str | None) -> None:
    """Raise RequestValidationError for an unknown code."""
    from geo.districts import is_code_within

    if (
        code is None
        or code in site.place_names()
        or any(is_code_within(one, code) for one in snapshot.stated)
    ):
        return
    raise RequestValidationError([{"type": "unknown_district", "loc": ("query", "district"), "input": code}])
