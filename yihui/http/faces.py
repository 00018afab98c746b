"""Choose the app that answers a name: faces of the site may have names of their own."""

import re
from collections.abc import Mapping

from starlette.types import ASGIApp, Receive, Scope, Send

_PORT = re.compile(rb":\d*$")


class FaceDispatcher:
    """Passes a request on to the app of its name, and all others to the main app, which refuses unknown names."""

    def __init__(self, apps: Mapping[str, ASGIApp], main: ASGIApp) -> None:
        self._apps, self._main = {name.encode(): app for name, app in apps.items()}, main

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._choose(scope)(scope, receive, send)

    def _choose(self, scope: Scope) -> ASGIApp:
        if scope["type"] != "http":
            return self._main
        names = [value.lower() for name, value in scope["headers"] if name == b"host"]
        if len(names) != 1:
            return self._main
        return self._apps.get(_PORT.sub(b"", names[0]), self._main)
