"""Payloads of the notices by which both organisations learn of a transfer; their subject is the organisation."""

from pydantic import BaseModel, ConfigDict

from members.message_fields import CivilDate, OrganisationCode, Pseudonym


class MembershipNotice(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    member: Pseudonym
    on: CivilDate


class MembershipEnded(MembershipNotice):
    """To the organisation that a member left for another one."""

    to: OrganisationCode


class MembershipBegun(MembershipNotice):
    """To the organisation to which a member came from another one."""

    before: OrganisationCode


NOTICE_PAYLOADS: dict[str, type[MembershipNotice]] = {
    "membership.ended": MembershipEnded,
    "membership.begun": MembershipBegun,
}
