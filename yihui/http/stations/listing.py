"""/api/v1/stations: all stations or those of a district, page by page; the changes since a version; and each by its id."""

import hashlib
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.exceptions import HTTPException, RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_json
from typing_extensions import TypedDict

from core.civil_time import civil_date
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from geo.datum import Datum
from members import scrub_personal_numbers
from yihui.http.openapi import COLLECTION_RESPONSES, FEATURE_RESPONSES
from yihui.http.representations import CACHE_PUBLIC, GEOJSON, conditional_response, negotiate_media_type
from yihui.http.site import Site
from yihui.http.stations.geojson import answer_response, build_feature
from yihui.http.stations.request import FilterParameters, Instant
from yihui.runtime.language import Language
from yihui.services.stations.changes import StationChanges, load_station_changes
from yihui.services.stations.snapshot import Snapshot, SnapshotVersion
from yihui.views.live_status import LiveAnswer, build_live_answers
from yihui.views.stations import ListedAnswer, StationAnswer, build_listed_answer, build_station_answers

if TYPE_CHECKING:
    from datetime import datetime

    from geo.nearest.listing import ListedStation


STATIONS_API_FAULTS = FaultTable(
    "stations_api",
    {
        "unknown_station": (N_("there is no station {value}"), N_("check the number or the id")),
        "unknown_version": (
            N_("the version {value} was never given here"),
            N_("begin anew with since=0.0: the register is another one"),
        ),
    },
)


MAX_CURSOR_CHARS = 400  # characters
_DIGEST = 9  # bytes
MAX_CHANGES = 500
_PLACE = re.compile(r"(\d+)\.(\d+) (.+)", re.DOTALL)
MAX_LISTED_STATIONS = 200
# Paths that accept POST only, and are not ids
_POST_ONLY_SUFFIXES = ("/keep", "/reports", "/rests", "/readings")
StationId = Annotated[str, Path(max_length=128, examples=["quancheng"])]


def build_cursor(question: str, place: str) -> str:
    """Build the cursor for a position in the answer to a query."""
    body = place.encode()
    return urlsafe_b64encode(_digest(question, body) + body).decode().rstrip("=")


def parse_cursor(question: str, given: str) -> str:
    """Return a cursor's position. *Raises*: RequestValidationError if it was not issued for this query."""
    try:
        whole = urlsafe_b64decode(given + "=" * (-len(given) % 4))
        digest, body = whole[:_DIGEST], whole[_DIGEST:]
        if digest == _digest(question, body) and build_cursor(question, body.decode()) == given:
            return body.decode()
    except (Error, ValueError):
        pass
    raise RequestValidationError([{"type": "cursor", "loc": ("query", "cursor"), "input": given[:80]}])


def _digest(question: str, body: bytes) -> bytes:
    return hashlib.blake2b(
        body, key=hashlib.blake2b(question.encode()).digest(), digest_size=_DIGEST
    ).digest()


class ChangesParameters(BaseModel):
    """``since`` is a ``version`` that the API returned; 0.0 requests everything."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    since: str = Field(pattern=r"^[0-9]{1,15}\.[0-9]{1,15}$", examples=["0.0"])
    datum: Datum = Datum.WGS84
    limit: int = Field(default=100, ge=1, le=MAX_CHANGES)
    cursor: Annotated[str, Field(max_length=MAX_CURSOR_CHARS)] | None = None
    lang: Literal["zh", "en"] | None = None

    @property
    def since_version(self) -> SnapshotVersion:
        register, _, live = self.since.partition(".")
        return SnapshotVersion(int(register), int(live))


class ChangedAnswer(StationAnswer):
    """A station as it is now. ``live`` lists the reports and notices that hold now; each lapses at its ``until``."""

    live: list[LiveAnswer]


class ChangesAnswer(TypedDict):
    """Changed stations and the ids of removed ones, by id. When ``next`` is null, the copy is at ``version``."""

    since: str
    version: str
    datum: str
    stations: list[ChangedAnswer]
    gone: list[str]
    next: str | None


def changes_router(site: Site) -> APIRouter:
    made = APIRouter(prefix="/api/v1/stations", tags=["stations"])

    @made.get("/changes", response_model=ChangesAnswer, responses=COLLECTION_RESPONSES)
    def changes(request: Request, asked: Annotated[ChangesParameters, Query()]) -> Response:
        """List what changed since a version: stations as they are now, and the ids of removed ones.

        Follow ``next`` to the end. For the next update, request the answer's ``version`` as ``since``.
        """
        media_type = negotiate_media_type(request, asked.datum)
        language = site.language(request)
        return answer_response(request, _changes(site, asked, language), media_type)

    return made


def _changes(site: Site, asked: ChangesParameters, language: Language) -> ChangesAnswer:
    """Raise FaultError if the version was never issued here: the database is another one."""
    upto, after = _continuation(asked)
    page = load_station_changes(site.wiring, asked.since_version, upto, after, asked.limit)
    if page is None:
        raise FaultError(STATIONS_API_FAULTS.build("unknown_version", field="since", value=asked.since))
    return {
        "since": asked.since,
        "version": str(page.upto),
        "datum": asked.datum.value,
        "stations": _changed_answers(page, asked.datum, language),
        "gone": list(page.gone),
        "next": None if page.is_last else build_cursor(_question(asked), f"{page.upto} {page.ids[-1]}"),
    }


def _continuation(asked: ChangesParameters) -> tuple[SnapshotVersion | None, str]:
    """Return the last version to report, the same on all pages, and the id after which to continue."""
    if asked.cursor is None:
        return None, ""
    place = _PLACE.fullmatch(parse_cursor(_question(asked), asked.cursor))
    assert place is not None, "a cursor that was checked is one of ours"
    return SnapshotVersion(int(place[1]), int(place[2])), place[3]


def _question(asked: ChangesParameters) -> str:
    return f"changes since {asked.since}"


def _changed_answers(page: StationChanges, datum: Datum, language: Language) -> list[ChangedAnswer]:
    def live(id: str) -> list[LiveAnswer]:
        statuses = page.live[id].statuses_at(page.at) if id in page.live else ()
        return build_live_answers(statuses, language)

    return [
        {**answer, "live": live(answer["id"])} for answer in build_station_answers(list(page.stations), datum)
    ]


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
