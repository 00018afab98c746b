"""All event types in all versions, collected from the packages that define their payloads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from pydantic import BaseModel

import benefits.messages.payloads
import geo.messages
import members.messages
import members.notices
import members.organisations.messages

PayloadData = Mapping[str, object]
Upcaster = Callable[[PayloadData], PayloadData]

_STATION_TYPES: Mapping[str, type[BaseModel]] = {
    "station.reported": geo.messages.Reported,
    "station.answered": geo.messages.Answered,
    "station.searched": geo.messages.Searched,
    "station.used": geo.messages.Used,
    "station.sensed": geo.messages.Sensed,
    "station.closed_today": geo.messages.ClosedToday,
    "station.exception_set": geo.messages.ExceptionSet,
    "station.inspected": geo.messages.Inspected,
}


@dataclass(frozen=True, slots=True)
class EventTypeVersions:
    """All published versions of one event type: the payload model of each, oldest first.

    ``upcasters[n]`` converts data of version n + 1 to version n + 2.
    """

    models: tuple[type[BaseModel], ...]
    upcasters: tuple[Upcaster, ...] = ()

    def __post_init__(self) -> None:
        assert len(self.models) == len(self.upcasters) + 1, "one upcaster between two versions"

    @property
    def version(self) -> int:
        """The number of the current version."""
        return len(self.models)

    @property
    def model(self) -> type[BaseModel]:
        return self.models[-1]


EventTypes = Mapping[str, EventTypeVersions]


@cache
def event_types() -> EventTypes:
    """Return all event types, each with its published versions."""
    current = {
        **members.messages.MEMBER_PAYLOADS,
        **members.organisations.messages.ORGANISATION_PAYLOADS,
        **_STATION_TYPES,
        **benefits.messages.payloads.BENEFIT_PAYLOADS,
        **members.notices.NOTICE_PAYLOADS,
    }
    return {kind: _all_versions(kind, model) for kind, model in current.items()}


def _all_versions(kind: str, current: type[BaseModel]) -> EventTypeVersions:
    earlier: tuple[tuple[type[BaseModel], Upcaster], ...] = (
        *members.messages.EARLIER_VERSIONS.get(kind, ()),
        *geo.messages.EARLIER_VERSIONS.get(kind, ()),
    )
    models = tuple(model for model, _ in earlier)
    return EventTypeVersions((*models, current), tuple(upcaster for _, upcaster in earlier))


def is_reserved_type(kind: str) -> bool:
    """Return whether only Yihui itself may publish events of this type: they leave through the outbox."""
    return kind in benefits.messages.payloads.BENEFIT_PAYLOADS or kind in members.notices.NOTICE_PAYLOADS


@cache
def payload_models() -> Mapping[str, type[BaseModel]]:
    """Return the current payload model of each event type."""
    return {kind: versions.model for kind, versions in event_types().items()}
