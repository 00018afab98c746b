"""Takes each request from its client's allowance; what is used up answers 429 and says when to come again."""

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from yihui.http.errors import respond_too_often
from yihui.http.guard.allowances import MAPS, READS, WRITES, Standing, TooOften, address_of
from yihui.http.site import Site

_FREE = ("/static/", "/healthz", "/worker.js")  # files cost nothing, and a monitor must always get in
_READING = ("GET", "HEAD", "OPTIONS")
_MAP = "/map/"  # twenty files for one look at the map, each of them once, as they are kept for ever
_MANY = "/api/v1/stations/nearest"  # a POST, since an address has no room for a thousand points


class Admission:
    """Reads, files of the map and writes have an allowance each; points of a search for many are taken by their router."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self._app, self._site = app, site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(_FREE):
            await self._app(scope, receive, send)
            return
        is_read = scope["method"] in _READING or scope["path"] == _MANY
        reads = MAPS if scope["path"].startswith(_MAP) else READS
        try:
            standing = self._site.allowances.spend(reads if is_read else WRITES, address_of(scope))
        except TooOften as refused:
            request = Request(scope)
            answer = respond_too_often(refused, request, self._site.language(request))
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send if standing is None else _telling(standing, send))


def _telling(standing: Standing, send: Send) -> Send:
    ours = [(b"ratelimit-policy", standing.policy.encode()), (b"ratelimit", standing.remaining.encode())]

    async def send_on(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *ours]
        await send(message)

    return send_on
