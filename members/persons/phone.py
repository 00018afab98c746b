"""Parse mobile phone numbers of mainland China, as people type them."""

import re
import unicodedata

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from members.persons.masks import mask_phone

PHONE_FAULTS = FaultTable(
    "phone",
    {
        "form": (
            N_("a mobile phone number has 11 digits and begins with 13 to 19"),
            N_("compare it with the person's own phone"),
        ),
        "landline": (
            N_("this is the number of a landline, which receives no codes"),
            N_("give a mobile phone number, or leave the field empty"),
        ),
        "two_numbers": (
            N_("the field holds more than one phone number"),
            N_("keep the person's own mobile phone number"),
        ),
        "rounded": (
            N_("a spreadsheet has turned the phone number into a rounded number"),
            N_("set the column's format to text and type the number again"),
        ),
    },
)
_BETWEEN = re.compile(r"[\s\-()\u2010-\u2015\u2212\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_COUNTRY = re.compile(r"(?:\+|00)?86(?=1[3-9][0-9]{9}(?![0-9]))")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"(?:(?:\+|00)?86)?0?[1-9][0-9]{1,2}[0-9]{7,8}|[2-8][0-9]{6,7}|[48]00[0-9]{7}")
_ROUNDED = re.compile(r"[0-9](?:\.[0-9]+)?[Ee]\+?[0-9]{1,2}")
_NUMBER = re.compile(r"[0-9]{7,}")


class InvalidPhone(FaultError):
    """An invalid phone number; no text quotes it beyond its mask."""


def parse_phone(text: str) -> str:
    """Return the 11 digits of a mobile phone number, without country code, blanks and hyphens.

    *Raises*: InvalidPhone.
    """
    plain = unicodedata.normalize("NFKC", text)
    number = _COUNTRY.sub("", _BETWEEN.sub("", plain), count=1)
    if _MOBILE.fullmatch(number):
        return number
    raise InvalidPhone(PHONE_FAULTS.build(_find_fault(plain, number), value=mask_phone(number)))


def _find_fault(plain: str, number: str) -> str:
    if len(_NUMBER.findall(number)) > 1 or re.fullmatch(r"(?:1[3-9][0-9]{9}){2,}", number):
        return "two_numbers"
    if _ROUNDED.fullmatch(plain.strip()):
        return "rounded"
    return "landline" if number.isascii() and _LANDLINE.fullmatch(number) and number[0] != "1" else "form"
