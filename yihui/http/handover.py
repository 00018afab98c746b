"""Send long answers after their head without keeping what middleware and routes hold for the request.

A thousand listeners would otherwise keep the frames of all of them (docs/decisions/0030).
"""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

LongAnswer = Callable[[Receive, Send], Awaitable[None]]  # sends the body and its end
_KEY = "yihui.long_answers"
# What the server says of a request (ASGI HTTP, 2.3); the app adds what it holds for the request.
_OF_SERVER = frozenset(
    {
        *("type", "asgi", "http_version", "method", "scheme", "path", "raw_path", "query_string"),
        *("root_path", "headers", "client", "server", "state", "extensions"),
    }
)


class LongResponse(Response):
    """Sends the head alone, and leaves the body to `HandoverMiddleware`."""

    def __init__(self, answer: LongAnswer, media_type: str, headers: dict[str, str]) -> None:
        super().__init__(None, headers=headers, media_type=media_type)
        self._answer = answer
        self.raw_headers = [header for header in self.raw_headers if header[0] != b"content-length"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        scope[_KEY].append(self._answer)


class HandoverMiddleware:
    """Sends the body of a `LongResponse` after the app has returned; it must be the outermost middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        left: list[Any] = []
        scope[_KEY] = left  # inner scopes are shallow copies of this one
        await self._app(scope, receive, send)
        if not left:
            return
        if scope["method"] == "HEAD":
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return
        answer = left.pop()
        for key in scope.keys() - _OF_SERVER:
            del scope[key]
        await answer(receive, send)
