"""Render a problem for its reader: an HTML page for a browser, JSON for a program."""

from collections.abc import Mapping, Sequence
from functools import cache

from fastapi import Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from core.text_marks import N_
from yihui.http.pages import Pages
from yihui.http.representations import JSON, VARY, preferred_media_type
from yihui.runtime.audiences import Audience
from yihui.runtime.errors import Problem
from yihui.runtime.language import LANGUAGES, Language

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


def problem_response(problem: Problem, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return the problem as JSON for a program (RFC 9457)."""
    return JSONResponse(problem.as_json(), problem.status, headers, PROBLEM)


def negotiate_problem_response(
    request: Request, problem: Problem, language: Language, headers: Mapping[str, str] | None = None
) -> Response:
    """Return the problem as the answer to this request, in the format that its sender prefers."""
    if request.scope["path"].startswith(_OF_PROGRAMS):
        return problem_response(problem, headers)
    headers = {**(headers or {}), "Vary": VARY}
    if preferred_media_type(",".join(request.headers.getlist("accept")), (PROBLEM, JSON, HTML)) != HTML:
        return problem_response(problem, headers)
    try:
        return HTMLResponse(_page(request, problem, language), problem.status, headers)
    except FileNotFoundError:  # the front end isn't built, which may itself be the problem
        return problem_response(problem, headers)


def _page(request: Request, problem: Problem, language: Language) -> str:
    asked = request.query_params.get("lang", "")[:2].lower()
    return _pages().render(
        "problem.html",
        language,
        query=f"?lang={asked}" if asked in LANGUAGES else "",
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
