"""Accept only requests under our own host names and, from browsers, only those of our own pages.

A page of another site that a browser shows (or a name that was made to point here) must not exploit
that the user is on this machine, or has a keeper's cookie.
"""

import re
from collections.abc import Callable

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from core.faults import FaultTable
from core.text_marks import N_
from members import scrub_personal_numbers
from yihui.http.guard.refusals import note_refusal
from yihui.http.problem_page import negotiate_problem_response
from yihui.runtime.errors import Problem, problem_of_faults
from yihui.runtime.language import Language

_PORT = re.compile(r":\d*$")
_FAULTS = FaultTable(
    "host",
    {
        "foreign_name": (
            N_("the site doesn't answer to the name {host}"),
            N_(
                "ask by a name that yihui serve --public or --faces was given, or 127.0.0.1 on its own machine"
            ),
        ),
        "several_names": (
            N_("the request has {count} Host headers"),
            N_("send one: a proxy and the site could believe different ones"),
        ),
        "foreign_page": (
            N_("a page of another site asked"),
            N_("open the site itself; behind a proxy, start it with --behind-proxy ADDRESS"),
        ),
    },
)


class HostCheckMiddleware:
    """Refuses requests under a foreign host name, or from a foreign page."""

    def __init__(self, app: ASGIApp, names: frozenset[str], language: Callable[[Request], Language]) -> None:
        self._app, self._names, self._language = app, names, language

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            request = Request(scope)
            problem = self._refusal(request)
            if problem is not None:
                note_refusal(request, "host.foreign")
                await negotiate_problem_response(request, problem, self._language(request))(
                    scope, receive, send
                )
                return
        await self._app(scope, receive, send)

    def _refusal(self, request: Request) -> Problem | None:
        count = len(request.headers.getlist("host"))
        if count > 1:
            fault = _FAULTS.build("several_names", field="Host", count=count)
            return problem_of_faults([fault], self._language(request))
        host = _host(request)
        if _PORT.sub("", host) not in self._names:
            fault = _FAULTS.build("foreign_name", field="Host", host=scrub_personal_numbers(host[:200]))
            return problem_of_faults([fault], self._language(request))
        if _origin(request) not in (None, _own_origin(request)):
            fault = _FAULTS.build("foreign_page", field="Origin")
            return problem_of_faults([fault], self._language(request))
        return None


def is_same_origin(request: Request) -> bool:
    """Return whether one of our own pages sent a form.

    A form without an origin is not ours, since every browser sends one with a POST. The scheme must match
    as well. Behind a proxy that ends the encryption it is known only by ``--behind-proxy``; without that
    `HostCheckMiddleware` has refused the request already.
    """
    return _origin(request) == _own_origin(request)


def _origin(request: Request) -> str | None:
    """Return the origin of the page that sent the request; None if the browser sent none."""
    told = request.headers.get("origin")
    return None if told is None else told.lower()


def _own_origin(request: Request) -> str:
    return f"{request.scope['scheme']}://{_host(request)}"


def _host(request: Request) -> str:
    return request.headers.get("host", "").lower()
