"""/api/v1/stations/news: tells which stations have news, as server-sent events (HTML, 9.2).

Within two seconds of an accepted report; what is new is asked for in the usual way.
"""

from collections.abc import AsyncIterator

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic_core import to_json
from typing_extensions import TypedDict

from yihui.http.errors import respond
from yihui.http.guard.allowances import address_of
from yihui.http.reports.changes import Tidings
from yihui.http.reports.subscriptions import Full, Listener, Listening
from yihui.http.site import Site
from yihui.runtime.errors import EXIT_ENVIRONMENT, Line, Problem
from yihui.runtime.language import Language

N_ = str  # marks a text for the message catalogue

BEAT_EVERY_S = 15.0  # a comment keeps the connection open through proxies, and finds who has gone
_AGAIN_MS = 3_000
_STREAM = "text/event-stream"
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # nginx would hold the lines back


class News(TypedDict):
    """The version that is known now, and which stations have news; null where they are too many."""

    version: str
    stations: list[str] | None


def router(site: Site) -> APIRouter:
    made = APIRouter(prefix="/api/v1/stations")

    @made.get("/news", response_model=News, responses={200: {"content": {_STREAM: {}}}, 503: {}})
    async def news(request: Request) -> Response:
        """News as long as somebody listens; without ``Accept: text/event-stream`` the version alone, at once."""
        if _STREAM not in request.headers.get("accept", ""):
            now = Tidings(await site.listening.version(), ())
            return JSONResponse(_as_data(now), headers=_HEADERS)
        listening, address = site.listening, address_of(request.scope)
        if listening.is_full(address):
            return respond(_full(site.language(request)), {"Retry-After": "15"})
        known = request.headers.get("last-event-id") or request.query_params.get("since", "")
        told = _told(listening, address, known)
        return StreamingResponse(told, media_type=_STREAM, headers=_HEADERS)

    return made


async def _told(listening: Listening, address: str, known: str) -> AsyncIterator[bytes]:
    """What one listener hears. Who comes back is told at once that there was something meanwhile."""
    try:
        async with listening.listener(address) as listener:
            yield f"retry: {_AGAIN_MS}\n\n".encode()
            now = await listening.version()
            if known and known != now:
                yield _event(Tidings(now, None))
            async for text in _as_long_as_it_runs(listening, listener):
                yield text
    except Full:
        return


async def _as_long_as_it_runs(listening: Listening, listener: Listener) -> AsyncIterator[bytes]:
    while not listening.ended:
        news = await listener.next(BEAT_EVERY_S)
        if listening.ended:
            return
        yield b": all is quiet\n\n" if news is None else _event(news)


def _event(news: Tidings) -> bytes:
    return b"id: %b\nevent: news\ndata: %b\n\n" % (news.version.encode(), to_json(_as_data(news)))


def _as_data(news: Tidings) -> News:
    return {"version": news.version, "stations": None if news.stations is None else list(news.stations)}


def _full(language: Language) -> Problem:
    line = Line(
        language.say(N_("as many listen for news as the site can bear")),
        language.say(N_("ask again every 15 seconds instead")),
    )
    return Problem(language.say(N_("too many listeners")), 503, EXIT_ENVIRONMENT, (line,))
