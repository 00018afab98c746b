"""Read and write senders and their keys."""

import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, insert, or_, select, update

from store import build_record, lock_exclusive, lock_shared
from yihui.access.senders import (
    NO_DIGEST,
    NewSenderKey,
    Sender,
    SenderKey,
    SenderUse,
    create_key_text,
    hash_key,
    parse_key_id,
)
from yihui.access.tables import sender_keys, senders

USE_RECORDED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class StoredSender:
    """A sender with its keys, the latest last."""

    sender: Sender
    created_by: str
    created_at: datetime
    revoked_at: datetime | None
    keys: tuple[SenderKey, ...]


def insert_sender(connection: Connection, sender: Sender, by: str, now: datetime) -> None:
    row = {
        "name": sender.name,
        "sources": json.dumps(sender.sources, ensure_ascii=False),
        "types": json.dumps(sender.types),
        "uses": json.dumps([use.value for use in sender.uses]),
        "organisation": sender.organisation,
        "created_by": by,
        "created_at": now,
    }
    connection.execute(insert(senders).values(row))


def insert_key(
    connection: Connection, sender: str, by: str, now: datetime, expires_at: datetime
) -> NewSenderKey:
    """Issue a key; existing ones stay as they are."""
    text = create_key_text()
    id = parse_key_id(text)
    assert id is not None, "a key has the form of a key"
    row = {
        "id": id,
        "sender": sender,
        "digest": hash_key(text),
        "issued_by": by,
        "issued_at": now,
        "expires_at": expires_at,
    }
    connection.execute(insert(sender_keys).values(row))
    return NewSenderKey(SenderKey(id, sender, now, expires_at), text)


def end_keys(connection: Connection, keys: Sequence[SenderKey], end: datetime) -> list[SenderKey]:
    """Let keys end at an instant, unless they end before; return those that end now otherwise than before."""
    later = [key for key in keys if key.holds(end)]
    ids = [key.id for key in later]
    connection.execute(update(sender_keys).where(sender_keys.c.id.in_(ids)).values(expires_at=end))
    return [replace(key, expires_at=end) for key in later]


def revoke_keys(connection: Connection, keys: Sequence[SenderKey], by: str, now: datetime) -> None:
    ids, values = [key.id for key in keys], {"revoked_at": now, "revoked_by": by}
    connection.execute(update(sender_keys).where(sender_keys.c.id.in_(ids)).values(values))


def revoke_sender(connection: Connection, name: str, by: str, now: datetime) -> None:
    values = {"revoked_at": now, "revoked_by": by}
    connection.execute(update(senders).where(senders.c.name == name).values(values))


def lock_sender(connection: Connection, name: str) -> None:
    """Wait for what the sender's requests under way write; later ones see what this transaction commits."""
    lock_exclusive(connection, _lock_name(name))


def load_senders(connection: Connection, name: str | None = None) -> list[StoredSender]:
    """Return all senders by name with their keys, or the one of a name."""
    query = select(senders).order_by(senders.c.name)
    keys = select(sender_keys).order_by(sender_keys.c.issued_at, sender_keys.c.id)
    if name is not None:
        query, keys = query.where(senders.c.name == name), keys.where(sender_keys.c.sender == name)
    by_sender: dict[str, list[SenderKey]] = {}
    for row in connection.execute(keys):
        by_sender.setdefault(row.sender, []).append(build_record(SenderKey, row))
    return [
        build_record(StoredSender, row, sender=_sender(row), keys=tuple(by_sender.get(row.name, ())))
        for row in connection.execute(query)
    ]


def find_key_owner(connection: Connection, key_id: str) -> str | None:
    """Return the name of the sender that a key belongs to."""
    return connection.execute(select(sender_keys.c.sender).where(sender_keys.c.id == key_id)).scalar()


def find_sender(connection: Connection, key: str, now: datetime) -> Sender | None:
    """Return the sender of a valid key.

    In a transaction that writes, nobody revokes it before the end of the transaction. Takes the same time for
    wrong and right keys: digests are compared in constant time, and for an unknown key a dummy is compared.
    """
    name = _claimed_name(connection, key)
    if name is None:
        return None
    lock_shared(connection, _lock_name(name))
    c = sender_keys.c
    valid = select(c.sender).where(c.id == parse_key_id(key), c.revoked_at.is_(None), c.expires_at > now)
    query = select(senders).where(
        senders.c.name == name, senders.c.revoked_at.is_(None), senders.c.name.in_(valid)
    )
    row = connection.execute(query).one_or_none()  # as of after a revocation that was under way
    return _sender(row) if row is not None else None


def _claimed_name(connection: Connection, key: str) -> str | None:
    query = select(sender_keys.c.sender, sender_keys.c.digest)
    row = connection.execute(query.where(sender_keys.c.id == (parse_key_id(key) or ""))).one_or_none()
    fits = hmac.compare_digest(NO_DIGEST if row is None else row.digest, hash_key(key))
    return str(row.sender) if row is not None and fits else None


def record_use(connection: Connection, key_id: str, now: datetime) -> None:
    """Record that a key was used, at most once a minute."""
    c = sender_keys.c
    is_old = or_(c.last_used_at.is_(None), c.last_used_at <= now - USE_RECORDED_EVERY)
    connection.execute(update(sender_keys).where(c.id == key_id, is_old).values(last_used_at=now))


def _lock_name(name: str) -> str:
    return f"sender {name}"


def _sender(row: Row[tuple[object, ...]]) -> Sender:
    return Sender(
        row.name,
        tuple(json.loads(row.sources)),
        tuple(json.loads(row.types)),
        tuple(SenderUse(use) for use in json.loads(row.uses)),
        row.organisation,
    )
