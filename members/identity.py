"""ID numbers in, pseudonyms out: the number itself is never kept."""

import base64
import hashlib
import hmac
import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from core.civil_time import EARLIEST

N_ = str  # marks a text for the message catalogue

_NO_BIRTHDAY = N_("the date of birth in the ID number does not exist")
_LENGTH = 18
_PSEUDONYM_CHARACTERS = 26  # 130 bits of the keyed hash


@dataclass(frozen=True, slots=True)
class Identity:
    """What of an ID number stays: a keyed pseudonym and the date of birth."""

    member_id: str
    birthday: date


class WrongIdNumber(ValueError):
    """An ID number that can't be one; the text never quotes it."""


def identify(id_number: str, key: bytes) -> Identity:
    """Check an ID number and turn it into an Identity.

    The area code is not looked up: numbers keep the code of their county of birth, which may have
    been abolished long ago.

    *Raises*: WrongIdNumber with a catalogue template.
    *Source*: GB 11643-1999 (form, check digit by ISO 7064 MOD 11-2).
    """
    from stdnum.cn import ric
    from stdnum.exceptions import InvalidComponent

    number = compact(id_number)
    if len(number) != _LENGTH or not number[:-1].isascii() or not number[:-1].isdigit():
        raise WrongIdNumber(N_("an ID number has 17 digits and a check character"))
    if number[-1] != ric.calc_check_digit(number):
        raise WrongIdNumber(N_("the check digit of the ID number is wrong"))
    try:
        birthday = ric.get_birth_date(number)
    except InvalidComponent as error:
        raise WrongIdNumber(_NO_BIRTHDAY) from error
    if birthday < EARLIEST:
        raise WrongIdNumber(_NO_BIRTHDAY)
    return Identity(pseudonym(number, key), birthday)


def compact(id_number: str) -> str:
    """An ID number without the blanks and hyphens that people put in, in plain digits and a large X."""
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", id_number)).upper()


def pseudonym(secret_text: str, key: bytes) -> str:
    """A keyed hash (HMAC-SHA-256, RFC 2104) that can't be undone by trying all ID numbers."""
    digest = hmac.new(key, secret_text.encode(), hashlib.sha256).digest()
    return "m-" + base64.b32encode(digest).decode().lower()[:_PSEUDONYM_CHARACTERS]


def masked(id_number: str) -> str:
    """An ID number as it may stand in a message: the area code, and only of what looks like one."""
    shown = id_number[:6] if len(id_number) == _LENGTH and id_number[:6].isdigit() else ""
    return shown + "*" * (len(id_number) - len(shown))
