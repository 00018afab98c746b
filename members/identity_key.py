"""Each database has one identity key: with another key a person would become a second member."""

import hashlib
import hmac

from sqlalchemy import Connection, select

from core.faults import Fault, FaultError
from core.text_marks import N_
from members.tables import identity_keys
from store import insert_into


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
        raise FaultError([_another_key(str(known), given)])


def identity_key_fingerprint(connection: Connection) -> str | None:
    """Return the fingerprint of the first key that was used; None if there is none."""
    known: str | None = connection.execute(select(identity_keys.c.fingerprint)).scalar()
    return known


def _fingerprint(key: bytes) -> str:
    return hmac.new(key, b"fingerprint of the identity key", hashlib.sha256).hexdigest()


def _another_key(known: str, given: str) -> Fault:
    return Fault(
        N_("this database knows another identity key ({known}) than the one given ({value})"),
        N_("use the key with which the first roll was imported: the file identity.key or YIHUI_IDENTITY_KEY"),
        field="identity.key",
        value=given[:8],
        params={"known": known[:8]},
    )
