"""/api/v1/stations/changes: the changes since a version, for clients that store a copy."""

import re
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection
from typing_extensions import TypedDict

from core.faults import FaultError
from geo.crs import Datum
from geo.registry import (
    VersionSpan,
    changed_station_ids,
    live_version,
    load_current_stations,
    load_live_summaries,
    register_version,
)
from yihui.http.openapi import COLLECTION_RESPONSES
from yihui.http.representations import negotiate_media_type
from yihui.http.site import Site
from yihui.http.snapshot import SnapshotVersion
from yihui.http.stations.cursors import MAX_CURSOR_CHARS, build_cursor, parse_cursor
from yihui.http.stations.faults import STATIONS_API_FAULTS
from yihui.http.stations.geojson import answer_response
from yihui.runtime.language import Language
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
    """A station as it is now. ``live`` is what was said of it and holds now; each lapses at its ``until``."""

    live: list[LiveAnswer]


class ChangesAnswer(TypedDict):
    """Stations that are other, and ids of those that are gone, by id. Once ``next`` is null, the copy is at ``version``."""

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
        """What changed since a version: stations as they are now, and ids of those that are gone.

        Follow ``next`` to the end, then ask again with ``since`` at the answer's ``version``.
        """
        media_type = negotiate_media_type(request, asked.datum)
        language = site.language(request)
        return answer_response(request, _changes(site, asked, language), media_type)

    return made


def _changes(site: Site, asked: ChangesParameters, language: Language) -> ChangesAnswer:
    """Raise FaultError if the version was never issued here: the database is another one."""
    with site.wiring.database.read() as connection:
        now = SnapshotVersion(register_version(connection), live_version(connection))
        upto, after = _standing(asked, now)
        since = asked.since_version
        if since.register > upto.register or since.live > upto.live:
            fault = STATIONS_API_FAULTS.build("unknown_version", field="since", value=asked.since)
            raise FaultError(fault)
        span = VersionSpan((since.register, upto.register), (since.live, upto.live))
        ids = changed_station_ids(connection, span, after, asked.limit + 1)
        is_last, ids = len(ids) <= asked.limit, ids[: asked.limit]
        stations, gone = _current_and_gone(site, connection, ids, asked.datum, language)
    return {
        "since": asked.since,
        "version": str(upto),
        "datum": asked.datum.value,
        "stations": stations,
        "gone": gone,
        "next": None if is_last else build_cursor(_question(asked), f"{upto} {ids[-1]}"),
    }


def _standing(asked: ChangesParameters, now: SnapshotVersion) -> tuple[SnapshotVersion, str]:
    """Return the last version to report, the same on all pages, and the id after which to continue."""
    if asked.cursor is None:
        return now, ""
    place = _PLACE.fullmatch(parse_cursor(_question(asked), asked.cursor))
    assert place is not None, "a cursor that was checked is one of ours"
    return SnapshotVersion(int(place[1]), int(place[2])), place[3]


def _question(asked: ChangesParameters) -> str:
    return f"changes since {asked.since}"


def _current_and_gone(
    site: Site, connection: Connection, ids: list[str], datum: Datum, language: Language
) -> tuple[list[ChangedAnswer], list[str]]:
    at, there = site.wiring.now(), load_current_stations(connection, ids)
    live = load_live_summaries(connection, at)
    stations = [there[id] for id in ids if id in there]
    answers: list[ChangedAnswer] = [
        {
            **answer,
            "live": build_live_answers(
                live[answer["id"]].statuses_at(at) if answer["id"] in live else (), language
            ),
        }
        for answer in build_station_answers(stations, datum)
    ]
    return answers, [id for id in ids if id not in there]
