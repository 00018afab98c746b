"""Payloads of the member.* events, of applications, polls, courses, hardship and heat."""

import re
from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from geo.civil import EARLIEST
from members.organisation import is_code

N_ = str  # marks a text for the message catalogue

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _organisation(code: str) -> str:
    if not is_code(code):
        raise PydanticCustomError(
            "organisation_code",
            N_("an organisation code has 6 or 9 digits, or 9 digits, a hyphen and 5 digits"),
        )
    return code


def _as_written(value: object) -> object:
    """Pydantic would take bare digits for the seconds since 1970."""
    if not isinstance(value, str):
        return value
    try:
        if _DATE.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass  # 2026-02-30: no date either
    raise PydanticCustomError("date_parsing", N_("{value} is no date"))


def _plausible(day: date) -> date:
    if day < EARLIEST:
        raise PydanticCustomError("too_early", N_("{value} lies before the year 1900"))
    return day


OrganisationCode = Annotated[str, AfterValidator(_organisation)]
DistrictCode = Annotated[str, Field(pattern=r"^[0-9]{6}$")]
CivilDate = Annotated[date, BeforeValidator(_as_written), AfterValidator(_plausible)]
Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
ShortText = Annotated[str, Field(min_length=1, max_length=100)]
HardshipLevel = Literal["none", "一般困难", "相对困难", "深度困难", "意外致困"]
SkillLevel = Literal["初级工", "中级工", "高级工", "技师", "高级技师"]


class Payload(BaseModel):
    """The data of one event. ``facts`` names the fields that become facts about the member."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)
    facts: ClassVar[tuple[str, ...]] = ()


class Enrolment(Payload):
    facts = (
        "organisation",
        "district",
        "trade",
        "employment_form",
        "birthday",
        "joined_on",
        "skill_level",
        "hardship_level",
        "honours",
    )
    organisation: OrganisationCode
    joined_on: CivilDate
    district: DistrictCode | None = None
    trade: ShortText | None = None
    employment_form: ShortText | None = None
    birthday: CivilDate | None = None
    skill_level: SkillLevel | None = None
    hardship_level: HardshipLevel | None = None
    honours: tuple[ShortText, ...] | None = None


class MemberImported(Enrolment):
    """An existing member was loaded from a roll: nothing is due for that."""


class MemberJoined(Enrolment):
    via: ShortText | None = None


class MemberTransferred(Payload):
    facts = ("organisation", "district")
    organisation: OrganisationCode
    district: DistrictCode | None = None


class MemberLeft(Payload):
    reason: ShortText | None = None


class MemberProfileChanged(Payload):
    facts = ("district", "trade", "employment_form", "skill_level", "hardship_level", "status")
    district: DistrictCode | None = None
    trade: ShortText | None = None
    employment_form: ShortText | None = None
    skill_level: SkillLevel | None = None
    hardship_level: HardshipLevel | None = None
    status: Literal["active", "suspended"] | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> "MemberProfileChanged":
        if all(getattr(self, name) is None for name in self.facts):
            raise PydanticCustomError("nothing_changed", N_("a profile change names at least one field"))
        return self


class MemberBirthday(Payload):
    on: CivilDate


class MemberSkillCertified(Payload):
    facts = ("skill_level",)
    trade: ShortText
    level: SkillLevel
    certificate_digest: Digest
    certified_on: CivilDate

    @property
    def skill_level(self) -> str:
        return self.level


class MemberHonoured(Payload):
    honour: ShortText
    level: ShortText | None = None
    honoured_on: CivilDate


class Application(Payload):
    """One step of something applied for: submitted, reviewed, published, confirmed."""

    programme: ShortText
    year: int = Field(ge=2000, le=2100)
    case_level: HardshipLevel | None = None
    school_stage: ShortText | None = None
    attachments: tuple[Digest, ...] = ()


class ApplicationReviewed(Application):
    accepted: bool


class PollCompleted(Payload):
    poll: ShortText


class CourseCompleted(Payload):
    course: ShortText
    score: int = Field(ge=0, le=100_000)


class HardshipFiled(Payload):
    household: ShortText
    level: HardshipLevel


class HardshipReviewed(HardshipFiled):
    facts = ("hardship_level",)
    accepted: bool

    @property
    def hardship_level(self) -> str:
        return self.level if self.accepted else "none"


class HeatWarned(Payload):
    """A heat warning reached this member's district; one event for each member."""

    district: DistrictCode
    level: Literal["黄色", "橙色", "红色"]
    temperature_c: int = Field(ge=30, le=60)
    on: CivilDate


PAYLOADS: dict[str, type[Payload]] = {
    "member.imported": MemberImported,
    "member.joined": MemberJoined,
    "member.transferred": MemberTransferred,
    "member.left": MemberLeft,
    "member.profile_changed": MemberProfileChanged,
    "member.birthday": MemberBirthday,
    "member.skill_certified": MemberSkillCertified,
    "member.honoured": MemberHonoured,
    "application.submitted": Application,
    "application.reviewed": ApplicationReviewed,
    "application.published": Application,
    "application.confirmed": Application,
    "poll.completed": PollCompleted,
    "course.completed": CourseCompleted,
    "hardship.filed": HardshipFiled,
    "hardship.reviewed": HardshipReviewed,
    "weather.heat_warned": HeatWarned,
}
