"""/api/v1/events: CloudEvents over HTTP, accepted now and handled by a runner."""

import json
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import unquote

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from events import Event, Unreadable, accept, read_event
from geo.faults import Fault, InputFaults
from members import scrubbed
from yihui.http.body import json_body
from yihui.http.site import Site
from yihui.language import Language
from yihui.observing.traces import carrying, received
from yihui.problems import fault_line

N_ = str  # marks a text for the message catalogue

_BATCH = "application/cloudevents-batch+json"
_RECORDED = "recordedtime"  # the extension of CloudEvents by which grace is judged
MAX_BODY_BYTES = 4 << 20
MAX_EVENTS = 5_000


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
        """Structured, batch or binary mode. Always 202: what was accepted, and what not and why.

        *Source*: CloudEvents 1.0.2, HTTP Protocol Binding, 3.1 to 3.3.
        """
        body = await json_body(request, MAX_BODY_BYTES)
        with received("/api/v1/events", request.headers):
            texts = _events_in(request.headers, body, site.wiring.now())
            answer = await run_in_threadpool(_accept, site, texts, site.language(request))
        return JSONResponse(answer.model_dump(), 202)

    return made


def _events_in(headers: Mapping[str, str], body: bytes, now: datetime) -> list[str]:
    """The events that a request carries, by its mode, each as JSON text. *Raises*: InputFaults.

    Whoever sends over HTTP sends what is new: where an event doesn't say when it was recorded, it was now.
    """
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        content = json.loads(body)
        if "ce-id" in headers or "ce-type" in headers:
            content = _binary(headers, content)
        several = content if isinstance(content, list) else [content]
        texts = [json.dumps(carrying(_recorded(event, now)), ensure_ascii=False) for event in several]
    except (ValueError, RecursionError):
        return [body.decode("utf-8", "replace")]  # no JSON: told like any line of a file that is none
    if len(texts) > MAX_EVENTS or (media_type == _BATCH and not isinstance(content, list)):
        raise InputFaults([_no_batch()])
    return texts


def _recorded(event: object, now: datetime) -> object:
    if not isinstance(event, dict) or event.get(_RECORDED) is not None:
        return event
    return {**event, _RECORDED: now.isoformat()}


def _binary(headers: Mapping[str, str], data: object) -> dict[str, object]:
    """Attributes from ``ce-`` headers (percent-encoded, binding 3.1.3.2), data from the body."""
    attributes = {
        name.removeprefix("ce-"): unquote(value) for name, value in headers.items() if name.startswith("ce-")
    }
    return {**attributes, "datacontenttype": "application/json", "data": data}


def _accept(site: Site, texts: list[str], language: Language) -> Accepted:
    """Check each event and keep the good ones, in one transaction."""
    now = site.wiring.now()
    checked = [read_event(text, now) for text in texts]
    good = [event for event in checked if isinstance(event, Event)]
    with site.wiring.database.write() as connection:
        accept(connection, good, now)
    site.drain.wake()
    return Accepted(
        accepted=[event.id for event in good],
        rejected=[
            _rejected(n, item, language) for n, item in enumerate(checked) if isinstance(item, Unreadable)
        ],
    )


def _rejected(index: int, item: Unreadable, language: Language) -> RejectedEvent:
    lines = [fault_line(fault, language).as_json() for fault in item.faults]
    return RejectedEvent(index=index, id=scrubbed(item.id) if item.id else None, errors=lines)


def _no_batch() -> Fault:
    return Fault(
        N_("a batch is a list of at most {limit} events"),
        N_("send fewer events at a time"),
        params={"limit": str(MAX_EVENTS), "code": "batch"},
    )
