"""/api/v1/events: accept CloudEvents over HTTP; a runner processes them later."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from events import Event, InvalidEvent, check_publishable, parse_event
from members import scrub_personal_numbers
from yihui.access.senders import SenderUse
from yihui.http.body import read_json_body
from yihui.http.clock_watch import name_both_clocks
from yihui.http.cloud_events import ReceivedEvent, parse_http_events
from yihui.http.errors import PROBLEM
from yihui.http.sender_access import SenderRequest, open_sender_request
from yihui.http.site import Site
from yihui.runtime.clock_offset import ClockOffset
from yihui.runtime.errors import problem_of_faults
from yihui.runtime.language import Language
from yihui.services.events.events import accept_sent_events
from yihui.views.feeds import errors_json

ALLOWED_METHODS = "OPTIONS, POST"
_ORIGIN, _RATE = "WebHook-Request-Origin", "WebHook-Request-Rate"
_UNLIMITED = "*"
_LONGEST_NAME = 253  # RFC 1035, 2.3.4
_HOST_NAME = re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*")
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_FAULTS = FaultTable(
    "webhook_handshake",
    {
        "origin": (
            N_("{field}: “{value}” is no host name"),
            N_("send the name of the sending system, such as emitter.example.com"),
        ),
        "rate": (
            N_("{field}: “{value}” is no number of requests a minute"),
            N_("send a whole number from 1, or *"),
        ),
    },
)
MAX_EVENTS_BODY_BYTES = 4 << 20


def answer_handshake(headers: Mapping[str, str], most_per_minute: int | None) -> Response:
    """Allow a sender as many requests a minute as it asks for, at most ``most_per_minute``; None is no limit.

    Without an origin no permission is given: the answer names the methods only. *Raises*: FaultError.
    """
    answer = {"Allow": ALLOWED_METHODS}
    origin = headers.get(_ORIGIN)
    if origin is not None:
        if len(origin) > _LONGEST_NAME or not _HOST_NAME.fullmatch(origin):
            raise FaultError(_FAULTS.build("origin", field=_ORIGIN, value=_header_text(origin)))
        answer["WebHook-Allowed-Origin"] = origin
        answer["WebHook-Allowed-Rate"] = _allowed_rate(headers.get(_RATE, _UNLIMITED), most_per_minute)
    return Response(None, 200, answer)


def _allowed_rate(requested: str, most_per_minute: int | None) -> str:
    if requested == _UNLIMITED:
        return _UNLIMITED if most_per_minute is None else str(most_per_minute)
    if not _NUMBER.fullmatch(requested):
        raise FaultError(_FAULTS.build("rate", field=_RATE, value=_header_text(requested)))
    return requested if most_per_minute is None else str(min(int(requested), most_per_minute))


def _header_text(value: str) -> str:
    """Return a header's value as text; headers are Latin-1, and some senders write UTF-8."""
    return value.encode("latin-1", "replace").decode("utf-8", "replace")[:80]


class RejectedEvent(BaseModel):
    """An event that was not accepted; `index` counts from 0 within the request."""

    index: int
    id: str | None
    errors: list[dict[str, object]]


class AcceptedEvents(BaseModel):
    """The ids of the accepted events, and each rejected event with its errors."""

    accepted: list[str]
    rejected: list[RejectedEvent]


def router(site: Site) -> APIRouter:
    made = APIRouter(prefix="/api/v1")

    @made.post("/events", status_code=202, response_model=AcceptedEvents)
    async def events(request: Request) -> Response:
        """Accept CloudEvents in structured, batch or binary mode.

        The media type is ``application/cloudevents+json``, ``application/cloudevents-batch+json`` or
        ``application/json``; the last may carry one event, a list, or the data of an event in ``ce-`` headers.

        A sender's key goes in ``Authorization: Bearer``. It is bound to sources, types and an organisation;
        an event outside of them is rejected, and if all are, the answer is 403.

        202 reports which events were stored durably, and which were rejected and why. If all were rejected,
        the answer is a problem, 400 or 422, with the same two lists. 429 means that too many events wait and
        none of this request was accepted: send it again later.
        """
        sender = await run_in_threadpool(_admit, site, request)
        body = await read_json_body(request, MAX_EVENTS_BODY_BYTES)
        language = site.language(request)
        received = parse_http_events(request.headers, body, site.wiring.now())
        checked = await run_in_threadpool(_accept, site, sender, received)
        rejected = {n: item for n, item in enumerate(checked) if isinstance(item, InvalidEvent)}
        answer = AcceptedEvents(
            accepted=[event.id for event in checked if isinstance(event, Event)],
            rejected=[build_rejected_event(n, item, language) for n, item in rejected.items()],
        )
        return intake_response(answer, {n: item.faults for n, item in rejected.items()}, language)

    @made.options("/events", include_in_schema=False)
    def handshake(request: Request) -> Response:
        """Tell a sender of webhooks whether it may send events, and how many a minute."""
        open_sender_request(site, request, SenderUse.EVENTS)
        return answer_handshake(request.headers, site.allowances.writes_per_minute)

    return made


def intake_response(
    answer: AcceptedEvents, faults: Mapping[int, Sequence[Fault]], language: Language
) -> Response:
    """Return 202 with the answer, or a problem that extends it if everything was rejected.

    ``faults`` are those of each rejected item, by its index in the request.
    """
    if answer.accepted or not answer.rejected:
        return JSONResponse(answer.model_dump(), 202)
    placed = [fault.at(row=index + 1) for index, several in faults.items() for fault in several]
    problem = problem_of_faults(placed, language)
    return JSONResponse({**problem.as_json(), **answer.model_dump()}, problem.status, media_type=PROBLEM)


def _admit(site: Site, request: Request) -> SenderRequest:
    """Check the sender's key, and whether more events may wait, before a body is read."""
    sender = open_sender_request(site, request, SenderUse.EVENTS)
    site.gate.check()
    return sender


def _accept(
    site: Site, sender: SenderRequest, received: Sequence[ReceivedEvent]
) -> list[Event | InvalidEvent]:
    """Check each event and store the valid ones that the sender may send, in one transaction."""
    clocks = site.clock_watch.find_disagreement()
    now = site.wiring.now() if clocks is None else clocks.earliest
    checked = [check_publishable(parse_event(event.completed, now)) for event in received]
    valid = [n for n, event in enumerate(checked) if isinstance(event, Event)]
    sent = [event for event in checked if isinstance(event, Event)]
    refusals = accept_sent_events(site.wiring, sent, sender.require)
    outside = {n: faults for n, faults in zip(valid, refusals, strict=True) if faults}
    good = [event for n, event in zip(valid, sent, strict=True) if n not in outside]
    site.gate.add_accepted(len(good))
    site.wiring.metrics.count_received("events", len(good), len(checked) - len(good))
    site.drain.wake()
    return [
        _without_additions(item, received[n], now, clocks)
        if isinstance(item, InvalidEvent)
        else InvalidEvent(outside[n], item.source, item.id, item.text)
        if n in outside
        else item
        for n, item in enumerate(checked)
    ]


def _without_additions(
    item: InvalidEvent, event: ReceivedEvent, now: datetime, clocks: ClockOffset | None
) -> InvalidEvent:
    """Return the faults of the event as the sender wrote it, so that no message quotes what this site added."""
    written = parse_event(event.written, now)
    refused = written if isinstance(written, InvalidEvent) else item
    return refused if clocks is None else name_both_clocks(refused, clocks)


def build_rejected_event(index: int, item: InvalidEvent, language: Language) -> RejectedEvent:
    """Return the faults of an event as the answer lists them."""
    shown = scrub_personal_numbers(item.id) if item.id else None
    return RejectedEvent(index=index, id=shown, errors=errors_json(item.faults, language))
