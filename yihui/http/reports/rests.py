"""/api/v1/stations/{id}/rests: “I am resting here”, one tap, counted anonymously."""

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from typing_extensions import TypedDict

from yihui.http.body import openapi_json_body, parse_json_body, read_json_body
from yihui.http.errors import problem_response
from yihui.http.guard.allowances import client_address
from yihui.http.reports.intake import SUBMISSION_FAULTS, SubmissionRefused
from yihui.http.reports.rest_counting import RestReport
from yihui.http.site import Site
from yihui.runtime.errors import problem_of_faults

MAX_BODY_BYTES = 1 << 10


class Counted(TypedDict):
    """``counted`` is false if this rider was counted here within the last hour, or the rest is older than a week."""

    counted: bool


def router(site: Site) -> APIRouter:
    made = APIRouter(prefix="/api/v1")

    @made.post(
        "/stations/{station:path}/rests",
        status_code=202,
        response_model=Counted,
        openapi_extra=openapi_json_body(RestReport, required=False),
    )
    async def rests(request: Request, station: str) -> Response:
        """Count a rest at a station; only the number of rests is stored.

        Without a body the rest is counted now. A request that is sent again with the same ``idempotency_key``
        is the same rest.
        """
        is_told = bool(await request.body())
        told = (
            parse_json_body(RestReport, await read_json_body(request, MAX_BODY_BYTES))
            if is_told
            else RestReport()
        )
        return await run_in_threadpool(_counted, site, request, station, told)

    return made


def _counted(site: Site, request: Request, station: str, told: RestReport) -> Response:
    try:
        answer: Counted = {"counted": record_rest(site, request, station, told)}
    except SubmissionRefused as error:
        return problem_response(problem_of_faults(error.faults, site.language(request)))
    return JSONResponse(answer, 202)


def record_rest(site: Site, request: Request, station: str, told: RestReport) -> bool:
    """Count a rest; return whether it is new. *Raises*: SubmissionRefused, StoreError."""
    counted = site.rest_tally.count_rest(station, client_address(request.scope), told)
    if counted is None:
        raise SubmissionRefused(SUBMISSION_FAULTS.build("unknown_station", value=station))
    return counted
