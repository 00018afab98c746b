"""Payload models of earlier versions, and the upcaster of each to the next version.

Never change or remove a model here: journals, topics and files hold events of that version.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from members.messages import HardshipLevel, MemberPayload, ShortText
from members.privacy import household_pseudonym

PayloadData = Mapping[str, object]
Upcaster = Callable[[PayloadData], PayloadData]


class HardshipFiledV1(MemberPayload):
    """Version 1: the household could be called by a name."""

    household: ShortText
    level: HardshipLevel


class HardshipReviewedV1(HardshipFiledV1):
    accepted: bool


def upcast_household(data: PayloadData) -> PayloadData:
    """Convert version 1 to 2: replace the household's name by the digest under which it was always stored."""
    return {**data, "household": household_pseudonym(str(data["household"]))}


EARLIER_VERSIONS: Mapping[str, tuple[tuple[type[MemberPayload], Upcaster], ...]] = MappingProxyType(
    {
        "hardship.filed": ((HardshipFiledV1, upcast_household),),
        "hardship.reviewed": ((HardshipReviewedV1, upcast_household),),
    }
)
