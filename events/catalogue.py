"""All event types, collected from the packages that define their payloads."""

from collections.abc import Mapping
from functools import cache

from pydantic import BaseModel

import benefits.messages.payloads
import geo.messages
import members.messages
import members.organisations.messages

_STATION_TYPES: Mapping[str, type[BaseModel]] = {
    "station.reported": geo.messages.Reported,
    "station.answered": geo.messages.Answered,
    "station.searched": geo.messages.Searched,
    "station.used": geo.messages.Used,
    "station.closed_today": geo.messages.ClosedToday,
    "station.exception_set": geo.messages.ExceptionSet,
    "station.inspected": geo.messages.Inspected,
}


@cache
def payload_models() -> Mapping[str, type[BaseModel]]:
    """Return the payload model of each event type."""
    return {
        **members.messages.MEMBER_PAYLOADS,
        **members.organisations.messages.ORGANISATION_PAYLOADS,
        **_STATION_TYPES,
        **benefits.messages.payloads.BENEFIT_PAYLOADS,
        **members.messages.NOTICE_PAYLOADS,
    }


def is_reserved_type(kind: str) -> bool:
    """Return whether only Yihui itself may publish events of this type: they leave through the outbox."""
    return kind in benefits.messages.payloads.BENEFIT_PAYLOADS or kind in members.messages.NOTICE_PAYLOADS
