"""Devices of stations as lines and JSON."""

from core.civil_time import format_civil_instant
from core.text_marks import N_
from geo.registry import StationDevice
from yihui.runtime.language import Language


def device_json(one: StationDevice) -> dict[str, object]:
    """Return a device as JSON data, without its key."""
    return {
        "device": one.id,
        "station": one.station,
        "label": one.label,
        "created_at": format_civil_instant(one.created_at),
        "last_stated_at": one.last and format_civil_instant(one.last.at),
        "door": one.last and one.last.door,
        "free_places": one.last and one.last.free_places,
        "revoked_at": one.revoked_at and format_civil_instant(one.revoked_at),
    }


def device_line(one: StationDevice, language: Language) -> str:
    """Return a device with when it was heard last."""
    if one.revoked_at is not None:
        state = language.render(N_("revoked {at}"), at=format_civil_instant(one.revoked_at))
    elif one.last is None:
        state = language.render(N_("never heard"))
    else:
        state = language.render(N_("heard {at}"), at=format_civil_instant(one.last.at))
    return "  ".join(filter(None, (one.id, one.station, one.label, state)))
