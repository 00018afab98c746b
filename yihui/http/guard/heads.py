"""HEAD is GET without what it would have sent (RFC 9110, 9.3.2): for monitors, and for previews of links."""

from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Heads:
    """Asks the app as by GET, and sends on the headers alone."""

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
                raise _Enough

        with suppress(_Enough):
            await self._app({**scope, "method": "GET"}, receive, send_on)


class _Enough(Exception):
    """The headers are out; what streams would go on for nobody."""
