"""Who may ask: the address must be one of ours and, where a page asks, that page as well.

A page of another site that a browser shows (or a name that was made to point here) must not use that
somebody is on this machine, or has a keeper's cookie.
"""

import re
from collections.abc import Callable

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from members import scrubbed
from yihui.http.errors import respond
from yihui.language import Language
from yihui.problems import EXIT_FINDINGS, Line, Problem

N_ = str  # marks a text for the message catalogue

_PORT = re.compile(r":\d*$")


class Hosts:
    """Refuses what is asked under a foreign name, or by a foreign page."""

    def __init__(self, app: ASGIApp, names: frozenset[str], language: Callable[[Request], Language]) -> None:
        self._app, self._names, self._language = app, names, language

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            sent = dict(scope["headers"])
            host, origin = sent.get(b"host", b"").decode("latin-1").lower(), sent.get(b"origin")
            if _PORT.sub("", host) not in self._names:
                await respond(_foreign_name(host, self._language(Request(scope))))(scope, receive, send)
                return
            if origin is not None and origin.decode("latin-1").lower() != f"{scope['scheme']}://{host}":
                await respond(_foreign_page(self._language(Request(scope))))(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _foreign_name(host: str, language: Language) -> Problem:
    line = Line(
        language.say(N_("the site doesn't answer to the name {host}"), host=scrubbed(host[:200])),
        language.say(
            N_("ask by a name that yihui serve --public was given, or 127.0.0.1 on its own machine")
        ),
        field="Host",
    )
    return Problem(language.say(N_("foreign host or origin")), 403, EXIT_FINDINGS, (line,))


def _foreign_page(language: Language) -> Problem:
    line = Line(
        language.say(N_("a page of another site asked")),
        language.say(N_("open the site itself; behind a proxy, start it with --behind-proxy ADDRESS")),
        field="Origin",
    )
    return Problem(language.say(N_("foreign host or origin")), 403, EXIT_FINDINGS, (line,))
