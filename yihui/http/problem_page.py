"""Render a problem for its reader: an HTML page for a browser, JSON for a program."""

from collections.abc import Mapping
from functools import cache

from fastapi import Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from yihui.http.pages import Pages
from yihui.http.representations import JSON, VARY, preferred_media_type
from yihui.runtime.errors import Problem
from yihui.runtime.language import LANGUAGES, Language

PROBLEM, HTML = "application/problem+json", "text/html"
_OF_PROGRAMS = "/api/"
_TEMPORARY = (408, 429, 500, 503)  # temporary: the same request may succeed later


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
        title=problem.title,
        problems=problem.errors,
        is_passing=problem.status in _TEMPORARY and request.scope["method"] in ("GET", "HEAD"),
    )


@cache
def _pages() -> Pages:
    return Pages()
