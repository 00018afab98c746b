"""Format an occurrence as one line of an event file: a CloudEvent in JSON structured form."""

import json

from yihui.samples.lives import Occurrence

SOURCES = {
    "member.imported": "/sample/roll",
    "member.birthday": "/sample/calendar",
    "member.skill_certified": "/sample/skills",
    "application.confirmed": "/sample/applications",
    "weather.heat_warned": "/sample/weather",
}
OTHER_SOURCE = "/sample/organisations"

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def build_cloud_event(occurrence: Occurrence, id: str = "") -> dict[str, object]:
    """Return the event as a JSON object; ``id`` is used if the occurrence has no id of its own.

    *Source*: CloudEvents 1.0.2, "REQUIRED Attributes"; times by RFC 3339 with Shanghai's offset.
    """
    return {
        "specversion": "1.0",
        "id": occurrence.id or id,
        "source": SOURCES.get(occurrence.type, OTHER_SOURCE),
        "type": occurrence.type,
        "subject": occurrence.subject,
        "time": occurrence.at.isoformat(timespec="seconds"),
        "datacontenttype": "application/json",
        "data": dict(occurrence.data),
    }


def format_event_line(event: dict[str, object]) -> str:
    """Return one line of JSON without its line end."""
    return _encode(event)
