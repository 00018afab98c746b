"""What every answer says to a browser about what it may do with it; and no answer ever fails without a word."""

from collections.abc import Callable

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from yihui.http.errors import problem_for
from yihui.http.problem_page import respond_to
from yihui.runtime.language import Language

Raw = tuple[tuple[bytes, bytes], ...]

_POLICY = (  # nothing from elsewhere, nothing that stands in the page itself
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    "object-src 'none'",
    "frame-src 'none'",
    "frame-ancestors 'none'",
    "form-action 'self'",
    "base-uri 'none'",
)
_OF_THE_DEVICE = "accelerometer camera display-capture gyroscope magnetometer microphone midi payment usb"
HEADERS = {
    "content-security-policy": "; ".join(_POLICY),
    "permissions-policy": ", ".join(["geolocation=(self)", *(f"{one}=()" for one in _OF_THE_DEVICE.split())]),
    # An address holds a position: no other site is told. Our own may: with no-referrer a browser sends
    # a form with the origin null, as if it came from nowhere (Fetch, "append a request Origin header").
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",  # what doesn't say who may keep it may hold what only one person is to read
}
# Only where the request came by https; a browser ignores it elsewhere (RFC 6797, 8.1).
TRANSPORT = {"strict-transport-security": "max-age=31536000"}


class Headers:
    """Puts the headers on every answer that doesn't bring its own, and tells what broke as a problem.

    No middleware of Starlette's own kind: those cost more than the search, and hold back what is streamed.
    """

    def __init__(self, app: ASGIApp, language: Callable[[Request], Language]) -> None:
        self._app, self._language = app, language
        self._plain, self._secure = _raw(HEADERS), _raw({**HEADERS, **TRANSPORT})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        ours = self._secure if scope["scheme"] == "https" else self._plain
        started = False

        async def send_on(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = _with(ours, message["headers"])
            await send(message)

        try:
            await self._app(scope, receive, send_on)
        except Exception as error:  # told as a problem and logged by name: its text may name a person
            if started:  # too late for another answer: the server hangs up
                raise
            request = Request(scope)
            language = self._language(request)
            await respond_to(request, problem_for(error, language), language)(scope, receive, send_on)


def _raw(headers: dict[str, str]) -> Raw:
    return tuple((name.encode(), value.encode()) for name, value in headers.items())


def _with(ours: Raw, theirs: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    given = {name for name, _ in theirs}
    return [*theirs, *(header for header in ours if header[0] not in given)]
