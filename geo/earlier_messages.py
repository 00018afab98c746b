"""Payloads of station events in versions that are no longer written, and how each becomes the next one.

A model here is never changed and never removed: events of that version lie in journals, topics and files.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict, Field

Data = Mapping[str, object]
Upcaster = Callable[[Data], Data]


class SearchedV1(BaseModel):
    """Version 1: one search that found nothing open."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    cell: str = Field(pattern=r"^[0-9a-f]{15}$")
    hour: int = Field(ge=0, le=167)


def one_in_vain(data: Data) -> Data:
    """1 → 2: what was understood all along is said."""
    return {**data, "found": False, "count": 1}


EARLIER: Mapping[str, tuple[tuple[type[BaseModel], Upcaster], ...]] = MappingProxyType(
    {"station.searched": ((SearchedV1, one_in_vain),)}
)
