"""One database, one key: with another key the same person would be a second member."""

import hashlib
import hmac

from sqlalchemy import Connection, select

from core.faults import Fault, InputFaults
from members.tables import identity_keys
from store import insert_into

N_ = str  # marks a text for the message catalogue


def claim_key(connection: Connection, key: bytes) -> None:
    """Note the first key that is used, by its fingerprint; refuse every other one.

    *Raises*: InputFaults where the database knows another key.
    """
    fingerprint = _fingerprint(key)
    connection.execute(
        insert_into(connection, identity_keys)
        .values(number=1, fingerprint=fingerprint)
        .on_conflict_do_nothing()
    )
    check_key(connection, key)


def check_key(connection: Connection, key: bytes) -> None:
    """Change nothing. *Raises*: InputFaults where the database knows another key."""
    known, given = known_key(connection), _fingerprint(key)
    if known not in (None, given):
        raise InputFaults([_another_key(str(known), given)])


def known_key(connection: Connection) -> str | None:
    """The fingerprint of the key that was used first; None where none was."""
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
