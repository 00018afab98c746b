"""Parse ID numbers: the 18 characters of GB 11643-1999, with all faults of a number at once."""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date

from core.civil_time import EARLIEST_DATE
from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from members.persons.masks import mask_id_number

_COMPARE = N_("compare it with the card; messages show it only as {value}")
ID_NUMBER_FAULTS = FaultTable(
    "id_number",
    {
        "form": (N_("an ID number has 17 digits and a check character"), _COMPARE),
        "empty": (N_("the ID number is missing"), N_("fill it in from the card")),
        "old_form": (
            N_("this is an ID number of 15 digits, a form that ended in 2013"),
            N_("give the 18 characters of the person's present card; they can't be computed safely"),
        ),
        "two_numbers": (
            N_("the field holds more than one ID number"),
            N_("give each person a row of their own"),
        ),
        "rounded": (
            N_("a spreadsheet has turned the ID number into a rounded number"),
            N_("set the column's format to text and type the number again from the card"),
        ),
        "check_digit": (N_("the check digit of the ID number is wrong"), _COMPARE),
        "birthday": (N_("the date of birth in the ID number does not exist"), _COMPARE),
        "future_birthday": (N_("the date of birth in the ID number is still to come"), _COMPARE),
        "too_old": (N_("by the ID number, the person would be more than {most} years old"), _COMPARE),
        "region": (N_("no region has ever had the first two digits of the ID number"), _COMPARE),
    },
)
LENGTH = 18
_OLD_LENGTH = 15
OLDEST_YEARS = 120
_INVISIBLE = re.compile(r"[\s\-\u2010-\u2015\u2212\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_ROUNDED = re.compile(r"[0-9](?:\.[0-9]+)?E\+?[0-9]{1,2}")
_SEVERAL = re.compile(r"(?:[0-9]{17}[0-9X]|[0-9]{15})[^0-9X]*(?:[0-9]{17}[0-9X]|[0-9]{15})(?:[^0-9].*)?")
# GB/T 2260: provinces; 81, 82, 83 stand on residence permits for Hong Kong, Macao and Taiwan. Counties are not
# checked: a number keeps the code of a county that was abolished long ago.
PROVINCES = frozenset(
    [
        "11",
        "12",
        "13",
        "14",
        "15",
        "21",
        "22",
        "23",
        "31",
        "32",
        "33",
        "34",
        "35",
        "36",
        "37",
        "41",
        "42",
        "43",
        "44",
        "45",
        "46",
        "50",
        "51",
        "52",
        "53",
        "54",
        "61",
        "62",
        "63",
        "64",
        "65",
        "71",
        "81",
        "82",
        "83",
    ]
)
_FOREIGNER = "9"  # on a permanent residence card since 2023; the code of the province that issued it follows


@dataclass(frozen=True, slots=True)
class IdNumber:
    """A valid ID number and the date of birth in it."""

    number: str = field(repr=False)
    birthday: date = field(repr=False)


class InvalidIdNumber(FaultError):
    """An invalid ID number; no text quotes it beyond its mask."""


def parse_id_number(text: str, today: date | None = None) -> IdNumber:
    """Parse an ID number as people type it: with blanks, hyphens, full-width digits and a lower-case x.

    With ``today``, dates of birth in the future and more than 120 years ago are faults.

    *Raises*: InvalidIdNumber with all faults.
    *Source*: GB 11643-1999 (form, check digit by ISO 7064 MOD 11-2); GB/T 2260 (provinces).
    """
    from stdnum.cn import ric
    from stdnum.exceptions import InvalidComponent

    number = normalize_id_number(text)
    if (code := _form_fault(number)) is not None:
        raise InvalidIdNumber(_build(code, number))
    codes = [] if number[-1] == ric.calc_check_digit(number) else ["check_digit"]
    birthday = EARLIEST_DATE
    try:
        birthday = ric.get_birth_date(number)
        codes += _birthday_faults(birthday, today)
    except InvalidComponent:
        codes.append("birthday")
    if not _has_region(number):
        codes.append("region")
    if codes:
        raise InvalidIdNumber([_build(code, number) for code in codes])
    return IdNumber(number, birthday)


def normalize_id_number(text: str) -> str:
    """Return an ID number without blanks and hyphens, in ASCII digits and with an upper-case X."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).upper()


def _form_fault(number: str) -> str | None:
    """Return the code of the fault of a text that hasn't the form of an ID number."""
    if len(number) == LENGTH and number.isascii() and number[:-1].isdigit():
        return None
    if not number:
        return "empty"
    if len(number) == _OLD_LENGTH and number.isascii() and number.isdigit():
        return "old_form"
    if _SEVERAL.fullmatch(number):
        return "two_numbers"
    return "rounded" if _ROUNDED.fullmatch(number) else "form"


def _birthday_faults(birthday: date, today: date | None) -> list[str]:
    if birthday < EARLIEST_DATE:
        return ["birthday"]
    if today is None:
        return []
    if birthday > today:
        return ["future_birthday"]
    return ["too_old"] if today.year - birthday.year > OLDEST_YEARS else []


def _has_region(number: str) -> bool:
    return number[:2] in PROVINCES or (number[0] == _FOREIGNER and number[1:3] in PROVINCES)


def _build(code: str, number: str) -> Fault:
    return ID_NUMBER_FAULTS.build(code, value=mask_id_number(number), most=OLDEST_YEARS)
