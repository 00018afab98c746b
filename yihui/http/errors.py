"""Answer errors with RFC 9457 problems in the reader's language, never with a traceback: a page or JSON.

``yihui/runtime/errors.py`` describes our own exceptions; this module describes invalid requests.
"""

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from math import ceil
from typing import cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from fastapi.routing import iter_route_contexts
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException
from starlette.routing import Match

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from core.validation import validation_texts
from members import scrub_personal_numbers
from yihui.http.guard.allowances import RateLimitExceeded
from yihui.http.guard.refusals import note_refusal
from yihui.http.ingress_gate import RETRY_AFTER_S, IngressFull
from yihui.http.looks import read_looks
from yihui.http.pages import Pages, read_requested_language
from yihui.http.representations import JSON, VARY, preferred_media_type
from yihui.http.site import WRONG_KEYS_PERIOD, Site
from yihui.runtime import disk_room
from yihui.runtime.audiences import Audience
from yihui.runtime.errors import (
    EXIT_ENVIRONMENT,
    EXIT_FINDINGS,
    ErrorLine,
    Problem,
    fault_line,
    parse_choices,
    problem_of,
)
from yihui.runtime.language import Language, format_choices
from yihui.runtime.observability.logs import is_debugging
from yihui.views.labels import ACCESS_LABELS, ENTRY_LABELS, FACILITY_LABELS, STATION_KIND_LABELS

PROBLEM, HTML = "application/problem+json", "text/html"
_OF_PROGRAMS = "/api/"
_TEMPORARY = (408, 429, 500, 503)  # temporary: the same request may succeed later
# The ways back of each face, by how its addresses begin; a site for programs alone has the last.
_WAYS: Sequence[tuple[Audience, str, Sequence[tuple[str, str]]]] = (
    (Audience.RIDERS, "/keep", (("/keep", N_("Back to the station")),)),
    (Audience.MEMBERS, "/me", (("/me", N_("Back to the first page")),)),
    (Audience.OFFICERS, "/desk", (("/desk", N_("To the first page")),)),
    (Audience.RIDERS, "/", (("/", N_("Find places")), ("/reports", N_("My reports")))),
)
_WAYS_OF_PROGRAMS = (("/docs", N_("Interface for programs")),)
# Labels of a field's codes.
_LABELS_BY_FIELD: Mapping[str, Mapping[str, str]] = {
    "kind": STATION_KIND_LABELS,
    "facility": FACILITY_LABELS,
    "entry": ENTRY_LABELS,
    "access": ACCESS_LABELS,
}
_NO_LABELS: Mapping[str, str] = {}
_LOG = logging.getLogger(__name__)
_SEE = N_("see /openapi.json for what is expected")
_LIMITS = N_("give a number within these limits")
_REMEDIES: Mapping[str, str] = {
    "missing": N_("add it to the request; see /openapi.json for what is expected"),
    **dict.fromkeys(("greater_than", "greater_than_equal", "less_than", "less_than_equal"), _LIMITS),
    "too_long": N_("send less at a time"),
    "string_pattern_mismatch": _SEE,
    "since": N_("send the version of the answer that you have, or 0.0"),
    "": _SEE,
}
_SWAPPED = N_("longitude comes first; are the two swapped?")
# Errors of requests that are not pydantic's own, by error type.
REQUEST_FAULTS = FaultTable(
    "request",
    {
        "json_invalid": (N_("the body is not JSON"), N_("send UTF-8 JSON")),
        "datetime_reach": (N_("{field}: {value} is too far away"), N_("choose a year from 1992 to 2100")),
        "moment": (
            N_("{field}: “{value}” is no day with a time"),
            N_("choose a day and a time, or leave it empty for now"),
        ),
        "unreadable": (
            N_("something in the address or in the form can't be read"),
            N_("Check the address, or begin again here."),
        ),
        "unknown_district": (
            N_("{field}: no district has the code {value}"),
            N_("choose a district from the list"),
        ),
        "unlisted_district": (
            N_("this district isn't in the list"),
            N_("choose a district from the list"),
        ),
        "pair": (
            N_("longitude and latitude are given together or not at all"),
            N_("fill in both, or neither"),
        ),
        "way_too_long": (
            N_("the way is {kilometres} km long"),
            N_("give one of {most} km at most; are the two ends right?"),
        ),
        "region_cell": (
            N_("{field}: “{value}” is not a cell of half a degree"),
            N_("write the longitude and latitude of its south-west corner, as in 117.0_36.5"),
        ),
        "bbox_reach": (
            N_("{field}: “{value}” is not a box on the Earth"),
            N_("write west,south,east,north in degrees; the south comes before the north"),
        ),
        "bbox": (
            N_("{field}: “{value}” is not four numbers"),
            N_("write west,south,east,north in degrees, as in 117.00,36.65,117.05,36.68"),
        ),
        "cursor": (
            N_("{field}: “{value}” is no cursor of this question"),
            N_("leave it out to begin anew, and change nothing else while you follow next"),
        ),
        "no_pair": (
            N_("{field}: a point is not two numbers"),
            N_("write each as [longitude, latitude] in degrees"),
        ),
        "personal_data": (
            N_("{field} can't be an ID number or a phone number"),
            N_("ask with the member's id; personal numbers belong in no address"),
        ),
    },
)


def problem_response(problem: Problem, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return the problem as JSON for a program (RFC 9457)."""
    return JSONResponse(problem.as_json(), problem.status, headers, PROBLEM)


def negotiate_problem_response(
    request: Request, problem: Problem, language: Language, headers: Mapping[str, str] | None = None
) -> Response:
    """Return the problem as the answer to this request, in the format that its sender prefers."""
    if not request.scope["path"].startswith(_OF_PROGRAMS):
        headers = {**(headers or {}), "Vary": VARY}
    if not _is_page(request):
        return problem_response(problem, headers)
    try:
        return HTMLResponse(_page(request, problem, language), problem.status, headers)
    except FileNotFoundError:  # the front end isn't built, which may itself be the problem
        return problem_response(problem, headers)


def _is_page(request: Request) -> bool:
    """Return whether the sender prefers a page to data."""
    accepted = ",".join(request.headers.getlist("accept"))
    is_program = request.scope["path"].startswith(_OF_PROGRAMS)
    return not is_program and preferred_media_type(accepted, (PROBLEM, JSON, HTML)) == HTML


def _page(request: Request, problem: Problem, language: Language) -> str:
    asked = read_requested_language(request)
    return _pages().render(
        "problem.html",
        language,
        query=f"?lang={asked}" if asked else "",
        **read_looks(request),
        problem=problem,
        ways=_find_ways(request),
        is_passing=problem.status in _TEMPORARY and request.scope["method"] in ("GET", "HEAD"),
    )


def _find_ways(request: Request) -> Sequence[tuple[str, str]]:
    """Return the addresses and titles that lead on from an error; none under a name that the site doesn't serve."""
    audiences, path = request.app.state.audiences, request.scope["path"]
    served = [(begin, ways) for audience, begin, ways in _WAYS if audience in audiences]
    own = [ways for begin, ways in served if f"{path}/".startswith(f"{begin.rstrip('/')}/")]
    return (own or [ways for _, ways in served] or [_WAYS_OF_PROGRAMS])[0] if audiences else ()


@cache
def _pages() -> Pages:
    return Pages()


def install_error_handlers(app: FastAPI, site: Site) -> None:
    """Register the handlers that turn every error into a problem."""

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        note_refusal(request, "request.invalid")
        language = site.language(request)
        typed = _NO_LABELS if _is_page(request) else None
        problem = invalid_request_problem(error.errors(), language, typed)
        return negotiate_problem_response(request, problem, language)

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        headers = {"Allow": _list_allowed_methods(request)} if error.status_code == 405 else error.headers
        language = site.language(request)
        return negotiate_problem_response(request, _refusal(error.status_code, language), language, headers)

    async def failed(request: Request, error: Exception) -> Response:
        if isinstance(error, FaultError):
            note_refusal(request, error.faults[0].code)
        language = site.language(request)
        problem = problem_for_error(error, language)
        headers = {
            401: {"WWW-Authenticate": "Bearer"},
            429: {"Retry-After": str(int(WRONG_KEYS_PERIOD.total_seconds()))},
            503: {"Retry-After": str(RETRY_AFTER_S)},
            507: {"Retry-After": str(disk_room.RETRY_AFTER_S)},
        }
        return negotiate_problem_response(request, problem, language, headers.get(problem.status))

    async def overfull(request: Request, error: Exception) -> Response:
        assert isinstance(error, IngressFull)
        site.wiring.metrics.count_turned_away()
        problem = problem_for_error(error, site.language(request))
        return problem_response(problem, {"Retry-After": str(RETRY_AFTER_S)})

    async def too_often(request: Request, error: Exception) -> Response:
        assert isinstance(error, RateLimitExceeded)
        note_refusal(request, "rate_limit")
        return rate_limit_response(error, request, site.language(request))

    # Those that yihui/runtime/errors.py knows are answers; anything else is also logged as a defect.
    for known in (FaultError, OSError):
        app.add_exception_handler(known, failed)
    app.add_exception_handler(IngressFull, overfull)
    app.add_exception_handler(RateLimitExceeded, too_often)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, refused)


def rate_limit_response(refused: RateLimitExceeded, request: Request, language: Language) -> Response:
    """Return 429, and when the same request would be admitted.

    *Source*: draft-ietf-httpapi-ratelimit-headers; RFC 9110, 10.2.3.
    """
    standing = refused.standing
    problem = problem_for_error(refused, language)
    headers = {"RateLimit-Policy": standing.policy_header, "RateLimit": standing.ratelimit_header}
    return negotiate_problem_response(
        request, problem, language, {**headers, "Retry-After": str(ceil(standing.wait_s))}
    )


def problem_for_error(error: BaseException, language: Language) -> Problem:
    """Return the problem of an exception. An unknown one is our defect, reported without details."""
    known = problem_of(error, language)
    if known is not None:
        return known if known.status != 503 else _away(known, language)
    # The error's text may contain personal data: it is logged only if YIHUI_DEBUG is set.
    _LOG.error("unexpected %s", type(error).__name__, exc_info=error if is_debugging() else None)
    line = ErrorLine(
        language.render(N_("this is our fault, not yours")),
        language.render(N_("try again later, and tell us")),
    )
    return Problem(language.render(N_("something went wrong on the server")), 500, EXIT_ENVIRONMENT, (line,))


def _away(problem: Problem, language: Language) -> Problem:
    """Log what is wrong with our environment; the client can only try again."""
    _LOG.error("%s: %s", problem.title, language.join_clauses(line.message for line in problem.errors))
    line = ErrorLine(
        language.render(N_("something that the site needs is away; nothing was half-written")),
        language.render(N_("try again in {seconds} s"), seconds=RETRY_AFTER_S),
    )
    return Problem(language.render(N_("the site can't answer at the moment")), 503, EXIT_ENVIRONMENT, (line,))


def invalid_request_problem(
    errors: Iterable[Mapping[str, object]], language: Language, typed: Mapping[str, str] | None = None
) -> Problem:
    """Build one problem from all of pydantic's errors.

    ``typed`` holds, for readers of a page, the labels of what they type there, by field name. Where another field
    is wrong, its address was forged or spoilt: one line says so, without names and values that only programs read.
    """
    found = list(errors)
    shown = found if typed is None else [error for error in found if _field(error.get("loc")) in {"", *typed}]
    lines = tuple(_line(error, language, typed or _NO_LABELS) for error in shown)
    if len(shown) < len(found):
        lines += (fault_line(REQUEST_FAULTS.build("unreadable"), language),)
    title = language.render(N_("the request was not accepted; faults: {count}"), count=len(lines))
    return Problem(title, 422, EXIT_FINDINGS, lines)


def _refusal(status: int, language: Language) -> Problem:
    titles = {404: N_("there is no such page"), 405: N_("this address can't be opened that way")}
    return Problem(
        language.translate(titles.get(status, N_("the request was refused"))), status, EXIT_FINDINGS
    )


def _list_allowed_methods(request: Request) -> str:
    """Return all methods of the first path that matches: a station's id may look like any other path."""
    routes = [
        route
        for route in iter_route_contexts(request.app.routes)  # including those of the app's routers
        if route.matches(request.scope)[0] is not Match.NONE
    ]
    same = (route for route in routes if route.path == routes[0].path)
    return ", ".join(sorted({method for route in same for method in route.methods or ()}))


def _line(error: Mapping[str, object], language: Language, fields: Mapping[str, str]) -> ErrorLine:
    context = error.get("ctx")
    row = _row(error.get("loc"))
    if isinstance(context, Mapping) and isinstance(context.get("fault"), Fault):
        return fault_line(context["fault"].at(row=row), language)
    field, value = _field(error.get("loc")), error.get("input")
    message, remedy = _texts(error, field)
    quoted = scrub_personal_numbers(str(value)) if isinstance(value, str | int | float) else ""
    params = {
        "field": language.translate(fields.get(field, "")) or scrub_personal_numbers(field),
        "value": quoted if isinstance(value, str) else quoted or _json(value),
        **_details(error, language),
    }
    return ErrorLine(
        message=language.render(message, **params),
        remedy=language.render(remedy, **params),
        row=row,
        field=scrub_personal_numbers(field),
        value=quoted or None,
    )


def _texts(error: Mapping[str, object], field: str) -> tuple[str, str]:
    kind = str(error["type"])
    if kind in REQUEST_FAULTS.texts:
        return REQUEST_FAULTS.texts[kind][:2]
    message, remedy = validation_texts(cast("ErrorDetails", error), field, _REMEDIES)
    is_swapped = field == "lon" and kind.startswith(("greater_than", "less_than"))
    return message, _SWAPPED if is_swapped else remedy


def _json(value: object) -> str:
    """Return the start of a value that is no text and no number, for a message that quotes it."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return scrub_personal_numbers(text.encode("utf-8", "backslashreplace").decode())[:80]


def _field(location: object) -> str:
    """Return the name of a field without its part of the request and without its index in a list."""
    parts = [part for part in location if isinstance(part, str)] if isinstance(location, tuple) else []
    return ".".join(parts[1:] if parts and parts[0] in ("query", "body", "path", "header") else parts)


def _row(location: object) -> int | None:
    """Return the position in the list that the body contains, counted from 1."""
    if not isinstance(location, tuple) or location[:1] != ("body",):
        return None
    return next((part + 1 for part in location if isinstance(part, int)), None)


def _details(error: Mapping[str, object], language: Language) -> dict[str, str]:
    context, field = error.get("ctx"), _field(error.get("loc"))
    given = dict(context) if isinstance(context, Mapping) else {}
    given = {name: f"{limit:g}" if isinstance(limit, float) else limit for name, limit in given.items()}
    if field in _LABELS_BY_FIELD:
        given["expected"] = format_choices(_LABELS_BY_FIELD[field], language)
    elif "expected" in given:
        given["expected"] = language.format_list(parse_choices(str(given["expected"])))
    return {str(name): str(value) for name, value in given.items()}
