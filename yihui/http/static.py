"""Serve our own files; a file whose URL contains a hash of its content may be cached forever."""

import re
from os import PathLike, stat_result

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

_FOR_EVER = "public, max-age=31536000, immutable"
_HASHED = re.compile(r"^(built|vendor)/.+[-.][0-9A-Za-z]{8,}\.\w+$")


class CachedStaticFiles(StaticFiles):
    """Static files with Starlette's ETags, compressed if the browser accepts it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Prevent granian from sending the file itself (pathsend), uncompressed and 3 times as long."""
        extensions = {k: v for k, v in scope.get("extensions", {}).items() if k != "http.response.pathsend"}
        await super().__call__({**scope, "extensions": extensions}, receive, send)

    def file_response(
        self,
        full_path: str | PathLike[str],
        stat_result: stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """Set the cache lifetime: a changed file gets another URL, by a hash in its query or in its name."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        name = self.get_path(scope)
        if _HASHED.match(name) or scope["query_string"].startswith(b"v="):
            response.headers["Cache-Control"] = _FOR_EVER
        else:
            response.headers["Cache-Control"] = "no-cache"
        return response
