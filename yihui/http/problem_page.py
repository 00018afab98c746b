"""A problem as whoever asked can read it: a page for a browser that goes there, JSON for programs."""

from collections.abc import Mapping
from functools import cache

from fastapi import Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from yihui.http.pages import Pages
from yihui.http.representations import JSON, VARY, preferred
from yihui.runtime.errors import Problem
from yihui.runtime.language import LANGUAGES, Language

PROBLEM, HTML = "application/problem+json", "text/html"
_OF_PROGRAMS = "/api/"
_PASSING = (408, 429, 500, 503)  # the same may be answered later


def respond(problem: Problem, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The problem as a program reads it (RFC 9457)."""
    return JSONResponse(problem.as_json(), problem.status, headers, PROBLEM)


def respond_to(
    request: Request, problem: Problem, language: Language, headers: Mapping[str, str] | None = None
) -> Response:
    """The problem as the answer to this request, in the form that its sender likes best."""
    if request.scope["path"].startswith(_OF_PROGRAMS):
        return respond(problem, headers)
    headers = {**(headers or {}), "Vary": VARY}
    if preferred(",".join(request.headers.getlist("accept")), (PROBLEM, JSON, HTML)) != HTML:
        return respond(problem, headers)
    try:
        return HTMLResponse(_page(request, problem, language), problem.status, headers)
    except FileNotFoundError:  # the front end isn't built, which may be the very problem
        return respond(problem, headers)


def _page(request: Request, problem: Problem, language: Language) -> str:
    asked = request.query_params.get("lang", "")[:2].lower()
    return _pages().render(
        "problem.html",
        language,
        query=f"?lang={asked}" if asked in LANGUAGES else "",
        title=problem.title,
        problems=problem.errors,
        is_passing=problem.status in _PASSING and request.scope["method"] in ("GET", "HEAD"),
    )


@cache
def _pages() -> Pages:
    return Pages()
