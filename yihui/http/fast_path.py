"""Requests that are answered where they arrive, before the routers: a third of what a quick answer costs otherwise.

FastAPI reads a request by what its endpoint declares, through layers that serve every kind of endpoint, and
sends one that may wait to a thread. A search over what is in memory takes some fifty microseconds and waits for
nothing. The endpoint is declared as always: the description of the API knows all of it, and whatever isn't
plain (a fault, a condition, another media type, a search far and wide) goes there.
"""

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self

from starlette.types import ASGIApp, Receive, Scope, Send

from yihui.http.representations import tag_of

WORTH_PACKING, PACKED = 1_000, 5  # bytes; zlib's level, beyond which it takes longer than the line saves
Raw = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Plain:
    """What a plain request says besides its address."""

    query: bytes
    accept: str
    language: str
    takes_gzip: bool

    @classmethod
    def of(cls, scope: Scope) -> Self | None:
        """None where the request says more: a condition, or one thing in several headers."""
        said: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            if name in _HEARD and (said.setdefault(name, value) is not value or name == b"if-none-match"):
                return None
        return cls(
            scope["query_string"],
            said.get(b"accept", b"").decode("latin-1"),
            said.get(b"accept-language", b"").decode("latin-1"),
            b"gzip" in said.get(b"accept-encoding", b""),
        )


_HEARD = frozenset({b"accept", b"accept-language", b"accept-encoding", b"if-none-match"})
Answer = Callable[[Plain], bytes | None]  # the JSON, or None where the routers are to answer


class Direct:
    """Answers GET of some addresses itself, and leaves the rest to the app.

    ``headers``: those of every such answer, besides its ETag and length.
    """

    def __init__(self, app: ASGIApp, answers: Mapping[str, Answer], headers: Mapping[str, str]) -> None:
        self._app, self._answers = app, answers
        self._headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        content = self._content(scope)
        if content is None:
            await self._app(scope, receive, send)
            return
        body, headers = content
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _content(self, scope: Scope) -> tuple[bytes, list[Raw]] | None:
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"] not in self._answers:
            return None
        plain = Plain.of(scope)
        body = None if plain is None else self._answers[scope["path"]](plain)
        if plain is None or body is None:
            return None
        headers = [*self._headers, (b"etag", tag_of(body).encode())]
        if plain.takes_gzip and len(body) >= WORTH_PACKING:
            body = gzip.compress(body, PACKED, mtime=0)
            headers.append((b"content-encoding", b"gzip"))
        return body, [*headers, (b"content-length", b"%d" % len(body))]
