"""Every type of event that there is, in every version, collected from the rooms whose nouns they tell of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from pydantic import BaseModel

import benefits.messages.payloads
import geo.earlier_messages
import geo.messages
import members.earlier_messages
import members.messages

Data = Mapping[str, object]
Upcaster = Callable[[Data], Data]

_STATION_TYPES: Mapping[str, type[BaseModel]] = {
    "station.reported": geo.messages.Reported,
    "station.answered": geo.messages.Answered,
    "station.searched": geo.messages.Searched,
    "station.used": geo.messages.Used,
    "station.closed_today": geo.messages.ClosedToday,
    "station.exception_set": geo.messages.ExceptionSet,
    "station.inspected": geo.messages.Inspected,
}


@dataclass(frozen=True, slots=True)
class Published:
    """One type in all versions ever published: the payload's model of each, first to last.

    ``upcasters[n]`` makes data of version n + 1 into data of the one after it.
    """

    models: tuple[type[BaseModel], ...]
    upcasters: tuple[Upcaster, ...] = ()

    def __post_init__(self) -> None:
        assert len(self.models) == len(self.upcasters) + 1, "one upcaster between two versions"

    @property
    def version(self) -> int:
        """The current one."""
        return len(self.models)

    @property
    def model(self) -> type[BaseModel]:
        return self.models[-1]


Types = Mapping[str, Published]


@cache
def published() -> Types:
    """Type of event → what was ever published of it."""
    current = {**members.messages.PAYLOADS, **_STATION_TYPES, **benefits.messages.payloads.PAYLOADS}
    return {kind: _all_versions(kind, model) for kind, model in current.items()}


def _all_versions(kind: str, current: type[BaseModel]) -> Published:
    earlier: tuple[tuple[type[BaseModel], Upcaster], ...] = (
        *members.earlier_messages.EARLIER.get(kind, ()),
        *geo.earlier_messages.EARLIER.get(kind, ()),
    )
    models = tuple(model for model, _ in earlier)
    return Published((*models, current), tuple(upcaster for _, upcaster in earlier))


def is_told_by_us(kind: str) -> bool:
    """Whether only the ledger tells events of a type: they are taken from nobody."""
    return kind in benefits.messages.payloads.PAYLOADS


@cache
def catalogue() -> Mapping[str, type[BaseModel]]:
    """Type of event → model of its payload today."""
    return {kind: versions.model for kind, versions in published().items()}
