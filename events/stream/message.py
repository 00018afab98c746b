"""Convert events to Kafka messages and back: CloudEvents in binary mode.

*Source*: CloudEvents 1.0.2, Kafka Protocol Binding, 3.2 (binary content mode) and 3.3 (structured mode).
The structured mode is read too, since other senders may use it.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from core.json_keys import RepeatedKey, refuse_repeated_keys
from events.envelope import Event, InvalidEvent, parse_event, validate_event

_PREFIX = "ce_"
_CONTENT_TYPE = "content-type"
_STRUCTURED = "application/cloudevents"
_JSON = "application/json"
KafkaHeaders = Iterable[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class KafkaMessage:
    """``key`` is the id of the member or the station, so that the messages of each stay in order."""

    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


def build_message(text: str) -> KafkaMessage:
    """Convert a valid event, as stored JSON (``Event.text``), to a message."""
    attributes = json.loads(text)
    data = json.dumps(attributes.pop("data"), ensure_ascii=False, separators=(",", ":")).encode()
    kind = str(attributes.pop("datacontenttype", _JSON))
    headers = [(_PREFIX + name, _as_text(value)) for name, value in attributes.items() if value is not None]
    return KafkaMessage(str(attributes["subject"]).encode(), data, ((_CONTENT_TYPE, kind.encode()), *headers))


def _as_text(value: object) -> bytes:
    """Encode an attribute: a string, a boolean or an integer (1.0.2, "Type System")."""
    return (value if isinstance(value, str) else json.dumps(value)).encode()


def parse_message(value: bytes | None, headers: KafkaHeaders, now: datetime) -> Event | InvalidEvent:
    """Parse and validate a message in either mode; without ``ce_`` headers, read it as a structured event."""
    said = {name.lower(): content for name, content in headers}
    kind = said.get(_CONTENT_TYPE, b"").decode("utf-8", "replace")
    body = value or b""
    if kind.startswith(_STRUCTURED) or not any(name.startswith(_PREFIX) for name in said):
        return parse_event(body, now)
    attributes: dict[str, object] = {  # invalid UTF-8 isn't replaced: two ids could become one
        name.removeprefix(_PREFIX): content.decode("utf-8", "surrogateescape")
        for name, content in said.items()
        if name.startswith(_PREFIX)
    }
    if kind:
        attributes["datacontenttype"] = kind
    try:
        attributes["data"] = json.loads(body, object_pairs_hook=refuse_repeated_keys)
    except RepeatedKey:  # reported by the parser of structured events
        return parse_event(
            f'{json.dumps(attributes)[:-1]}, "data": {body.decode(json.detect_encoding(body), "replace")}}}',
            now,
        )
    except (ValueError, RecursionError):
        attributes["data"] = body.decode("utf-8", "replace")  # reported as a payload that is no object
    return validate_event(attributes, now)
