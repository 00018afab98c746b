"""Rotate the vault's key in steps, each a transaction: a new key, batches of rows, the old keys' end.

After a crash between any two steps the same calls go on where they stopped. Both keys read meanwhile.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Row, Table, func, insert, select, update

from members.vault.keys import VaultKey, VaultRefused
from members.vault.records import KEYS_LOCK, PersonVault, encrypt_person, read_current_key_id
from members.vault.tables import vault_keys, vault_persons
from store import lock_exclusive

BATCH = 500


@dataclass(frozen=True, slots=True)
class RotationStep:
    """One batch: the last member that was read, and the members whose rows could not be read."""

    last: str
    rows: int
    unreadable: Sequence[str] = ()


def start_rotation(connection: Connection, key: VaultKey, now: datetime) -> None:
    """Make a key the current one. It waits for writers that use the old key; later ones use the new key."""
    lock_exclusive(connection, KEYS_LOCK)
    if read_current_key_id(connection) != key.id:
        connection.execute(insert(vault_keys).values(key_id=key.id, started_at=now))


def has_used_key(connection: Connection, key_id: str) -> bool:
    """Return whether a key is or was the current one."""
    query = select(vault_keys.c.number).where(vault_keys.c.key_id == key_id)
    return connection.execute(query).first() is not None


def is_rotating(connection: Connection) -> bool:
    """Return whether a rotation was started and not finished: an old key is not retired."""
    current = read_current_key_id(connection)
    query = select(vault_keys.c.number).where(
        vault_keys.c.key_id != current, vault_keys.c.retired_at.is_(None)
    )
    return current is not None and connection.execute(query).first() is not None


def count_old_rows(connection: Connection) -> int:
    """Return the number of rows that are not under the current key."""
    current = read_current_key_id(connection)
    query = select(func.count()).select_from(vault_persons).where(vault_persons.c.key_id != current)
    return connection.execute(query).scalar_one() if current else 0


def rotate_rows(
    connection: Connection, vault: PersonVault, after: str, now: datetime, limit: int = BATCH
) -> RotationStep | None:
    """Encrypt the next rows of old keys with the current key; None if no row follows ``after``.

    A row that can't be read stays as it is and is named. *Raises*: VaultRefused without the current key.
    """
    key = vault.lock_current_key(connection, now)
    query = (
        select(vault_persons)
        .where(vault_persons.c.key_id != key.id, vault_persons.c.member_id > after)
        .order_by(vault_persons.c.member_id)
        .limit(limit)
        .with_for_update()
    )
    rows = connection.execute(query).all()
    unreadable = []
    for row in rows:
        try:
            person = vault.decrypt_row(row)
        except VaultRefused:
            unreadable.append(row.member_id)
            continue
        values = encrypt_person(key, row.member_id, person, row.recorded_at)
        connection.execute(
            update(vault_persons).where(vault_persons.c.member_id == row.member_id).values(values)
        )
    return RotationStep(rows[-1].member_id, len(rows), tuple(unreadable)) if rows else None


def finish_rotation(connection: Connection, now: datetime) -> bool:
    """Retire the old keys if no row is left under them; return whether none is left."""
    lock_exclusive(connection, KEYS_LOCK)
    if count_old_rows(connection):
        return False
    current = read_current_key_id(connection)
    old = update(vault_keys).where(vault_keys.c.key_id != current, vault_keys.c.retired_at.is_(None))
    connection.execute(old.values(retired_at=now))
    return True


def read_key_ids(connection: Connection, table: Table) -> set[str]:
    """Return the ids of the keys under which rows beside the vault are encrypted."""
    c = table.c.key_id
    return set(connection.execute(select(c).where(c.is_not(None)).distinct()).scalars())


def lock_old_rows(
    connection: Connection,
    table: Table,
    keys: Iterable[VaultKey],
    key: VaultKey,
    order: Sequence[Column[Any]],
) -> Sequence[Row[Any]]:
    """Lock and return some rows beside the vault that other keys at hand than ``key`` encrypt; none is left if empty."""
    known = [one.id for one in keys if one.id != key.id]
    query = select(table).where(table.c.key_id.in_(known)).order_by(*order).limit(BATCH).with_for_update()
    return connection.execute(query).all() if known else ()
