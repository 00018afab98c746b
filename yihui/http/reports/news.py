"""/api/v1/stations/news: name the stations that changed, as server-sent events (HTML, 9.2).

A notice arrives within two seconds of an accepted report; clients fetch the changes through the usual API.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic_core import to_json
from starlette.types import Receive, Send
from typing_extensions import TypedDict

from core.faults import FaultTable
from core.text_marks import N_
from yihui.http.errors import problem_response
from yihui.http.guard.allowances import client_address
from yihui.http.handover import LongResponse
from yihui.http.reports.subscriptions import Listener, TooManyListeners, UpdateNotice, UpdateNotifier
from yihui.http.site import Site
from yihui.runtime.errors import problem_of_faults

HEARTBEAT_INTERVAL_S = (
    15.0  # a comment keeps the connection open through proxies and detects clients that have left
)
_RETRY_MS = 3_000
_STREAM = "text/event-stream"
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # keeps nginx from buffering the stream


_FAULTS = FaultTable(
    "listeners",
    {
        "too_many": (
            N_("as many listen for news as the site can bear"),
            N_("ask again every 15 seconds instead"),
        )
    },
)


class News(TypedDict):
    """The current version, and the stations that changed; null if they are too many to list."""

    version: str
    stations: list[str] | None


def router(site: Site) -> APIRouter:
    made = APIRouter(prefix="/api/v1/stations")

    @made.get("/news", response_model=News, responses={200: {"content": {_STREAM: {}}}, 503: {}})
    async def news(request: Request) -> Response:
        """Stream changes of stations to a client that accepts ``text/event-stream``.

        Any other client gets the current version at once.
        """
        if _STREAM not in request.headers.get("accept", ""):
            now = UpdateNotice(await site.update_notifier.version(), ())
            return JSONResponse(_as_data(now), headers=_HEADERS)
        listening, address = site.update_notifier, client_address(request.scope)
        if listening.is_full(address):
            problem = problem_of_faults([_FAULTS.build("too_many")], site.language(request))
            return problem_response(problem, {"Retry-After": "15"})
        known = request.headers.get("last-event-id") or request.query_params.get("since", "")
        return LongResponse(_Stream(listening, address, known), _STREAM, _HEADERS)

    return made


@dataclass(frozen=True, slots=True)
class _Stream:
    """One client's stream; ``known`` is the version that a reconnecting client has, or empty."""

    notifier: UpdateNotifier
    address: str
    known: str

    async def __call__(self, receive: Receive, send: Send) -> None:
        """Send notices until the client leaves or the app ends."""
        with suppress(TooManyListeners):
            async with self.notifier.listener(self.address) as listener:
                leaving = asyncio.ensure_future(_wait_until_left(receive, listener))
                try:
                    await self._send_notices(listener, leaving, send)
                finally:
                    leaving.cancel()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_notices(self, listener: Listener, leaving: "asyncio.Future[None]", send: Send) -> None:
        """Send what is new; a client that reconnects gets a notice at once if it has missed changes."""
        await _send(send, f"retry: {_RETRY_MS}\n\n".encode())
        now = await self.notifier.version()
        if self.known and self.known != now:
            await _send(send, _event(UpdateNotice(now, None)))
        while not self.notifier.ended:
            news = await listener.next(HEARTBEAT_INTERVAL_S)
            if self.notifier.ended or leaving.done():
                return
            await _send(send, b": all is quiet\n\n" if news is None else _event(news))


async def _send(send: Send, text: bytes) -> None:
    await send({"type": "http.response.body", "body": text, "more_body": True})


async def _wait_until_left(receive: Receive, listener: Listener) -> None:
    """Wake the stream when its client has left."""
    while (await receive())["type"] != "http.disconnect":
        pass
    listener.wake()


def _event(news: UpdateNotice) -> bytes:
    return b"id: %b\nevent: news\ndata: %b\n\n" % (news.version.encode(), to_json(_as_data(news)))


def _as_data(news: UpdateNotice) -> News:
    return {"version": news.version, "stations": None if news.stations is None else list(news.stations)}
