"""Payloads of the events by which a membership goes on elsewhere, rests or ends."""

from members.message_fields import DistrictCode, MemberPayload, OrganisationCode, Pseudonym, ShortText


class MemberTransferred(MemberPayload):
    """``by`` is the officer who recorded it, here and below."""

    facts = ("organisation", "district")
    organisation: OrganisationCode
    district: DistrictCode | None = None
    by: Pseudonym | None = None


class MemberLeft(MemberPayload):
    reason: ShortText | None = None
    by: Pseudonym | None = None


class MemberRetired(MemberPayload):
    """The member retired (退休) and stays a member: rules decide which benefits go on."""

    reason: ShortText | None = None
    by: Pseudonym | None = None


class MemberDied(MemberPayload):
    by: Pseudonym | None = None
