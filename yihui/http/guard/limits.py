"""Middleware that refuses requests which are too long, too slow or ambiguous, and that charges each to an allowance.

``RequestLimitsMiddleware`` reads each body whole before any router gets the request, so that no router can forget its
limit; a router with a lower limit checks that itself (`yihui/http/body.py`). PostgreSQL can't store text with U+0000:
the middleware refuses it, except in files and in the forms that bring them. It also refuses a key that stands twice in
JSON, and a parameter that is given twice: parsers would keep the last one. ``RateLimitMiddleware`` spends the client's
allowance (`yihui/http/guard/allowances.py`).
"""

import asyncio
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from urllib.parse import unquote_plus

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from members import scrub_personal_numbers
from yihui.http.body import (
    BODY_FAULTS,
    FORM_MEDIA_TYPE,
    BodyRefused,
    body_too_large,
    content_media_type,
    refuse_repeated_key,
)
from yihui.http.errors import negotiate_problem_response, problem_for_error, rate_limit_response
from yihui.http.guard.allowances import MAPS, READS, WRITES, AllowanceState, RateLimitExceeded, client_address
from yihui.http.guard.headers import RawHeaders
from yihui.http.site import Site
from yihui.runtime.language import Language

MAX_ADDRESS_BYTES = 8 << 10
MAX_HEADER_BYTES = 16 << 10
DEFAULT_MAX_BODY_BYTES = 256 << 10  # twice a thousand points in JSON
BODY_TIMEOUT_S = 30.0  # enough for a phone's report at 2 kB/s, too short to hold connections open
MAX_DISCARDED_BYTES = 32 << 20  # more than any face takes
DISCARD_WITHIN_S = 10.0
# The parameters that may be repeated on the pages that read lists (`yihui/http/stations/request.py`).
LIST_PARAMETERS = frozenset({"kind", "facility", "entry", "access", "benefit"})
_READS_LISTS = re.compile(r"/|/api/v1/stations(?:/.*)?")
# Apps that share a link append these, twice if it is shared again; no page for people reads them.
APPENDED_PARAMETERS = frozenset({"from", "isappinstalled"})
_FOR_PROGRAMS = ("/api/", "/ogc")
_WITHOUT_BODY = ("GET", "HEAD")
_NUL_IN_FORM = re.compile(rb"%00|\0")
_NUL_IN_JSON = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000|\0")  # not after an escaped backslash
# A body of another type may hold it, or says itself what is wrong, as an event does.
_NUL_WRITTEN = {FORM_MEDIA_TYPE: _NUL_IN_FORM, "application/json": _NUL_IN_JSON}
_FREE = ("/static/", "/healthz", "/worker.js")  # files are free, and a monitor must always be admitted
_READING = ("GET", "HEAD", "OPTIONS")
_MAP = "/map/"  # one view of the map needs twenty files, each fetched once, as browsers keep them
_CHARGED = "yihui.charged"  # the headers of a request that was charged
_MANY = "/api/v1/stations/nearest"  # a read by POST, since a URL has no room for a thousand points


class RequestLimitsMiddleware:
    """Refuses requests that are too long or too slow.

    ``longer``: path prefix → largest body in bytes, where the default is too small.
    """

    def __init__(
        self,
        app: ASGIApp,
        language: Callable[[Request], Language],
        longer: Mapping[str, int],
        within_s: float = BODY_TIMEOUT_S,
    ) -> None:
        self._app, self._language, self._longer, self._within_s = app, language, longer, within_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            _check_length(scope)
            check_query(scope["path"], scope["query_string"])
            told = dict(scope["headers"])
            if _has_body(scope, told):
                receive = await self._read(scope, told, receive)
        except BodyRefused as refused:
            request = Request(scope)
            language = self._language(request)
            problem = problem_for_error(refused, language)
            headers = (
                {"Connection": "close"} if scope["http_version"] == "1.1" else None
            )  # something of it may be left unread
            await negotiate_problem_response(request, problem, language, headers)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _read(self, scope: Scope, told: Mapping[bytes, bytes], receive: Receive) -> Receive:
        """Return a ``receive`` that delivers the whole body at once. *Raises*: BodyRefused."""
        path: str = scope["path"]
        most = next(
            (n for start, n in self._longer.items() if path.startswith(start)), DEFAULT_MAX_BODY_BYTES
        )
        length = told.get(b"content-length", b"")
        if length.isdigit() and int(length) > most:
            if b"expect" not in told:  # such a client sends no body before the answer
                await _discard(receive)
            raise body_too_large(most)
        try:
            async with asyncio.timeout(self._within_s):
                body = await _whole(receive, most)
        except TimeoutError as error:
            raise BodyRefused(BODY_FAULTS.build("too_slow", seconds=f"{self._within_s:g}")) from error
        except _BodyTooLong as error:
            await _discard(receive)
            raise body_too_large(most) from error
        kind = content_media_type({"content-type": told.get(b"content-type", b"").decode("latin-1")})
        if (written := _NUL_WRITTEN.get(kind)) and written.search(body):
            raise BodyRefused(BODY_FAULTS.build("nul"))
        if kind.endswith("json"):
            refuse_repeated_key(body)
        return _replay_body(body, receive)


class _BodyTooLong(Exception):
    """The body is longer than it may be, and goes on."""


def is_short(scope: Scope) -> bool:
    """Return whether a request has no body, and an address and headers within their limits."""
    try:
        _check_length(scope)
    except BodyRefused:
        return False
    return not _has_body(scope, dict(scope["headers"]))


def check_query(path: str, query: bytes) -> None:
    """Check that an address has no U+0000, and no parameter twice. *Raises*: BodyRefused."""
    if "\0" in path or _NUL_IN_FORM.search(query):
        raise BodyRefused(BODY_FAULTS.build("nul"))
    _check_parameters(path, query)


def _check_length(scope: Scope) -> None:
    if len(scope.get("raw_path") or scope["path"]) + len(scope["query_string"]) > MAX_ADDRESS_BYTES:
        raise BodyRefused(BODY_FAULTS.build("long_address", limit=f"{MAX_ADDRESS_BYTES >> 10} kB"))
    if sum([len(name) + len(value) for name, value in scope["headers"]]) > MAX_HEADER_BYTES:
        raise BodyRefused(BODY_FAULTS.build("long_headers", limit=f"{MAX_HEADER_BYTES >> 10} kB"))


def _check_parameters(path: str, query: bytes) -> None:
    text = query.decode("latin-1")
    names = [part.partition("=")[0] for part in text.split("&") if part]
    if "%" in text or "+" in text:
        names = [unquote_plus(name) for name in names]
    if len(set(names)) == len(names):
        return
    free = LIST_PARAMETERS if _READS_LISTS.fullmatch(path) else frozenset[str]()
    is_page = not path.startswith(_FOR_PROGRAMS)
    free |= APPENDED_PARAMETERS if is_page else frozenset[str]()
    twice = next((name for name in names if name not in free and names.count(name) > 1), None)
    if twice is not None and is_page:
        raise BodyRefused(BODY_FAULTS.build("repeated_on_page"))
    if twice is not None:
        value = scrub_personal_numbers(twice)[:80]
        raise BodyRefused(BODY_FAULTS.build("repeated_parameter", field=value, value=value))


def _has_body(scope: Scope, told: Mapping[bytes, bytes]) -> bool:
    if b"transfer-encoding" in told:
        return True
    length = told.get(b"content-length")
    return scope["method"] not in _WITHOUT_BODY if length is None else length != b"0"


async def _whole(receive: Receive, most: int) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":  # its chunks are malformed, or the client left
            raise BodyRefused(BODY_FAULTS.build("broken"))
        body += message.get("body", b"")
        goes_on = message.get("more_body", False)
        if len(body) > most:
            raise _BodyTooLong if goes_on else body_too_large(most)
        if not goes_on:
            return bytes(body)


async def _discard(receive: Receive) -> None:
    """Read the rest of a body that is refused, as far as it may be: a proxy reads no answer while it is still sending."""
    left = MAX_DISCARDED_BYTES
    with suppress(TimeoutError):
        async with asyncio.timeout(DISCARD_WITHIN_S):
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                if not message.get("more_body", False):
                    return


def _replay_body(body: bytes, receive: Receive) -> Receive:
    rest: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return rest.pop() if rest else await receive()

    return again


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
        try:
            headers = charge_client(self._site, scope)
        except RateLimitExceeded as refused:
            request = Request(scope)
            answer = rate_limit_response(refused, request, self._site.language(request))
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, _with_headers(headers, send) if headers else send)


def charge_client(site: Site, scope: Scope) -> RawHeaders:
    """Charge a request to its client's allowance, once, and return the headers that say what is left.

    *Raises*: RateLimitExceeded.
    """
    if _CHARGED not in scope:
        is_read = scope["method"] in _READING or scope["path"] == _MANY
        reads = MAPS if scope["path"].startswith(_MAP) else READS
        standing = site.allowances.spend(reads if is_read else WRITES, client_address(scope))
        scope[_CHARGED] = () if standing is None else _format_headers(standing)
    headers: RawHeaders = scope[_CHARGED]
    return headers


def _format_headers(standing: AllowanceState) -> RawHeaders:
    return (
        (b"ratelimit-policy", standing.policy_header.encode()),
        (b"ratelimit", standing.ratelimit_header.encode()),
    )


def _with_headers(ours: RawHeaders, send: Send) -> Send:
    async def send_on(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *ours]
        await send(message)

    return send_on
