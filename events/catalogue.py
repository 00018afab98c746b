"""Every type of event that there is, collected from the rooms whose nouns they tell of."""

from collections.abc import Mapping
from functools import cache

from pydantic import BaseModel

import benefits.messages
import geo.messages
import members.messages

_STATION_TYPES: Mapping[str, type[BaseModel]] = {
    "station.reported": geo.messages.Reported,
    "station.searched": geo.messages.Searched,
    "station.closed_today": geo.messages.ClosedToday,
    "station.exception_set": geo.messages.ExceptionSet,
    "station.inspected": geo.messages.Inspected,
}


@cache
def catalogue() -> Mapping[str, type[BaseModel]]:
    """Type of event → model of its payload."""
    return {**members.messages.PAYLOADS, **_STATION_TYPES, **benefits.messages.PAYLOADS}


def payload_type(kind: str) -> type[BaseModel] | None:
    """The model of a type's payload; None where the type is not known."""
    return catalogue().get(kind)
