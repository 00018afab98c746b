"""An event as a Kafka message and back: CloudEvents in binary mode.

*Source*: CloudEvents 1.0.2, Kafka Protocol Binding, 3.2 (binary content mode) and 3.3 (structured, which is
read too, as other senders like it).
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from events.envelope import Event, Unreadable, check_event, read_event

_PREFIX = "ce_"
_CONTENT_TYPE = "content-type"
_STRUCTURED = "application/cloudevents"
_JSON = "application/json"
Headers = Iterable[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Message:
    """``key`` is the member's or the station's id: what is of one of them stays in order."""

    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


def to_message(text: str) -> Message:
    """An event that was checked, from its JSON as it is kept (``Event.text``)."""
    attributes = json.loads(text)
    data = json.dumps(attributes.pop("data"), ensure_ascii=False, separators=(",", ":")).encode()
    kind = str(attributes.pop("datacontenttype", _JSON))
    headers = [(_PREFIX + name, _as_text(value)) for name, value in attributes.items() if value is not None]
    return Message(str(attributes["subject"]).encode(), data, ((_CONTENT_TYPE, kind.encode()), *headers))


def _as_text(value: object) -> bytes:
    """Attributes are texts, booleans or whole numbers (1.0.2, "Type System")."""
    return (value if isinstance(value, str) else json.dumps(value)).encode()


def read_message(value: bytes | None, headers: Headers, now: datetime) -> Event | Unreadable:
    """Check a message whole, in either mode; without ``ce_`` headers it is read as a structured event."""
    said = {name.lower(): content for name, content in headers}
    kind = said.get(_CONTENT_TYPE, b"").decode("utf-8", "replace")
    body = value or b""
    if kind.startswith(_STRUCTURED) or not any(name.startswith(_PREFIX) for name in said):
        return read_event(body, now)
    attributes: dict[str, object] = {  # what is no UTF-8 isn't replaced: two ids could become one
        name.removeprefix(_PREFIX): content.decode("utf-8", "surrogateescape")
        for name, content in said.items()
        if name.startswith(_PREFIX)
    }
    if kind:
        attributes["datacontenttype"] = kind
    try:
        attributes["data"] = json.loads(body)
    except (ValueError, RecursionError):
        attributes["data"] = body.decode("utf-8", "replace")  # told as a payload that is no object
    return check_event(attributes, now)
