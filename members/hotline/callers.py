"""Store, read and delete who called and what was said, encrypted with the vault's keys.

The data lies beside the cases and not in their histories, so that it can be deleted while those stay.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select, update

from members.hotline.tables import hotline_callers, hotline_cases, hotline_deletions, is_case_about
from members.persons import mask_name, mask_phone
from members.vault import VaultKeys
from members.vault.keys import VaultKey
from members.vault.rotation import lock_old_rows

_FIELDS = ("name", "phone", "transcript")
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Caller:
    """A caller's data; None for each field that is unknown."""

    name: str | None = None
    phone: str | None = None
    transcript: str | None = None

    def __bool__(self) -> bool:
        return any(getattr(self, name) for name in _FIELDS)


@dataclass(frozen=True, slots=True)
class MaskedCaller:
    """A caller's data as lists may show them: masked, and of the words the length alone."""

    name: str | None
    phone: str | None
    transcript_characters: int | None


@dataclass(frozen=True, slots=True)
class CallerDeletion:
    """The proof of a deletion: how many, and the SHA-256 of what was deleted, as it was stored."""

    at: datetime
    by: str
    closed_before: datetime | None
    cases: int
    digest: str


def mask_caller(caller: Caller) -> MaskedCaller:
    """Return a caller as lists may show them."""
    return MaskedCaller(
        mask_name(caller.name) if caller.name else None,
        mask_phone(caller.phone) if caller.phone else None,
        len(caller.transcript) if caller.transcript else None,
    )


def store_caller(connection: Connection, key: VaultKey, number: int, caller: Caller, now: datetime) -> None:
    """Encrypt a caller's data; it can't be read as another case's or another column."""
    connection.execute(
        insert(hotline_callers).values(case_number=number, **_encrypted(key, number, caller, now))
    )


def replace_caller(connection: Connection, key: VaultKey, number: int, caller: Caller, now: datetime) -> None:
    """Store a caller's data in place of what is stored of a case, or for the first time."""
    connection.execute(delete(hotline_callers).where(hotline_callers.c.case_number == number))
    store_caller(connection, key, number, caller, now)


def _encrypted(key: VaultKey, number: int, caller: Caller, now: datetime) -> dict[str, object]:
    values: dict[str, object] = {"key_id": key.id, "recorded_at": now}
    for name in _FIELDS:
        value = getattr(caller, name)
        values[name] = key.encrypt(_place(number), name, value) if value else None
    return values


def _place(number: int) -> str:
    return f"hotline {number}"


def read_caller(connection: Connection, keys: VaultKeys, number: int) -> Caller | None:
    """Return a caller in clear; None if nothing is stored. *Raises*: VaultRefused."""
    return read_callers(connection, keys, [number]).get(number)


def read_callers(connection: Connection, keys: VaultKeys, numbers: Sequence[int]) -> dict[int, Caller]:
    """Return the callers of some cases, in clear. *Raises*: VaultRefused."""
    found: dict[int, Caller] = {}
    for start in range(0, len(numbers), _BATCH):
        some = numbers[start : start + _BATCH]
        query = select(hotline_callers).where(hotline_callers.c.case_number.in_(some))
        found.update({row.case_number: _decrypted(keys, row) for row in connection.execute(query)})
    return found


def _decrypted(keys: VaultKeys, row: Row[Any]) -> Caller:
    key, place = keys.require(row.key_id), _place(row.case_number)
    values = {name: getattr(row, name) for name in _FIELDS}
    return Caller(
        **{name: key.decrypt(place, name, value) for name, value in values.items() if value is not None}
    )


def has_old_callers(connection: Connection, closed_before: datetime) -> bool:
    """Return whether anything is stored of a case that was closed before an instant."""
    query = select(hotline_callers.c.case_number).join(
        hotline_cases, hotline_cases.c.number == hotline_callers.c.case_number
    )
    return (
        connection.execute(query.where(hotline_cases.c.closed_at < closed_before).limit(1)).first()
        is not None
    )


def delete_old_callers(
    connection: Connection, closed_before: datetime, by: str, now: datetime
) -> CallerDeletion | None:
    """Delete the data of all cases that were closed before an instant, and record the proof; None if there is none."""
    over = select(hotline_cases.c.number).where(hotline_cases.c.closed_at < closed_before)
    return _delete(connection, hotline_callers.c.case_number.in_(over), by, now, closed_before)


def erase_callers(connection: Connection, member_id: str, by: str, now: datetime) -> int:
    """Delete the data of all cases about a member; return how many there were."""
    own = select(hotline_cases.c.number).where(is_case_about(member_id))
    done = _delete(connection, hotline_callers.c.case_number.in_(own), by, now)
    return done.cases if done else 0


def _delete(
    connection: Connection,
    which: ColumnElement[bool],
    by: str,
    now: datetime,
    closed_before: datetime | None = None,
) -> CallerDeletion | None:
    query = select(hotline_callers).where(which).order_by(hotline_callers.c.case_number).with_for_update()
    rows = connection.execute(query).all()
    if not rows:
        return None
    digest = digest_rows((row.case_number, row.name, row.phone, row.transcript) for row in rows)
    if connection.dialect.name == "sqlite":  # overwrite with zeros what is deleted
        connection.exec_driver_sql("PRAGMA secure_delete = ON")
    numbers = [row.case_number for row in rows]
    for start in range(0, len(numbers), _BATCH):
        some = numbers[start : start + _BATCH]
        connection.execute(delete(hotline_callers).where(hotline_callers.c.case_number.in_(some)))
    done = CallerDeletion(now, by, closed_before, len(rows), digest)
    connection.execute(
        insert(hotline_deletions).values(
            at=now, by=by, closed_before=closed_before, cases=done.cases, digest=digest
        )
    )
    return done


def digest_rows(rows: Iterable[tuple[object, ...]]) -> str:
    """Return the SHA-256 of rows, in order: a backup from before proves by it which rows they were."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(("\x1f".join("" if cell is None else str(cell) for cell in row) + "\x1e").encode())
    return digest.hexdigest()


def list_deletions(connection: Connection) -> list[CallerDeletion]:
    """List the deletions, the newest first."""
    c = hotline_deletions.c
    query = select(c.at, c.by, c.closed_before, c.cases, c.digest).order_by(c.sequence.desc())
    return [CallerDeletion(*row) for row in connection.execute(query)]


def rotate_callers(connection: Connection, keys: VaultKeys, key: VaultKey) -> int:
    """Encrypt some rows of other keys at hand with ``key``; return how many; 0 when none is left.

    *Raises*: VaultRefused if a row was changed.
    """
    c = hotline_callers.c
    rows = lock_old_rows(connection, hotline_callers, keys, key, [c.case_number])
    for row in rows:
        values = _encrypted(key, row.case_number, _decrypted(keys, row), row.recorded_at)
        connection.execute(update(hotline_callers).where(c.case_number == row.case_number).values(**values))
    return len(rows)
