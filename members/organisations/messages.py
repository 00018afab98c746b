"""Payloads of the ``organisation.*`` events: what happened to a union organisation. The subject is its code.

An election and a count of members leave the tree as it is.
"""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from core.text_marks import N_
from members.message_fields import CivilDate, OrganisationCode, Pseudonym, ShortText

OrganisationKind = Literal["union", "industry_union", "joint_union", "member_home"]
"""A union of one of the five levels (工会), 行业工会联合会, 联合工会, or a township's 会员之家."""


def _credit_code(value: object) -> object:
    """Normalise and check a 统一社会信用代码. *Source*: GB 32100-2015 (18 characters, the last one a check)."""
    if value is None:
        return None
    from stdnum.cn import uscc
    from stdnum.exceptions import ValidationError

    try:
        return uscc.validate(str(value).strip().upper())
    except ValidationError as error:
        raise PydanticCustomError("credit_code", N_("{value} is no unified social credit code")) from error


CreditCode = Annotated[str, BeforeValidator(_credit_code)]
OrganisationName = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]


class OrganisationPayload(BaseModel):
    """The data of one act: its civil date, the document that orders it, and the officer who recorded it."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)
    ends: ClassVar[bool] = False
    """Whether the organisation ends with it."""
    on: CivilDate
    document: ShortText | None = None
    by: Pseudonym | None = None


class OrganisationFounded(OrganisationPayload):
    """``parent`` is by default the one that the form of the code says."""

    name: OrganisationName
    kind: OrganisationKind = "union"
    parent: OrganisationCode | None = None
    credit_code: CreditCode | None = None


class OrganisationRenamed(OrganisationPayload):
    name: OrganisationName


class OrganisationMoved(OrganisationPayload):
    """The organisation, with all below it, belongs to another parent from this day on."""

    parent: OrganisationCode


class OrganisationMerged(OrganisationPayload):
    """It ends; its members and the organisations below it go to ``into``."""

    ends = True
    into: OrganisationCode


class OrganisationDissolved(OrganisationPayload):
    """It ends; ``into`` is where its members and the organisations below it go, if there are any."""

    ends = True
    into: OrganisationCode | None = None


class SplitPart(BaseModel):
    """An organisation that is founded by a split, and the members who go there."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)
    organisation: OrganisationCode
    name: OrganisationName
    kind: OrganisationKind = "union"
    parent: OrganisationCode | None = None
    credit_code: CreditCode | None = None
    members: Annotated[tuple[Pseudonym, ...], Field(max_length=10_000)] = ()


class OrganisationSplit(OrganisationPayload):
    """New organisations come out of it; it goes on, with the members who are not named."""

    parts: Annotated[tuple[SplitPart, ...], Field(min_length=1, max_length=100)]

    @model_validator(mode="after")
    def _names_each_once(self) -> "OrganisationSplit":
        codes = [part.organisation for part in self.parts]
        members = [member for part in self.parts for member in part.members]
        if len(set(codes)) < len(codes) or len(set(members)) < len(members):
            raise PydanticCustomError("named_twice", N_("a split names each organisation and member once"))
        return self


class ElectionHeld(OrganisationPayload):
    """The term begins on that day. *Source*: the Trade Union Law allows a basic-level committee 3 or 5 years."""

    term_years: Literal[3, 5] = 5


class MembersCounted(OrganisationPayload):
    """The number of members as of ``on``: it counts for the year of that day."""

    number: Annotated[int, Field(strict=True, ge=0, le=10**8)]


ORGANISATION_PAYLOADS: dict[str, type[OrganisationPayload]] = {
    "organisation.founded": OrganisationFounded,
    "organisation.renamed": OrganisationRenamed,
    "organisation.moved": OrganisationMoved,
    "organisation.merged": OrganisationMerged,
    "organisation.split": OrganisationSplit,
    "organisation.dissolved": OrganisationDissolved,
    "organisation.election_held": ElectionHeld,
    "organisation.members_counted": MembersCounted,
}

UNKNOWN_FOUNDING = date(1900, 1, 1)
"""The date of founding where a list of organisations doesn't say it."""
