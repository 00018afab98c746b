"""/api/v1/events: accept CloudEvents over HTTP; a runner processes them later."""

from collections.abc import Sequence

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from events import Event, InvalidEvent, check_publishable, parse_event
from members import scrub_personal_numbers
from yihui.http.body import read_json_body
from yihui.http.cloud_events import parse_http_events
from yihui.http.site import Site
from yihui.runtime.errors import fault_line
from yihui.runtime.language import Language
from yihui.runtime.observability.traces import trace_request
from yihui.services.events import store_accepted_events

MAX_EVENTS_BODY_BYTES = 4 << 20


class RejectedEvent(BaseModel):
    """An event that was not accepted; ``index`` counts from 0 within the request."""

    index: int
    id: str | None
    errors: list[dict[str, object]]


class Accepted(BaseModel):
    accepted: list[str]
    rejected: list[RejectedEvent]


def router(site: Site) -> APIRouter:
    made = APIRouter(prefix="/api/v1")

    @made.post("/events", status_code=202, response_model=Accepted)
    async def events(request: Request) -> Response:
        """Accept CloudEvents in structured, batch or binary mode.

        202 reports which events were stored durably, and which were rejected and why. 429 means that too
        many events wait and none of this request was accepted: send it again later.
        """
        await run_in_threadpool(site.gate.check)
        body = await read_json_body(request, MAX_EVENTS_BODY_BYTES)
        with trace_request("/api/v1/events", request.headers):
            texts = parse_http_events(request.headers, body, site.wiring.now())
            answer = await run_in_threadpool(_accept, site, texts, site.language(request))
        return JSONResponse(answer.model_dump(), 202)

    return made


def _accept(site: Site, texts: Sequence[str | bytes], language: Language) -> Accepted:
    """Check each event and store the valid ones, in one transaction."""
    now = site.wiring.now()
    checked = [check_publishable(parse_event(text, now)) for text in texts]
    good = [event for event in checked if isinstance(event, Event)]
    store_accepted_events(site.wiring, good)
    site.gate.add_accepted(len(good))
    site.wiring.metrics.count_received("events", len(good), len(checked) - len(good))
    site.drain.wake()
    return Accepted(
        accepted=[event.id for event in good],
        rejected=[
            _rejected(n, item, language) for n, item in enumerate(checked) if isinstance(item, InvalidEvent)
        ],
    )


def _rejected(index: int, item: InvalidEvent, language: Language) -> RejectedEvent:
    lines = [fault_line(fault, language).as_json() for fault in item.faults]
    return RejectedEvent(index=index, id=scrub_personal_numbers(item.id) if item.id else None, errors=lines)
