"""Charge each request to its client's allowance; answer 429 and a time to retry if it is used up."""

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from yihui.http.errors import rate_limit_response
from yihui.http.guard.allowances import MAPS, READS, WRITES, AllowanceState, RateLimitExceeded, client_address
from yihui.http.site import Site

_FREE = ("/static/", "/healthz", "/worker.js")  # files are free, and a monitor must always be admitted
_READING = ("GET", "HEAD", "OPTIONS")
_MAP = "/map/"  # one view of the map needs twenty files, each fetched once, as browsers keep them
_MANY = "/api/v1/stations/nearest"  # a read by POST, since a URL has no room for a thousand points


class RateLimitMiddleware:
    """Charges reads, map files and writes to an allowance each.

    The router of the search for many points charges the points itself.
    """

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self._app, self._site = app, site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(_FREE):
            await self._app(scope, receive, send)
            return
        is_read = scope["method"] in _READING or scope["path"] == _MANY
        reads = MAPS if scope["path"].startswith(_MAP) else READS
        try:
            standing = self._site.allowances.spend(reads if is_read else WRITES, client_address(scope))
        except RateLimitExceeded as refused:
            request = Request(scope)
            answer = rate_limit_response(refused, request, self._site.language(request))
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send if standing is None else _with_ratelimit_headers(standing, send))


def _with_ratelimit_headers(standing: AllowanceState, send: Send) -> Send:
    ours = [
        (b"ratelimit-policy", standing.policy_header.encode()),
        (b"ratelimit", standing.ratelimit_header.encode()),
    ]

    async def send_on(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *ours]
        await send(message)

    return send_on
