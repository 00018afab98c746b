"""One database, one key: with another key the same person would be a second member."""

import hashlib
import hmac

from sqlalchemy import Connection, select

from geo.faults import Fault, InputFaults
from members.tables import identity_keys
from store import insert_into

N_ = str  # marks a text for the message catalogue


def claim_key(connection: Connection, key: bytes) -> None:
    """Note the first key that is used, by its fingerprint; refuse every other one.

    *Raises*: InputFaults where the database knows another key.
    """
    fingerprint = hmac.new(key, b"fingerprint of the identity key", hashlib.sha256).hexdigest()
    connection.execute(
        insert_into(connection, identity_keys)
        .values(number=1, fingerprint=fingerprint)
        .on_conflict_do_nothing()
    )
    known = connection.execute(select(identity_keys.c.fingerprint)).scalar_one()
    if known != fingerprint:
        raise InputFaults([_another_key(known, fingerprint)])


def _another_key(known: str, given: str) -> Fault:
    return Fault(
        N_("this database knows another identity key ({known}) than the one given ({value})"),
        N_("use the key with which the first roll was imported: the file identity.key or YIHUI_IDENTITY_KEY"),
        field="identity.key",
        value=given[:8],
        params={"known": known[:8]},
    )
