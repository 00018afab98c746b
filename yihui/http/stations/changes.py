"""/api/v1/stations/changes: the changes since a version, for clients that store a copy."""

import re
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from core.faults import FaultError
from geo.datum import Datum
from yihui.http.openapi import COLLECTION_RESPONSES
from yihui.http.representations import negotiate_media_type
from yihui.http.site import Site
from yihui.http.stations.cursors import MAX_CURSOR_CHARS, build_cursor, parse_cursor
from yihui.http.stations.faults import STATIONS_API_FAULTS
from yihui.http.stations.geojson import answer_response
from yihui.runtime.language import Language
from yihui.services.stations.changes import StationChanges, load_station_changes
from yihui.services.stations.snapshot import SnapshotVersion
from yihui.views.live_status import LiveAnswer, build_live_answers
from yihui.views.stations import StationAnswer, build_station_answers

MAX_CHANGES = 500
_PLACE = re.compile(r"(\d+)\.(\d+) (.+)", re.DOTALL)


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


def router(site: Site) -> APIRouter:
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
