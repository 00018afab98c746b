"""The types of fields that many forms have. Each says once how it is read, and what is wrong with what was typed."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    InstanceOf,
    PlainSerializer,
)

from core.civil_time import parse_civil_date
from core.faults import FaultError, FaultTable
from core.money import format_yuan, parse_amount
from core.source_text import is_blank
from core.text_marks import N_
from members.privacy import has_personal_number
from yihui.frame.fields import UNTIL_TODAY, FieldFaultError, FieldKind, TypedFile
from yihui.runtime.arguments import FIRST_YEAR, LAST_YEAR, check_years, parse_any_instant

MOST_YUAN, MOST_SUM_YUAN = 10_000_000, 10**12
MAX_SENT_BYTES = 16 << 20
LONGEST_TEXT = 200
_CODE = re.compile(r"^[0-9]{6,9}(-[0-9]{5})?$")
_CONTROLS = frozenset(chr(code) for code in (*range(9), 11, *range(12, 32), *range(127, 160)))
FIELD_FAULTS = FaultTable(
    "field",
    {
        "control": (
            N_("{field}: the text holds a character that can't be shown"),
            N_("write the text again, without copied control characters"),
        ),
        "personal": (
            N_("{field}: the text holds a phone number or an ID number"),
            N_("leave it out: what is written here stays in the history"),
        ),
        "amount": (N_("{field}: {value} is no amount"), N_("write yuan, such as 1234.50")),
        "too_much": (N_("{field}: {value} yuan is too much"), N_("write at most {most} yuan")),
        "day": (N_("{field}: {value} is no date"), N_("write it as 2026-05-01")),
        "organisation": (
            N_("{field}: {value} is no code of an organisation"),
            N_("write a code such as 370102 or 370102001-00012"),
        ),
        "whole": (N_("{field}: {value} is no whole number"), N_("write digits only")),
        "large": (
            N_("the file {value} is larger than {most}"),
            N_("leave out what nobody needs, or split it"),
        ),
    },
)


class Form(BaseModel):
    """What is typed for an act, or what a list is filtered by; by itself nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _refuse(code: str, value: object = None, most: str = "") -> FieldFaultError:
    return FieldFaultError([FIELD_FAULTS.build(code, value=value, most=most)])


def _plain(value: object) -> object:
    """Return a text without full-width signs and surrounding blanks; anything else as it is."""
    return unicodedata.normalize("NFKC", value).strip() if isinstance(value, str) else value


def read_words(value: object) -> object:
    """Return what somebody writes, where numbers of persons may stand since it is stored encrypted."""
    if not isinstance(value, str):
        return value
    text = value.replace("\r\n", "\n").strip()
    if not _CONTROLS.isdisjoint(text) or any("\ud800" <= sign <= "\udfff" for sign in text):
        raise _refuse("control")
    return "" if is_blank(text) else text


def read_text(value: object) -> object:
    """Return what somebody writes and the history keeps, without a number of a person."""
    text = read_words(value)
    if isinstance(text, str) and has_personal_number(text):
        raise _refuse("personal")
    return text


def _read_fen(value: object, most_yuan: int = MOST_YUAN) -> object:
    """Return fen: programs send them as a number, people type yuan."""
    if not isinstance(value, str):
        return value
    amount = parse_amount(value)
    if amount.fen is None or amount.fault not in (None, "zero"):
        raise _refuse("amount", value.strip()[:20] or "–")
    if amount.fen > most_yuan * 100:
        raise _refuse("too_much", format_yuan(amount.fen), most=format_yuan(most_yuan * 100))
    return amount.fen


def _read_day(value: object) -> object:
    if isinstance(value, int | float):  # pydantic would read seconds since 1970
        raise _refuse("day", value)
    if not isinstance(value, str):
        return value
    day = parse_civil_date(str(_plain(value)))
    if day is None:
        raise _refuse("day", value[:20])
    return day


def _read_code(value: object) -> object:
    plain = _plain(value)
    if isinstance(plain, str) and plain and not _CODE.match(plain):
        raise _refuse("organisation", plain[:40])
    return plain


def _read_id(value: object) -> object:
    plain = _plain(value)
    if isinstance(plain, str) and not plain.isprintable():
        raise _refuse("control")
    return plain


def read_whole(value: object) -> object:
    """Return the number that somebody typed; what a program sends as it is."""
    if isinstance(value, bool | float):
        raise _refuse("whole", value)
    if not isinstance(value, str):
        return value
    plain = str(_plain(value))
    if not (plain.isascii() and plain.isdigit() and len(plain) < 10):
        raise _refuse("whole", value[:20])
    return int(plain)


def read_by(parse: Callable[[str], object]) -> BeforeValidator:
    """Return what reads a typed text by a function that raises FaultError; what a program sends stays as it is."""

    def read(value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return parse(str(_plain(value)))
        except FaultError as error:
            raise FieldFaultError(error.faults) from error

    return BeforeValidator(read)


def in_years(least: int, most: int) -> AfterValidator:
    """Return what refuses a day or an instant outside of these years, however it came."""

    def check(day: date) -> date:
        try:
            check_years(day, least, most)
        except FaultError as error:
            raise FieldFaultError(error.faults) from error
        return day

    return AfterValidator(check)


def draw_picture(value: object) -> object:
    """Return a file with its pages drawn, or what is wrong with it; it takes seconds, so pages do it ahead."""
    if not isinstance(value, TypedFile) or value.pictured is not None:
        return value
    from yihui.files.pictures import picture_file

    try:
        return replace(value, pictured=picture_file(value.content))
    except FaultError as error:
        return error


def _read_picture(value: object) -> object:
    drawn = draw_picture(value)
    if isinstance(drawn, FaultError):
        raise FieldFaultError([replace(one, field=None) for one in drawn.faults])  # the form names its field
    return drawn


def _open_file(value: object) -> object:
    """Return the file that a path of a command names; what a page sends as it is."""
    found = TypedFile(value.name, value.read_bytes()) if isinstance(value, Path) else value
    if isinstance(found, TypedFile) and len(found.content) > MAX_SENT_BYTES:
        raise _refuse("large", found.name[-80:], most=f"{MAX_SENT_BYTES >> 20} MB")
    return found


# The length stands before the function that reads the text, so that a fault speaks of characters.
FreeText = Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT), BeforeValidator(read_text)]
"""What somebody writes and the history keeps: no control characters, and no number of a person."""
Fen = Annotated[int, Field(ge=0, le=MOST_YUAN * 100), BeforeValidator(_read_fen), FieldKind.MONEY]
"""An amount, zero or more; typed in yuan, sent in fen."""
SumFen = Annotated[
    int,
    Field(ge=0, le=MOST_SUM_YUAN * 100),
    BeforeValidator(partial(_read_fen, most_yuan=MOST_SUM_YUAN)),
    FieldKind.MONEY,
]
"""What many are paid together."""
CivilDay = Annotated[date, BeforeValidator(_read_day)]
PastDay = Annotated[CivilDay, UNTIL_TODAY]
"""A day that its act refuses where it is still to come: no page offers one."""
AnyInstant = Annotated[datetime, read_by(parse_any_instant)]
"""An instant of whatever year, for a field with years of its own."""
Instant = Annotated[AnyInstant, in_years(FIRST_YEAR, LAST_YEAR)]
"""An instant with its offset; what a page sends is the time of China."""
Number = Annotated[float, Field(allow_inf_nan=False), BeforeValidator(_plain)]
WholeNumber = Annotated[int, BeforeValidator(read_whole)]
RecordNumber = Annotated[int, Field(ge=1, lt=2**31), BeforeValidator(read_whole)]
OrganisationCode = Annotated[
    str, Field(pattern=_CODE.pattern), BeforeValidator(_read_code), FieldKind.ORGANISATION
]
StationId = Annotated[str, Field(min_length=1, max_length=64), BeforeValidator(_read_id), FieldKind.STATION]
AreaCode = Annotated[str, Field(pattern=r"^[0-9]{2,6}$"), BeforeValidator(_plain), FieldKind.AREA]
"""A province, city or district by its code or the beginning of one."""
Picture = Annotated[
    InstanceOf[TypedFile],
    BeforeValidator(_read_picture),
    PlainSerializer(lambda file: sha256(file.content).hexdigest(), return_type=str),
    FieldKind.PICTURE,
]
"""A picture or a PDF document; an act with one has ``around`` to store it."""
SentFile = Annotated[
    InstanceOf[TypedFile],
    BeforeValidator(_open_file),
    PlainSerializer(lambda file: sha256(file.content).hexdigest(), return_type=str),
    FieldKind.FILE,
]
"""A file as it is, of at most 16 MB, which the act reads or stores."""
PaperTitle = Annotated[str, Field(min_length=1, max_length=60), BeforeValidator(read_text)]
"""What a document is, in a few words."""
MemberId = Annotated[str, Field(min_length=1, max_length=64), BeforeValidator(_read_id), FieldKind.MEMBER]
