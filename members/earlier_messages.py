"""Payloads of versions that are no longer written, and how each becomes the next one.

A model here is never changed and never removed: events of that version lie in journals, topics and files.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from members.messages import HardshipLevel, Payload, ShortText
from members.privacy import pseudonym

Data = Mapping[str, object]
Upcaster = Callable[[Data], Data]


class HardshipFiledV1(Payload):
    """Version 1: the household could be called by a name."""

    household: ShortText
    level: HardshipLevel


class HardshipReviewedV1(HardshipFiledV1):
    accepted: bool


def household_by_id(data: Data) -> Data:
    """1 → 2: a name becomes the digest by which the household has been known all the time."""
    return {**data, "household": pseudonym(str(data["household"]))}


EARLIER: Mapping[str, tuple[tuple[type[Payload], Upcaster], ...]] = MappingProxyType(
    {
        "hardship.filed": ((HardshipFiledV1, household_by_id),),
        "hardship.reviewed": ((HardshipReviewedV1, household_by_id),),
    }
)
