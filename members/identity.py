"""Convert ID numbers to pseudonyms; the number itself is never stored, and the database knows its key."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from members.persons import parse_id_number
from members.tables import identity_keys
from store import insert_into

_PSEUDONYM_CHARACTERS = 26  # 130 bits of the keyed hash

IDENTITY_KEY_FAULTS = FaultTable(
    "identity",
    {
        "other_key": (
            N_("this database knows another identity key ({known}) than the one given ({value})"),
            N_(
                "use the key with which the first roll was imported: the file identity.key or YIHUI_IDENTITY_KEY"
            ),
        )
    },
)


@dataclass(frozen=True, slots=True)
class MemberIdentity:
    """What is stored of an ID number: a keyed pseudonym and the date of birth."""

    member_id: str
    birthday: date


def identify_member(id_number: str, key: bytes, today: date | None = None) -> MemberIdentity:
    """Convert an ID number to a MemberIdentity.

    *Raises*: InvalidIdNumber with all faults of the number (see ``parse_id_number``).
    """
    valid = parse_id_number(id_number, today)
    return MemberIdentity(member_pseudonym(valid.number, key), valid.birthday)


def member_pseudonym(secret_text: str, key: bytes) -> str:
    """Return a keyed hash (HMAC-SHA-256, RFC 2104), which can't be reversed by trying all ID numbers."""
    digest = hmac.new(key, secret_text.encode(), hashlib.sha256).digest()
    return "m-" + base64.b32encode(digest).decode().lower()[:_PSEUDONYM_CHARACTERS]


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
