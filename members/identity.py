"""Convert ID numbers to pseudonyms; the number itself is never stored, and the database knows its key."""

import base64
import hashlib
import hmac
import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from core.civil_time import EARLIEST_DATE
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from members.tables import identity_keys
from store import insert_into

_COMPARE = N_("compare it with the card")
ID_NUMBER_FAULTS = FaultTable(
    "id_number",
    {
        "form": (N_("an ID number has 17 digits and a check character"), _COMPARE),
        "check_digit": (N_("the check digit of the ID number is wrong"), _COMPARE),
        "birthday": (N_("the date of birth in the ID number does not exist"), _COMPARE),
    },
)
_LENGTH = 18
_PSEUDONYM_CHARACTERS = 26  # 130 bits of the keyed hash

IDENTITY_KEY_FAULTS = FaultTable(
    "identity",
    {
        "other_key": (
            N_("this database knows another identity key ({known}) than the one given ({value})"),
            N_(
                "use the key with which the first roll was imported: the file identity.key or YIHUI_IDENTITY_KEY"
            ),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class MemberIdentity:
    """What is stored of an ID number: a keyed pseudonym and the date of birth."""

    member_id: str
    birthday: date


class InvalidIdNumber(FaultError):
    """An invalid ID number; the text never quotes it."""


def identify_member(id_number: str, key: bytes) -> MemberIdentity:
    """Validate an ID number and convert it to a MemberIdentity.

    The area code is not checked: numbers keep the code of their county of birth, which may have been
    abolished long ago.

    *Raises*: InvalidIdNumber.
    *Source*: GB 11643-1999 (form, check digit by ISO 7064 MOD 11-2).
    """
    from stdnum.cn import ric
    from stdnum.exceptions import InvalidComponent

    number = normalize_id_number(id_number)
    if len(number) != _LENGTH or not number[:-1].isascii() or not number[:-1].isdigit():
        raise InvalidIdNumber(ID_NUMBER_FAULTS.build("form"))
    if number[-1] != ric.calc_check_digit(number):
        raise InvalidIdNumber(ID_NUMBER_FAULTS.build("check_digit"))
    try:
        birthday = ric.get_birth_date(number)
    except InvalidComponent as error:
        raise InvalidIdNumber(ID_NUMBER_FAULTS.build("birthday")) from error
    if birthday < EARLIEST_DATE:
        raise InvalidIdNumber(ID_NUMBER_FAULTS.build("birthday"))
    return MemberIdentity(member_pseudonym(number, key), birthday)


def normalize_id_number(id_number: str) -> str:
    """Return an ID number without blanks and hyphens, in ASCII digits and with an upper-case X."""
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", id_number)).upper()


def member_pseudonym(secret_text: str, key: bytes) -> str:
    """Return a keyed hash (HMAC-SHA-256, RFC 2104), which can't be reversed by trying all ID numbers."""
    digest = hmac.new(key, secret_text.encode(), hashlib.sha256).digest()
    return "m-" + base64.b32encode(digest).decode().lower()[:_PSEUDONYM_CHARACTERS]


def mask_id_number(id_number: str) -> str:
    """Return an ID number as messages may show it: its area code and stars; only stars if it is malformed."""
    shown = id_number[:6] if len(id_number) == _LENGTH and id_number[:6].isdigit() else ""
    return shown + "*" * (len(id_number) - len(shown))


def claim_identity_key(connection: Connection, key: bytes) -> None:
    """Store the fingerprint of the first key that is used; refuse every other key.

    *Raises*: FaultError if the database knows another key.
    """
    fingerprint = _fingerprint(key)
    connection.execute(
        insert_into(connection, identity_keys)
        .values(number=1, fingerprint=fingerprint)
        .on_conflict_do_nothing()
    )
    check_identity_key(connection, key)


def check_identity_key(connection: Connection, key: bytes) -> None:
    """Check a key without storing it. *Raises*: FaultError if the database knows another key."""
    known, given = identity_key_fingerprint(connection), _fingerprint(key)
    if known not in (None, given):
        raise FaultError(
            IDENTITY_KEY_FAULTS.build(
                "other_key", field="identity.key", value=given[:8], known=str(known)[:8]
            )
        )


def identity_key_fingerprint(connection: Connection) -> str | None:
    """Return the fingerprint of the first key that was used; None if there is none."""
    known: str | None = connection.execute(select(identity_keys.c.fingerprint)).scalar()
    return known


def _fingerprint(key: bytes) -> str:
    return hmac.new(key, b"fingerprint of the identity key", hashlib.sha256).hexdigest()
