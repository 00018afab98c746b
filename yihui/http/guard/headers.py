"""Add the default headers to every answer, and turn unexpected errors into problems."""

from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from yihui.http.errors import negotiate_problem_response, problem_for_error
from yihui.http.pages import style_hash
from yihui.runtime.language import Language

RawHeaders = tuple[tuple[bytes, bytes], ...]
FindHeaders = Callable[[Scope, int], RawHeaders]
_POLICY = (  # nothing from other hosts, nothing inline
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
DEFAULT_HEADERS = {
    "content-security-policy": "; ".join(_POLICY),
    "permissions-policy": ", ".join(["geolocation=(self)", *(f"{one}=()" for one in _OF_THE_DEVICE.split())]),
    # A URL contains a position: other sites must not get it. Our own may: with no-referrer a browser sends
    # a form with the origin null (Fetch, "append a request Origin header").
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",  # an answer without its own value may be meant for one person only
}
# Only for requests by https; browsers ignore it elsewhere (RFC 6797, 8.1).
HTTPS_HEADERS = {"strict-transport-security": "max-age=31536000"}


class HeadMiddleware:
    """Calls the app as for GET, and sends only the headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
                return
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            if message.get("more_body", False):
                raise _HeadersSent

        with suppress(_HeadersSent):
            await self._app({**scope, "method": "GET"}, receive, send_on)


class _HeadersSent(Exception):
    """Raised once the headers are sent, to end an answer that would stream on."""


def styled_policy(entry: str) -> str:
    """Return the policy of a page that embeds a stylesheet of ours."""
    policy = DEFAULT_HEADERS["content-security-policy"]
    return policy.replace("style-src 'self'", f"style-src 'self' {style_hash(entry)}")


class DefaultHeadersMiddleware:
    """Adds the headers that an answer does not set itself, and answers unexpected errors with a problem.

    ``find_more`` gives the headers that depend on the request and on the status of its answer. Not based on
    Starlette's BaseHTTPMiddleware: that costs more than a search, and delays streamed answers.
    """

    def __init__(
        self, app: ASGIApp, language: Callable[[Request], Language], find_more: FindHeaders | None = None
    ) -> None:
        self._app, self._language, self._find_more = app, language, find_more

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_secure, started = scope["scheme"] == "https", False

        async def send_on(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                own = message["headers"]
                more = self._find_more(scope, message["status"]) if self._find_more else ()
                lacking = _find_lacking(tuple([name for name, _ in own]), is_secure)
                message["headers"] = [*own, *more, *lacking]
            await send(message)

        try:
            await self._app(scope, receive, send_on)
        except Exception as error:  # a problem; only its type is logged, as its text may name a person
            if started:  # too late for another answer: the server closes the connection
                raise
            request = Request(scope)
            language = self._language(request)
            await negotiate_problem_response(request, problem_for_error(error, language), language)(
                scope, receive, send_on
            )


@lru_cache(maxsize=1_024)  # all answers of a route have the same names
def _find_lacking(own: tuple[bytes, ...], is_secure: bool) -> RawHeaders:
    """Return the default headers that an answer with these names lacks."""
    ours = DEFAULT_HEADERS | (HTTPS_HEADERS if is_secure else {})
    return tuple((name.encode(), value.encode()) for name, value in ours.items() if name.encode() not in own)
