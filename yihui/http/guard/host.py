"""Accept only requests under our own host names and, from browsers, only those of our own pages.

A page of another site that a browser shows (or a name that was made to point here) must not exploit
that the user is on this machine, or has a keeper's cookie.
"""

import re
from collections.abc import Callable

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from core.faults import Fault, FaultTable
from core.text_marks import N_
from members import scrub_personal_numbers
from yihui.http.errors import negotiate_problem_response
from yihui.http.guard.refusals import note_refusal
from yihui.runtime.errors import problem_of_faults
from yihui.runtime.language import Language
from yihui.runtime.origins import own_origin, read_header, read_origin

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
        if scope["type"] == "http" and (fault := find_host_fault(scope, self._names)) is not None:
            request = Request(scope)
            note_refusal(request, "host.foreign")
            language = self._language(request)
            problem = problem_of_faults([fault], language)
            await negotiate_problem_response(request, problem, language)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def find_host_fault(scope: Scope, names: frozenset[str]) -> Fault | None:
    """Return why a request is not for these names; it reads the raw headers, since it looks at every request."""
    hosts = read_header(scope, b"host")
    if len(hosts) > 1:
        return _FAULTS.build("several_names", field="Host", count=len(hosts))
    host = hosts[0] if hosts else ""
    if _PORT.sub("", host) not in names:
        return _FAULTS.build("foreign_name", field="Host", host=scrub_personal_numbers(host[:200]))
    origin = read_origin(scope)
    if origin is not None and origin != own_origin(scope):
        return _FAULTS.build("foreign_page", field="Origin")
    return None
