"""Read the events that a request carries, in any of the CloudEvents modes.

*Source*: CloudEvents 1.0.2, HTTP Protocol Binding, 3.1 (binary), 3.2 (structured), 3.3 (batched); JSON
Event Format, 3.1 (``data_base64``).
"""

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.http.body import check_charset, content_media_type, refuse_repeated_key

_BATCH = "application/cloudevents-batch+json"
_OURS = "application/cloudevents"  # prefix of the media types of the structured and the batched mode
_RECORDED = "recordedtime"  # extension attribute of CloudEvents; grace is computed from it
_TRACE = ("traceparent", "tracestate")  # extension attributes of CloudEvents, which nothing here reads
_QUOTED_PAIR = re.compile(r"\\(.)")
MAX_EVENTS_PER_REQUEST = 5_000
_FAULTS = FaultTable(
    "cloud_events",
    {
        "header": (
            N_("the header {field} is no UTF-8"),
            N_("write each byte of its UTF-8 as a percent sign and two digits"),
        ),
        "no_list": (
            N_("a batch is a list of at most {limit} events"),
            N_("put the events into a list, even a single one"),
        ),
        "too_many": (
            N_("a batch is a list of at most {limit} events"),
            N_("send fewer events at a time"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class ReceivedEvent:
    """One event as JSON text: as the sender wrote it, and with the time of recording added."""

    written: str | bytes
    completed: str | bytes


def parse_http_events(headers: Mapping[str, str], body: bytes, now: datetime) -> Sequence[ReceivedEvent]:
    """Return each event. *Raises*: FaultError if the request as a whole can't be accepted.

    A sender over HTTP sends new events, so an event without ``recordedtime`` gets the current time.
    """
    check_charset(headers, body)
    media_type = content_media_type(headers)
    try:
        content = json.loads(body)
        if not media_type.startswith(_OURS) and _has_attributes(headers):
            content = _binary(headers, content)
        several = content if isinstance(content, list) else [content]
        events = [
            ReceivedEvent(_text(event), _text(_complete_event(event, now)))
            for event in map(_with_data, several)
        ]
    except (ValueError, RecursionError):
        return [ReceivedEvent(body, body)]  # not JSON: reported like a line of a file that is not JSON
    if media_type == _BATCH and not isinstance(content, list):
        raise FaultError(_FAULTS.build("no_list", limit=MAX_EVENTS_PER_REQUEST))
    if len(events) > MAX_EVENTS_PER_REQUEST:
        raise FaultError(_FAULTS.build("too_many", limit=MAX_EVENTS_PER_REQUEST))
    return events


def _text(event: object) -> str:
    return json.dumps(event, ensure_ascii=False)


def _has_attributes(headers: Mapping[str, str]) -> bool:
    return any(name in headers for name in ("ce-id", "ce-type", "ce-specversion"))


def _complete_event(event: object, now: datetime) -> object:
    """Add the time of recording, and leave out the sender's trace, whose digits may look like an ID number."""
    if not isinstance(event, dict):
        return event
    stored = {name: event[name] for name in event if name not in _TRACE}
    return stored if stored.get(_RECORDED) is not None else {**stored, _RECORDED: now.isoformat()}


def _with_data(event: object) -> object:
    """Decode ``data_base64`` into ``data``: some senders encode JSON data as bytes. *Raises*: BodyRefused."""
    if not isinstance(event, dict) or "data" in event or not isinstance(event.get("data_base64"), str):
        return event
    try:
        content = base64.b64decode(event["data_base64"], validate=True)
        refuse_repeated_key(content)
        data = json.loads(content)
    except (ValueError, RecursionError):
        return event  # reported as an event without data
    return {**{name: value for name, value in event.items() if name != "data_base64"}, "data": data}


def _binary(headers: Mapping[str, str], data: object) -> dict[str, object]:
    """Build the event: attributes from ``ce-`` headers, the data's type and the data as received."""
    attributes = {
        name.removeprefix("ce-"): _decode_header(name, value)
        for name, value in headers.items()
        if name.startswith("ce-") and name != "ce-datacontenttype"
    }
    return {**attributes, "datacontenttype": headers["content-type"], "data": data}


def _decode_header(name: str, value: str) -> str:
    """Decode a header's value: first RFC 7230, 3.2.6 quoting, then percent encoding (binding 3.1.3.2).

    Some senders write UTF-8 itself, which the server hands on as Latin-1. *Raises*: FaultError if it is not UTF-8.
    """
    if len(value) > 1 and value.startswith('"') and value.endswith('"'):
        value = _QUOTED_PAIR.sub(r"\1", value[1:-1])
    try:
        return unquote(value.encode("latin-1").decode(), errors="strict")
    except UnicodeDecodeError as error:
        raise FaultError(_FAULTS.build("header", field=name[:80])) from error
