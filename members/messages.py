"""Payloads of the member.* events, of applications, polls, courses, hardship and heat, and of notices to organisations."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from core.text_marks import N_
from members.message_fields import (
    AidYear,
    BankName,
    BirthdayCalendar,
    CardState,
    CivilDate,
    Digest,
    DistrictCode,
    FactValue,
    HardshipLevel,
    LastFourDigits,
    MemberPayload,
    OrganisationCode,
    Pseudonym,
    ShortText,
    SkillLevel,
)


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


class MemberProfile(MemberPayload):
    """What may change while a person is a member. ``employer`` is the name or the credit code of where they work."""

    district: DistrictCode | None = None
    trade: ShortText | None = None
    employment_form: ShortText | None = None
    skill_level: SkillLevel | None = None
    hardship_level: HardshipLevel | None = None
    household: Pseudonym | None = None
    mutual_aid_year: AidYear | None = None
    card: CardState | None = None
    birthday_calendar: BirthdayCalendar | None = None
    employer: ShortText | None = None


class Enrolment(MemberProfile):
    facts = (*MemberProfile.model_fields, "organisation", "joined_on", "birthday", "honours")
    organisation: OrganisationCode
    joined_on: CivilDate
    birthday: CivilDate | None = None
    honours: tuple[ShortText, ...] | None = None


class MemberImported(Enrolment):
    """An existing member was loaded from a roll: nothing is due for that."""


class MemberJoined(Enrolment):
    via: ShortText | None = None
    by: Pseudonym | None = None


class MemberProfileChanged(MemberProfile):
    """``by`` is the officer who recorded it.

    ``bank`` and ``bank_last_four`` link the service card (工会会员服务卡): four digits, never more.
    ``birthday`` and ``joined_on`` never change; they are stated again where they were recorded wrongly.
    """

    facts = ("bank_card", "birthday", "joined_on", "status", *MemberProfile.model_fields)
    status: Literal["active", "suspended"] | None = None
    by: Pseudonym | None = None
    birthday: CivilDate | None = None
    joined_on: CivilDate | None = None
    bank: BankName | None = None
    bank_last_four: LastFourDigits | None = None

    @property
    def bank_card(self) -> str | None:
        """The bank and the last four digits of the linked card, as one fact."""
        return f"{self.bank} {self.bank_last_four}" if self.bank and self.bank_last_four else None

    @model_validator(mode="after")
    def _names_a_whole_link(self) -> "MemberProfileChanged":
        if (self.bank is None) != (self.bank_last_four is None):
            raise PydanticCustomError("half_bank_card", "bank and bank_last_four come together")
        return self

    @model_validator(mode="after")
    def _changes_something(self) -> "MemberProfileChanged":
        if all(getattr(self, name) is None for name in self.facts):
            raise PydanticCustomError("nothing_changed", N_("a profile change names at least one field"))
        return self


class MemberBirthday(MemberPayload):
    """``year`` is the one that the birthday belongs to: by the moon it may end in the next January."""

    on: CivilDate
    calendar: BirthdayCalendar = "solar"
    year: int | None = Field(None, ge=1900, le=2100)

    def rule_values(self) -> dict[str, FactValue]:
        return super().rule_values() | {"year": self.year or self.on.year}


class MemberAnniversary(MemberPayload):
    """A day on which full years as a member are completed."""

    on: CivilDate
    years: int = Field(ge=1, le=200)


class FestivalCame(MemberPayload):
    """A festival's day came for this member; one event for each member whom a rule may consider."""

    festival: ShortText
    on: CivilDate


class VouchersEnding(MemberPayload):
    """The last day on which the member can use vouchers or goods under one rule."""

    rule: ShortText
    on: CivilDate
    count: int = Field(ge=1, le=1_000_000)


class MemberCardActivated(MemberPayload):
    facts = ("card",)

    @property
    def card(self) -> str:
        return "active"


class MemberSkillCertified(MemberPayload):
    facts = ("skill_level",)
    trade: ShortText
    level: SkillLevel
    certificate_digest: Digest
    certified_on: CivilDate

    @property
    def skill_level(self) -> str:
        return self.level


class MemberHonoured(MemberPayload):
    honour: ShortText
    level: ShortText | None = None
    honoured_on: CivilDate


class Application(MemberPayload):
    """One step of something applied for: submitted, reviewed, published, confirmed, withdrawn.

    ``objections`` are those still open; ``days`` are those in hospital or of a stay. ``happened_on`` is the day of
    what it is about: the discharge, the wedding, the death.
    """

    programme: ShortText
    year: int = Field(ge=2000, le=2100)
    case_level: HardshipLevel | None = None
    school_stage: ShortText | None = None
    attachments: tuple[Digest, ...] = ()
    application: ShortText | None = None
    household: Pseudonym | None = None
    amount_fen: int | None = Field(None, ge=0, le=10**12)
    occasion: ShortText | None = None
    happened_on: CivilDate | None = None
    days: int | None = Field(None, ge=0, le=10_000)
    child_age: int | None = Field(None, ge=0, le=100)
    stage: ShortText | None = None
    reviewer: Pseudonym | None = None
    objections: int | None = Field(None, ge=0, le=1_000_000)

    @property
    def number(self) -> str:
        """The number of the application among the member's; by default programme and year."""
        return self.application or f"{self.programme}/{self.year}"

    def rule_values(self) -> dict[str, FactValue]:
        return super().rule_values() | {"application": self.number}


class ApplicationReviewed(Application):
    """``resubmit_until`` is the last day on which what was sent back keeps the day of its first submission."""

    days_to_come = ("resubmit_until",)
    accepted: bool
    resubmit_until: CivilDate | None = None


class ApplicationWithdrawn(Application):
    reason: ShortText | None = None


class CampaignEntered(MemberPayload):
    campaign: ShortText


class PollCompleted(MemberPayload):
    poll: ShortText
    answers: int | None = Field(None, ge=0, le=10_000)


class CourseCompleted(MemberPayload):
    course: ShortText
    score: int = Field(ge=0, le=100_000)


class SessionEnrolled(MemberPayload):
    """A member asks for a place in a session: a course, a hall, a childcare term."""

    session: ShortText


class SessionAttended(MemberPayload):
    """A member was present at a session on a civil day."""

    session: ShortText
    on: CivilDate


class HardshipFiled(MemberPayload):
    """The household goes by an id, never by a name."""

    household: Pseudonym
    level: HardshipLevel


class HardshipReviewed(HardshipFiled):
    """``household`` becomes a fact where it was accepted."""

    facts = ("hardship_level",)
    accepted: bool

    @property
    def hardship_level(self) -> str:
        return self.level if self.accepted else "none"


class HardshipReviewDue(MemberPayload):
    """The review of a hardship case falls due: so long after its level was last stated."""

    on: CivilDate
    level: HardshipLevel
    reviewed_on: CivilDate


class HeatWarned(MemberPayload):
    """A heat warning reached this member's district; one event for each member."""

    district: DistrictCode
    level: Literal["黄色", "橙色", "红色"]
    temperature_c: int = Field(ge=30, le=60)
    on: CivilDate


MEMBER_PAYLOADS: dict[str, type[MemberPayload]] = {
    "member.imported": MemberImported,
    "member.joined": MemberJoined,
    "member.transferred": MemberTransferred,
    "member.left": MemberLeft,
    "member.retired": MemberRetired,
    "member.died": MemberDied,
    "member.profile_changed": MemberProfileChanged,
    "member.birthday": MemberBirthday,
    "member.anniversary": MemberAnniversary,
    "member.card_activated": MemberCardActivated,
    "member.skill_certified": MemberSkillCertified,
    "member.honoured": MemberHonoured,
    "application.submitted": Application,
    "application.reviewed": ApplicationReviewed,
    "application.published": Application,
    "application.confirmed": Application,
    "application.withdrawn": ApplicationWithdrawn,
    "application.refused": Application,
    "application.appealed": Application,
    "campaign.entered": CampaignEntered,
    "poll.completed": PollCompleted,
    "course.completed": CourseCompleted,
    "session.enrolled": SessionEnrolled,
    "session.attended": SessionAttended,
    "hardship.filed": HardshipFiled,
    "hardship.reviewed": HardshipReviewed,
    "hardship.review_due": HardshipReviewDue,
    "calendar.festival": FestivalCame,
    "voucher.ending": VouchersEnding,
    "weather.heat_warned": HeatWarned,
}


def changed_facts(payload: MemberPayload) -> dict[str, str | tuple[str, ...]]:
    """Return the facts that a payload changes; empty if it changes none."""
    values: dict[str, str | tuple[str, ...]] = {}
    for name in payload.facts:
        value = getattr(payload, name)
        if value is not None:
            values[name] = value if isinstance(value, tuple) else str(value)
    if isinstance(payload, Enrolment):
        values["status"] = "active"
    elif isinstance(payload, MemberLeft):
        values["status"] = "left"
    elif isinstance(payload, MemberRetired):
        values["status"] = "retired"
    elif isinstance(payload, MemberDied):
        values["status"] = "deceased"
    elif isinstance(payload, MemberHonoured):
        values["honours"] = (payload.honour,)
    elif isinstance(payload, CourseCompleted):
        values["courses"] = (payload.course,)
    elif isinstance(payload, PollCompleted):
        values["polls"] = (payload.poll,)
    elif isinstance(payload, HardshipReviewed) and payload.accepted:
        values["household"] = payload.household
    return values


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
