"""/api/v1/stations/{id}/reports and /api/v1/reports/{number}: accept riders' reports, show their outcome."""

import re
import unicodedata
from collections.abc import Callable

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from typing_extensions import TypedDict

from core.civil_time import format_civil_instant
from core.faults import FaultTable
from core.text_marks import N_
from yihui.http.body import openapi_json_body, parse_json_body, read_json_body
from yihui.http.errors import problem_response
from yihui.http.guard.allowances import client_address
from yihui.http.reports.intake import AcceptedReport, ReportService, SubmissionRefused
from yihui.http.site import Site
from yihui.runtime.errors import Problem, problem_of_faults
from yihui.runtime.language import Language
from yihui.services.stations.reports import FollowedReport, Report, Withdrawal, find_followed_report
from yihui.views.reports import FollowedAnswer, followed_report_json

MAX_BODY_BYTES = 16 << 10
_REPORTS = "/api/v1/reports"
_NUMBER_FAULTS = FaultTable(
    "report_number",
    {
        "unknown": (
            N_("no report has the number {value}, or it still waits"),
            N_("check the number or the id"),
        ),
        "malformed": (
            N_("“{value}” is no number of a report"),
            N_("a number has 16 letters and digits, as abcd-efgh-2345-ijkl: copy it as it was shown"),
        ),
    },
)
_NUMBER = re.compile(r"[a-z2-7]{4}(-[a-z2-7]{4}){3}")


class Taken(TypedDict):
    """The accepted report, or the one that is taken back. ``number`` is its id, ``at`` its time, ``follow`` the address that shows its state."""

    number: str
    at: str
    follow: str
    counts: bool


def router(site: Site) -> APIRouter:
    made, desk = APIRouter(prefix="/api/v1"), site.report_service

    @made.post(
        "/stations/{station:path}/reports",
        status_code=202,
        response_model=Taken,
        openapi_extra=openapi_json_body(Report),
    )
    async def reports(request: Request, station: str) -> Response:
        """Accept a rider's report about a station.

        The station's state changes only when several riders report the same. A report that is sent again with
        the same ``idempotency_key`` is counted once and gets the same number.
        """
        body = await read_json_body(request, MAX_BODY_BYTES)
        address = client_address(request.scope)
        return await site.write_queue.run(_report, desk, station, address, body, site.language(request))

    @made.post(
        "/reports/withdrawals",
        status_code=202,
        response_model=Taken,
        openapi_extra=openapi_json_body(Withdrawal),
    )
    async def withdrawals(request: Request) -> Response:
        """Take a rider's report back, which her phone names by the ``idempotency_key`` that it chose.

        It counts no more and waits for no answer. That is possible within 24 hours of what she observed; a second time nothing happens.
        """
        body = await read_json_body(request, MAX_BODY_BYTES)
        address = client_address(request.scope)
        return await site.write_queue.run(_withdraw, desk, address, body, site.language(request))

    @made.get("/reports/{number}", response_model=FollowedAnswer)
    def follow(request: Request, number: str) -> Response:
        """Show a report: whether it counts, how many others reported the same, and the keeper's answer.

        The number is the one that was given when the report was sent.
        """
        language = site.language(request)
        found = find_report_by_number(site, number)
        if found is None:
            return problem_response(unknown_report_problem(language, number))
        return JSONResponse(followed_report_json(found, language), headers={"Cache-Control": "no-store"})

    return made


def find_report_by_number(site: Site, number: str) -> FollowedReport | None:
    """Return the report with a number as a user typed it, or None. *Raises*: StoreError."""
    asked = normalize_report_number(number)
    return find_followed_report(site.wiring, asked) if _NUMBER.fullmatch(asked) else None


def normalize_report_number(typed: str) -> str:
    """Return a number as a user typed it in the form in which it is stored, whatever its width, case and separators.

    >>> normalize_report_number("ＡＢＣＤ efgh_2345 ijkl")
    'abcd-efgh-2345-ijkl'
    """
    signs = re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", typed).lower())
    return "-".join(re.findall(".{1,4}", signs))


def _report(desk: ReportService, station: str, address: str, body: bytes, language: Language) -> Response:
    return _take(lambda: desk.accept_report(parse_json_body(Report, body), station, address), language)


def _withdraw(desk: ReportService, address: str, body: bytes, language: Language) -> Response:
    return _take(lambda: desk.withdraw_report(parse_json_body(Withdrawal, body), address), language)


def _take(work: Callable[[], AcceptedReport], language: Language) -> Response:
    try:
        accepted = work()
    except SubmissionRefused as error:
        problem = problem_of_faults(error.faults, language)
        return problem_response(problem, {"Retry-After": "3600"} if problem.status == 429 else None)
    at, number = format_civil_instant(accepted.at), accepted.number
    follow = f"{_REPORTS}/{number}"
    taken: Taken = {"number": number, "at": at, "follow": follow, "counts": accepted.counts}
    return JSONResponse(taken, 202)


def unknown_report_problem(language: Language, number: str) -> Problem:
    """Return the problem for a report number that is unknown, or that can be none."""
    kind = "unknown" if _NUMBER.fullmatch(normalize_report_number(number)) else "malformed"
    return problem_of_faults([_NUMBER_FAULTS.build(kind, value=number)], language)
