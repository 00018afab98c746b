"""The events that a request carries, whatever its mode.

*Source*: CloudEvents 1.0.2, HTTP Protocol Binding, 3.1 (binary), 3.2 (structured), 3.3 (batched); JSON Event
Format, 3.1 (``data_base64``).
"""

import base64
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import unquote

from core.faults import Fault, InputFaults
from yihui.http.body import charset_of, media_type_of, not_this_charset
from yihui.runtime.observability.traces import attach_trace

N_ = str  # marks a text for the message catalogue

_BATCH = "application/cloudevents-batch+json"
_OURS = "application/cloudevents"  # begins the types of the structured and the batched mode
_RECORDED = "recordedtime"  # the extension of CloudEvents by which grace is judged
_QUOTED_PAIR = re.compile(r"\\(.)")
MAX_EVENTS = 5_000


def events_in(headers: Mapping[str, str], body: bytes, now: datetime) -> Sequence[str | bytes]:
    """Each event as JSON text. *Raises*: InputFaults where the request as a whole can't be accepted.

    Whoever sends over HTTP sends what is new: where an event doesn't say when it was recorded, it was now.
    """
    if charset_of(headers) not in ("", "utf-8", "us-ascii"):
        raise not_this_charset(charset_of(headers))
    media_type = media_type_of(headers)
    try:
        content = json.loads(body)
        if not media_type.startswith(_OURS) and _has_attributes(headers):
            content = _binary(headers, content)
        several = content if isinstance(content, list) else [content]
        texts = [
            json.dumps(attach_trace(_recorded(_with_data(event), now)), ensure_ascii=False)
            for event in several
        ]
    except (ValueError, RecursionError):
        return [body]  # no JSON: told like any line of a file that is none
    if media_type == _BATCH and not isinstance(content, list):
        raise InputFaults([_no_batch(N_("put the events into a list, even a single one"))])
    if len(texts) > MAX_EVENTS:
        raise InputFaults([_no_batch(N_("send fewer events at a time"))])
    return texts


def _has_attributes(headers: Mapping[str, str]) -> bool:
    return any(name in headers for name in ("ce-id", "ce-type", "ce-specversion"))


def _recorded(event: object, now: datetime) -> object:
    if not isinstance(event, dict) or event.get(_RECORDED) is not None:
        return event
    return {**event, _RECORDED: now.isoformat()}


def _with_data(event: object) -> object:
    """Some senders have bytes at hand and write them so, though they are JSON."""
    if not isinstance(event, dict) or "data" in event or not isinstance(event.get("data_base64"), str):
        return event
    try:
        data = json.loads(base64.b64decode(event["data_base64"], validate=True))
    except (ValueError, RecursionError):
        return event  # told as an event without data
    return {**{name: value for name, value in event.items() if name != "data_base64"}, "data": data}


def _binary(headers: Mapping[str, str], data: object) -> dict[str, object]:
    """Attributes from ``ce-`` headers, the type of the data from its own header, data from the body."""
    attributes = {
        name.removeprefix("ce-"): _unescaped(name, value)
        for name, value in headers.items()
        if name.startswith("ce-") and name != "ce-datacontenttype"
    }
    return {**attributes, "datacontenttype": headers["content-type"], "data": data}


def _unescaped(name: str, value: str) -> str:
    """Binding 3.1.3.2: first what is quoted as in RFC 7230, 3.2.6, then percents. *Raises*: InputFaults."""
    if len(value) > 1 and value.startswith('"') and value.endswith('"'):
        value = _QUOTED_PAIR.sub(r"\1", value[1:-1])
    try:
        return unquote(value, errors="strict")
    except UnicodeDecodeError as error:
        raise InputFaults([_not_encoded(name)]) from error


def _not_encoded(name: str) -> Fault:
    return Fault(
        N_("the header {field} is no UTF-8"),
        N_("write each byte of its UTF-8 as a percent sign and two digits"),
        field=name[:80],
        params={"code": "header"},
    )


def _no_batch(remedy: str) -> Fault:
    return Fault(
        N_("a batch is a list of at most {limit} events"),
        remedy,
        params={"limit": str(MAX_EVENTS), "code": "batch"},
    )
