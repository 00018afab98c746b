"""Leave a trace of each refused request: a line in the log without personal data, and a count for an alert.

A missing right, a wrong key or a form of another site is a warning. What officers and programs typed wrongly, or
what was changed meanwhile (400, 409, 422), is information: it alarms nobody, and is counted by its code.
"""

import logging
import re
from collections.abc import Callable

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LOG = logging.getLogger(__name__)
REFUSED_STATUSES = frozenset({401, 403, 405, 413, 414, 429})
_MISTAKEN_STATUSES = frozenset({400, 409, 422})
# Routes whose mistakes leave a line; the riders' pages are asked too often for that.
_FOR_MISTAKES = ("/desk", "/me/", "/api/")
_CODE, _ACTOR = "yihui.refusal_code", "yihui.actor"
_REFUSED = "refused: %(status)d %(code)s %(method)s %(route)s actor=%(actor)s request=%(request_id)s"
_REQUEST_ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def note_refusal(request: Request, code: str) -> None:
    """Note the code of the fault for which a request is refused."""
    request.scope[_CODE] = code


def note_actor(request: Request, actor: str) -> None:
    """Note the id of who sent a request, for the line of a refusal."""
    request.scope[_ACTOR] = actor


def find_request_id(request: Request) -> str | None:
    """Return the id that a proxy gave to the request: a UUID or 32 hexadecimal digits, nothing else is logged."""
    sent = request.headers.get("x-request-id", "").lower()
    return sent if _REQUEST_ID.fullmatch(sent) else None


class RefusalLogMiddleware:
    """Logs and counts each answer that refuses: who by id, the route's pattern, the fault's code, the request's id.

    Neither the path, the address nor anything that was sent is logged: each may name a person. The log's
    ``RepeatFilter`` passes the same line once in ten seconds, with the number of its repetitions.
    """

    def __init__(self, app: ASGIApp, count: Callable[[int, str], None]) -> None:
        self._app, self._count = app, count

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start" and (level := _level(scope, message["status"])):
                self._record(scope, message["status"], level)
            await send(message)

        await self._app(scope, receive, send_on)

    def _record(self, scope: Scope, status: int, level: int) -> None:
        code = str(scope.get(_CODE) or f"http.{status}")
        self._count(status, code)
        fields = {
            "event": "refused",
            "status": status,
            "code": code,
            "method": scope["method"] if scope["method"].isalpha() and len(scope["method"]) < 10 else "-",
            "route": getattr(scope.get("route"), "path", "-"),
            "actor": scope.get(_ACTOR) or "-",
            "request_id": find_request_id(Request(scope)) or "-",
        }
        _LOG.log(level, _REFUSED, fields, extra={"fields": fields})


def _level(scope: Scope, status: int) -> int | None:
    """Return how loud the line of an answer is; None for an answer that leaves none."""
    if status in REFUSED_STATUSES:
        return logging.WARNING
    route = getattr(scope.get("route"), "path", "")
    return logging.INFO if status in _MISTAKEN_STATUSES and route.startswith(_FOR_MISTAKES) else None
