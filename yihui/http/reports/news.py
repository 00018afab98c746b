"""/api/v1/stations/news: name the stations that changed, as server-sent events (HTML, 9.2).

A notice arrives within two seconds of an accepted report; clients fetch the changes through the usual API.
"""

from collections.abc import AsyncIterator

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic_core import to_json
from typing_extensions import TypedDict

from core.faults import FaultTable
from core.text_marks import N_
from yihui.http.guard.allowances import client_address
from yihui.http.problem_page import problem_response
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
        told = _stream(listening, address, known)
        return StreamingResponse(told, media_type=_STREAM, headers=_HEADERS)

    return made


async def _stream(listening: UpdateNotifier, address: str, known: str) -> AsyncIterator[bytes]:
    """Yield one client's stream. A reconnecting client gets a notice at once if it has missed changes."""
    try:
        async with listening.listener(address) as listener:
            yield f"retry: {_RETRY_MS}\n\n".encode()
            now = await listening.version()
            if known and known != now:
                yield _event(UpdateNotice(now, None))
            async for text in _as_long_as_it_runs(listening, listener):
                yield text
    except TooManyListeners:
        return


async def _as_long_as_it_runs(listening: UpdateNotifier, listener: Listener) -> AsyncIterator[bytes]:
    while not listening.ended:
        news = await listener.next(HEARTBEAT_INTERVAL_S)
        if listening.ended:
            return
        yield b": all is quiet\n\n" if news is None else _event(news)


def _event(news: UpdateNotice) -> bytes:
    return b"id: %b\nevent: news\ndata: %b\n\n" % (news.version.encode(), to_json(_as_data(news)))


def _as_data(news: UpdateNotice) -> News:
    return {"version": news.version, "stations": None if news.stations is None else list(news.stations)}
