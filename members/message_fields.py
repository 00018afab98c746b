"""The types of the fields of members' events, and the base of their payloads."""

import re
from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from core.civil_time import EARLIEST_DATE
from core.text_marks import N_
from members.organisation_codes import ORGANISATION_CODE_FORM, is_organisation_code

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _organisation(code: str) -> str:
    if not is_organisation_code(code):
        raise PydanticCustomError("organisation_code", ORGANISATION_CODE_FORM)
    return code


def _as_written(value: object) -> object:
    """Refuse bare digits: pydantic would read them as seconds since 1970."""
    if not isinstance(value, str):
        return value
    try:
        if _DATE.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass  # 2026-02-30 is no date
    raise PydanticCustomError("date_parsing", N_("{value} is no date"))


def _plausible(day: date) -> date:
    if day < EARLIEST_DATE:
        raise PydanticCustomError("too_early", N_("{value} lies before the year 1900"))
    return day


_DIGITS = re.compile(r"\d")
_LAST_FOUR = re.compile(r"[0-9]{4}")


def _no_card_number(value: object) -> object:
    """Refuse more than four digits, however they are written: a whole card number is never stored."""
    if isinstance(value, str | int | float) and len(_DIGITS.findall(str(value))) > 4:
        raise PydanticCustomError("bank_card_number", "a bank card's number")
    return value


def _last_four(value: str) -> str:
    if not _LAST_FOUR.fullmatch(value):
        raise PydanticCustomError("bank_last_four", "not four digits")
    return value


OrganisationCode = Annotated[str, AfterValidator(_organisation)]
DistrictCode = Annotated[str, Field(pattern=r"^[0-9]{6}$")]
CivilDate = Annotated[date, BeforeValidator(_as_written), AfterValidator(_plausible)]
Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
ShortText = Annotated[str, Field(min_length=1, max_length=100)]
Pseudonym = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$")]
"""An id of a household or an officer: never a name."""
AidYear = Annotated[int, Field(ge=2000, le=2100)]
HardshipLevel = Literal["none", "一般困难", "相对困难", "深度困难", "意外致困"]
SkillLevel = Literal["初级工", "中级工", "高级工", "技师", "高级技师"]
CardState = Literal["none", "issued", "active"]
BirthdayCalendar = Literal["solar", "lunar"]
BankName = Annotated[str, BeforeValidator(_no_card_number), Field(min_length=1, max_length=40)]
LastFourDigits = Annotated[str, BeforeValidator(_no_card_number), AfterValidator(_last_four)]
FactValue = str | int | bool | date | tuple[str, ...] | None


class MemberPayload(BaseModel):
    """The data of one event. ``facts`` names the fields that become facts about the member.

    ``days_to_come`` names the dates that may lie after the event; rules don't read them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)
    facts: ClassVar[tuple[str, ...]] = ()
    days_to_come: ClassVar[tuple[str, ...]] = ()

    def rule_values(self) -> dict[str, FactValue]:
        """Return the fields as rules read them, with defaults that follow from other fields."""
        return dict(vars(self))
