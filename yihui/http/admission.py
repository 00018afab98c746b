"""Takes each request from its client's allowance; what is used up answers 429 and says when to come again."""

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from yihui.http.allowances import READS, WRITES, Standing, TooOften
from yihui.http.errors import respond_too_often
from yihui.http.site import Site

_FREE = ("/static/", "/healthz", "/worker.js")  # files cost nothing, and a monitor must always get in
_READING = ("GET", "HEAD", "OPTIONS")


class Admission:
    """Reads and writes have an allowance each; points of a search for many are taken by their router."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self._app, self._site = app, site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(_FREE):
            await self._app(scope, receive, send)
            return
        name = READS if scope["method"] in _READING else WRITES
        try:
            standing = self._site.allowances.spend(name, address_of(scope))
        except TooOften as refused:
            await respond_too_often(refused, self._site.language(Request(scope)))(scope, receive, send)
            return
        await self._app(scope, receive, send if standing is None else _telling(standing, send))


def address_of(scope: Scope) -> str:
    """The network address of whoever asks; empty where there is none (a socket of this machine)."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def _telling(standing: Standing, send: Send) -> Send:
    ours = [(b"ratelimit-policy", standing.policy.encode()), (b"ratelimit", standing.remaining.encode())]

    async def send_on(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *ours]
        await send(message)

    return send_on
