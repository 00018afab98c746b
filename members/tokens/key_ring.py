"""The stored public keys: register, rotate and retire; the secret one stays in a file or a setting."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from core.faults import FaultError
from members.tables import SIGNING_KEY_BATCHES, signing_keys
from members.tokens.faults import KEY_RING_FAULTS
from members.tokens.keys import PublicKeys, SigningKey
from store import append_batch, lock_exclusive, update_row_if_matched


@dataclass(frozen=True, slots=True)
class StoredKey:
    """One public key with its life; ``made_by`` is None for the first one, made when it was needed."""

    id: str
    public: bytes
    made_at: datetime
    made_by: str | None = None
    retired_at: datetime | None = None
    retired_by: str | None = None


def list_signing_keys(connection: Connection) -> list[StoredKey]:
    """Return all keys, the latest last."""
    rows = connection.execute(select(signing_keys).order_by(signing_keys.c.made_at, signing_keys.c.id))
    return [
        StoredKey(row.id, bytes.fromhex(row.public), row.made_at, row.made_by, row.retired_at, row.retired_by)
        for row in rows
    ]


def read_public_keys(connection: Connection) -> PublicKeys:
    """Return the keys that verify, and the ids of those that were retired."""
    return published_keys(list_signing_keys(connection))


def published_keys(stored: Sequence[StoredKey]) -> PublicKeys:
    """Return the stored keys in the form in which they are published."""
    return PublicKeys(
        {key.id: key.public for key in stored if key.retired_at is None},
        frozenset(key.id for key in stored if key.retired_at is not None),
    )


def claim_signing_key(connection: Connection, key: SigningKey, now: datetime) -> None:
    """Register the very first key; refuse one that the database doesn't know afterwards.

    *Raises*: FaultError for an unknown or a retired key.
    """
    known = {stored.id: stored for stored in list_signing_keys(connection)}
    if not known:
        register_signing_key(connection, key, now, None)
        return
    check_signing_key(connection, key)


def check_signing_key(connection: Connection, key: SigningKey) -> None:
    """Check that the database knows the key that signs. *Raises*: FaultError."""
    found = {stored.id: stored for stored in list_signing_keys(connection)}.get(key.id)
    if found is None or found.public != key.public:
        raise FaultError(KEY_RING_FAULTS.build("other_key", key=key.id))
    if found.retired_at is not None:
        raise FaultError(KEY_RING_FAULTS.build("retired_key", key=key.id))


def register_signing_key(connection: Connection, key: SigningKey, now: datetime, by: str | None) -> bool:
    """Store the public part of a key; return False if it is known already."""
    lock_exclusive(connection, "signing keys")
    if key.id in {stored.id for stored in list_signing_keys(connection)}:
        return False
    row = {"id": key.id, "public": key.public.hex(), "made_at": now, "made_by": by}
    append_batch(connection, SIGNING_KEY_BATCHES, [row], now)
    return True


def retire_signing_key(connection: Connection, key_id: str, signs_now: str, now: datetime, by: str) -> bool:
    """Refuse from now on all that a key signed; return False if it was retired before.

    *Raises*: FaultError for an unknown key, or the one that signs now.
    """
    if key_id not in {stored.id for stored in list_signing_keys(connection)}:
        raise FaultError(KEY_RING_FAULTS.build("no_key", field="KEY", value=key_id[:80]))
    if key_id == signs_now:
        raise FaultError(KEY_RING_FAULTS.build("signs_now", field="KEY", value=key_id))
    c = signing_keys.c
    done = update(signing_keys).where(c.id == key_id, c.retired_at.is_(None))
    return update_row_if_matched(connection, done.values(retired_at=now, retired_by=by))
