"""/api/v1/stations/{id}/keep and …/reports: what keepers do and what riders find, accepted as events."""

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from typing_extensions import TypedDict

from events import Event, accept
from geo.registry import admitted, find, find_report, load_live
from yihui.answers import civil
from yihui.http.body import body_of_kind, json_body, said_in
from yihui.http.errors import respond
from yihui.http.site import Site
from yihui.http.throttle import Throttle
from yihui.keeping import Kept, Report, keeper_event, report_event, reporter_of
from yihui.language import Language
from yihui.live_words import LiveAnswer, live_answers
from yihui.problems import EXIT_FINDINGS, Line, Problem

if TYPE_CHECKING:
    from geo.live import Live
    from geo.registry import Report as ReportFound

N_ = str  # marks a text for the message catalogue

MAX_BODY_BYTES = 16 << 10
REPORTS_AN_HOUR = 30  # that are kept; from six on they no longer count (geo/sayings.py)
_REPORTS = "/api/v1/reports"
_NUMBER = re.compile(r"[a-z2-7]{4}(-[a-z2-7]{4}){3}")


class Accepted(TypedDict):
    """What was accepted. ``number`` is what a report is followed up by, ``follow`` where."""

    number: str
    follow: str | None


class AnswerGiven(TypedDict):
    """What the keeper answered: fixed, open_now, on_it, cannot_find or thanks."""

    answer: str
    note: str
    at: str


class Followed(TypedDict):
    """What became of a report. ``heard`` is false where its reporter reports too often."""

    number: str
    station: str
    at: str
    observation: str
    heard: bool
    live: list[LiveAnswer]
    answers: list[AnswerGiven]


def router(site: Site) -> APIRouter:
    made = APIRouter(prefix="/api/v1")
    throttle = Throttle(REPORTS_AN_HOUR, timedelta(hours=1))

    @made.post(
        "/stations/{station:path}/keep",
        status_code=202,
        response_model=Accepted,
        openapi_extra=body_of_kind(Kept),
    )
    async def keep(request: Request, station: str) -> Response:
        """What a keeper does, with the station's key in ``Authorization: Bearer``; takes effect at once."""
        language, key = site.language(request), _bearer(request)
        if key is None:
            return respond(_no_key(language), {"WWW-Authenticate": "Bearer"})
        body = await json_body(request, MAX_BODY_BYTES)
        return await run_in_threadpool(_keep, site, station, key, body, language)

    @made.post(
        "/stations/{station:path}/reports",
        status_code=202,
        response_model=Accepted,
        openapi_extra=body_of_kind(Report),
    )
    async def reports(request: Request, station: str) -> Response:
        """What a rider found; several who agree change the answers, one alone doesn't."""
        body = await json_body(request, MAX_BODY_BYTES)
        address = request.client.host if request.client else ""
        return await run_in_threadpool(
            _report, site, station, (address, body), throttle, site.language(request)
        )

    @made.get("/reports/{number}", response_model=Followed)
    def follow(request: Request, number: str) -> Response:
        """What became of a report."""
        language = site.language(request)
        asked = number.strip().lower()
        with site.wiring.database.read() as connection:
            report = find_report(connection, asked) if _NUMBER.fullmatch(asked) else None
            live = load_live(connection, site.wiring.now(), station=report.saying.station) if report else {}
        if report is None:
            return respond(
                _not_there(language, N_("no report has the number {value}, or it still waits"), number)
            )
        return JSONResponse(_followed(report, live.get(report.saying.station), site.wiring.now(), language))

    return made


def _followed(report: "ReportFound", live: "Live | None", now: datetime, language: Language) -> Followed:
    saying = report.saying
    return {
        "number": report.number,
        "station": saying.station,
        "at": civil(saying.at),
        "observation": saying.what.value,
        "heard": saying.counts,
        "live": live_answers(live.told_at(now) if live else (), language),
        "answers": [
            {"answer": one.answer.value, "note": one.note, "at": civil(one.at)} for one in report.answers
        ],
    }


def _keep(site: Site, station: str, key: str, body: bytes, language: Language) -> Response:
    with site.wiring.database.read() as connection:
        known = admitted(connection, key, station)
    if known is None:  # the same for a wrong key and for a station that isn't there
        return respond(_wrong_key(language))
    event = keeper_event(said_in(Kept, body), station, known.id, site.wiring.now())
    return _accepted(site, event, None)


def _report(
    site: Site, station: str, sent: tuple[str, bytes], throttle: Throttle, language: Language
) -> Response:
    address, body = sent
    report, now = said_in(Report, body), site.wiring.now()
    reporter = reporter_of(address, now, site.wiring.identity_key)
    with site.wiring.database.read() as connection:
        there = find(connection, station) if station.isprintable() else None  # no database looks for NUL
    if there is None:
        return respond(_not_there(language, N_("there is no station {value}"), station))
    if not throttle.admits(reporter, now):
        return respond(_too_often(language), {"Retry-After": "3600"})
    event = report_event(report, station, reporter, now)
    return _accepted(site, event, f"{_REPORTS}/{event.id}")


def _accepted(site: Site, event: Event, follow: str | None) -> Response:
    with site.wiring.database.write() as connection:
        accept(connection, [event], site.wiring.now())
    site.drain.wake()
    answer: Accepted = {"number": event.id, "follow": follow}
    return JSONResponse(answer, 202)


def _bearer(request: Request) -> str | None:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" and key.strip() else None


# --- what is refused


def _no_key(language: Language) -> Problem:
    line = Line(
        language.say(N_("the keeper's key is missing")),
        language.say(N_("send it as Authorization: Bearer KEY")),
    )
    return Problem(language.say(N_("only a keeper of this station may do this")), 401, EXIT_FINDINGS, (line,))


def _wrong_key(language: Language) -> Problem:
    line = Line(
        language.say(N_("this is no key of this station, or it was revoked")),
        language.say(N_("ask the union for a new one")),
    )
    return Problem(language.say(N_("only a keeper of this station may do this")), 403, EXIT_FINDINGS, (line,))


def _not_there(language: Language, message: str, value: str) -> Problem:
    line = Line(
        language.say(message, value=value), language.say(N_("check the number or the id")), value=value
    )
    return Problem(language.say(N_("not found")), 404, EXIT_FINDINGS, (line,))


def _too_often(language: Language) -> Problem:
    line = Line(
        language.say(N_("more than {most} reports an hour come from here"), most=REPORTS_AN_HOUR),
        language.say(N_("wait an hour; what you reported has been kept")),
    )
    return Problem(language.say(N_("too many reports")), 429, EXIT_FINDINGS, (line,))
