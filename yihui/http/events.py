"""/api/v1/events: CloudEvents over HTTP, accepted now and handled by a runner."""

import json
from collections.abc import Mapping
from urllib.parse import unquote

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from events import Event, Unreadable, accept, check_event
from geo.faults import Fault, InputFaults
from yihui.http.site import Site
from yihui.language import Language
from yihui.problems import fault_line

N_ = str  # marks a text for the message catalogue

_STRUCTURED = "application/cloudevents+json"
_BATCH = "application/cloudevents-batch+json"
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
        raws = _events_in(request.headers, await _body(request))
        answer = await run_in_threadpool(_accept, site, raws, site.language(request))
        return JSONResponse(answer.model_dump(), 202)

    return made


async def _body(request: Request) -> bytes:
    """The body, unless it is too large. *Raises*: InputFaults."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise InputFaults([_too_large(str(MAX_BODY_BYTES >> 20))])
    return bytes(body)


def _events_in(headers: Mapping[str, str], body: bytes) -> list[object]:
    """The JSON objects that a request carries, by its mode. *Raises*: InputFaults."""
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    content = _json(body)
    if media_type == _BATCH or isinstance(content, list):
        if not isinstance(content, list) or len(content) > MAX_EVENTS:
            raise InputFaults([_no_batch()])
        return content
    if "ce-id" in headers or "ce-type" in headers:
        return [_binary(headers, content)]
    return [content]


def _binary(headers: Mapping[str, str], data: object) -> dict[str, object]:
    """Attributes from ``ce-`` headers (percent-encoded, binding 3.1.3.2), data from the body."""
    attributes = {
        name.removeprefix("ce-"): unquote(value) for name, value in headers.items() if name.startswith("ce-")
    }
    return {**attributes, "datacontenttype": "application/json", "data": data}


def _json(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError as error:
        fault = Fault(
            N_("the body is not JSON: {reason}"),
            N_("send a CloudEvent in JSON, or a list of them"),
            params={"reason": type(error).__name__, "code": "not_json"},
        )
        raise InputFaults([fault]) from error


def _accept(site: Site, raws: list[object], language: Language) -> Accepted:
    """Check each event and keep the good ones, in one transaction."""
    now = site.wiring.now()
    checked = [check_event(raw if isinstance(raw, dict) else {}, now) for raw in raws]
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
    return RejectedEvent(index=index, id=item.id, errors=lines)


def _too_large(limit: str) -> Fault:
    return Fault(
        N_("the body is larger than {limit} MB"),
        N_("send fewer events at a time"),
        params={"limit": limit, "code": "too_large"},
    )


def _no_batch() -> Fault:
    return Fault(
        N_("a batch is a list of at most {limit} events"),
        N_("send fewer events at a time"),
        params={"limit": str(MAX_EVENTS), "code": "batch"},
    )
