"""Accounts of a batch, encrypted with the vault's keys until the bank has answered; then a digest and four digits stay.

The digest is made with a key that doesn't rotate, of the member and her account: it tells whether the account of her
next payment is another one, and not whose else it is.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from pydantic_core import from_json, to_json
from sqlalchemy import ColumnElement, Connection, and_, func, insert, or_, select, update

from benefits.model.chunks import chunks
from benefits.payout.batches import PaymentOrder
from benefits.tables.decisions import grants
from benefits.tables.payout import payout_batches, payout_orders, payout_payees
from members.vault import VaultKeys
from members.vault.keys import VaultKey
from members.vault.rotation import lock_old_rows

_GONE: Mapping[str, object] = {"key_id": None, "payee": None, "bank": ""}
_UNSAID: Mapping[str, object] = {"bank": "", "digest": "", "last_digits": "", "note": ""}


@dataclass(frozen=True, slots=True)
class StoredAccount:
    """What everybody may see of an order's account, and what the second officer asked about it."""

    reference: str
    bank: str
    last_digits: str
    digest: str
    note: str = ""
    noted_by: str | None = None
    noted_at: datetime | None = None

    def shows(self, digest_key: bytes, member: str, payee: tuple[str, str, str]) -> bool:
        """Return whether what may be seen is of this account, name and bank."""
        shown = {"bank": self.bank, "digest": self.digest, "last_digits": self.last_digits}
        return shown == _describe(digest_key, member, payee)


@dataclass(frozen=True, slots=True)
class EarlierAccount:
    """The account of a member's last payment before a batch, and whether the bank refused that payment."""

    digest: str
    has_failed: bool


def store_accounts(
    connection: Connection,
    key: VaultKey,
    digest_key: bytes,
    orders: Sequence[PaymentOrder],
    payees: Mapping[str, tuple[str, str, str]],
) -> None:
    """Store the account, name and bank of each order, by the members' pseudonyms."""
    rows = [
        {
            "reference": one.reference,
            "key_id": key.id,
            "payee": _encrypt(key, one.reference, payees[one.member_id]),
            **_describe(digest_key, one.member_id, payees[one.member_id]),
            "note": "",
        }
        for one in orders
    ]
    connection.execute(insert(payout_payees), rows)


def _encrypt(key: VaultKey, reference: str, payee: tuple[str, str, str]) -> str:
    return key.encrypt(f"payment {reference}", "payee", to_json(payee).decode())


def _describe(digest_key: bytes, member: str, payee: tuple[str, str, str]) -> dict[str, str]:
    account, _, bank = payee
    digest = hmac.new(digest_key, f"{member}\0{account}".encode(), sha256).hexdigest()
    return {"bank": bank, "digest": digest, "last_digits": account[-4:]}


def read_payees(connection: Connection, keys: VaultKeys, batch_id: str) -> dict[str, tuple[str, str, str]]:
    """Return account, name and bank of each order whose account is still there. *Raises*: VaultRefused."""
    query = select(payout_payees).where(_of_batch(batch_id), payout_payees.c.payee.is_not(None))
    found = {}
    for row in connection.execute(query):
        text = keys.require(row.key_id).decrypt(f"payment {row.reference}", "payee", row.payee)
        account, name, bank = from_json(text)
        found[row.reference] = (account, name, bank)
    return found


def load_accounts(connection: Connection, references: Sequence[str]) -> dict[str, StoredAccount]:
    """Return what may be seen of the accounts of some orders."""
    found = {}
    for some in chunks(sorted(references)):
        for row in connection.execute(select(payout_payees).where(payout_payees.c.reference.in_(some))):
            found[row.reference] = StoredAccount(
                row.reference, row.bank, row.last_digits, row.digest, row.note, row.noted_by, row.noted_at
            )
    return found


def find_earlier_accounts(
    connection: Connection, before: int, members: Sequence[str]
) -> dict[str, EarlierAccount]:
    """Return the account to which each member was last paid in a released batch before the one of a number."""
    found: dict[str, EarlierAccount] = {}
    for some in chunks(sorted(set(members))):
        query = (
            select(grants.c.member_id, payout_payees.c.digest, payout_orders.c.state)
            .join(payout_orders, payout_orders.c.reference == payout_payees.c.reference)
            .join(payout_batches, payout_batches.c.id == payout_orders.c.batch_id)
            .join(grants, grants.c.id == payout_orders.c.grant_id)
            .where(grants.c.member_id.in_(some), payout_batches.c.number < before)
            .where(payout_batches.c.state == "released")
            .order_by(payout_batches.c.number, payout_orders.c.line)
        )
        for member, digest, state in connection.execute(query):
            found[member] = EarlierAccount(digest, state == "failed")
    return found


def note_rows(connection: Connection, references: Sequence[str], note: str, by: str, now: datetime) -> None:
    """Write what the second officer asks at some rows of a batch."""
    for some in chunks(sorted(references)):
        here = update(payout_payees).where(payout_payees.c.reference.in_(some))
        connection.execute(here.values(note=note, noted_by=by, noted_at=now))


def forget_accounts(connection: Connection, batch_id: str) -> int:
    """Forget the accounts of a batch once the bank has answered all of it, or none is paid; return how many."""
    own = payout_orders.c.batch_id == batch_id
    if connection.execute(
        select(payout_orders.c.reference).where(own, payout_orders.c.state == "open")
    ).first():
        return 0
    return _forget(connection, _of_batch(batch_id))


def has_old_accounts(connection: Connection, before: date) -> bool:
    """Return whether accounts of batches that were released, or prepared alone, before a day are still there."""
    kept = select(payout_payees.c.reference).where(_older_than(before), payout_payees.c.payee.is_not(None))
    return connection.execute(kept.limit(1)).first() is not None


def forget_old_accounts(connection: Connection, before: date) -> int:
    """Forget the accounts of batches that were released, or prepared alone, before a day; return how many."""
    return _forget(connection, _older_than(before))


def _older_than(day: date) -> ColumnElement[bool]:
    batch = payout_batches.c
    since = func.coalesce(batch.decided_on, batch.prepared_on)
    old = (
        select(payout_orders.c.reference)
        .join(payout_batches, batch.id == payout_orders.c.batch_id)
        .where(since < day)
    )
    return payout_payees.c.reference.in_(old)


def _forget(connection: Connection, which: ColumnElement[bool]) -> int:
    _overwrite(connection)
    kept = update(payout_payees).where(which, payout_payees.c.payee.is_not(None))
    return connection.execute(kept.values(_GONE)).rowcount


def erase_accounts(connection: Connection, member_id: str) -> int:
    """Empty the rows that hold a member's accounts; return how many of them held one.

    The encrypted account of an open payment in a released batch stays until the bank has answered: nobody in
    the batch is paid without it. The caller holds ``PAYOUT_LOCK``, so that no batch is released meanwhile.
    """
    order = payout_orders.c
    own = (
        select(order.reference)
        .join(grants, grants.c.id == order.grant_id)
        .join(payout_batches, payout_batches.c.id == order.batch_id)
        .where(grants.c.member_id == member_id)
    )
    c = payout_payees.c
    needed = c.reference.in_(own.where(order.state == "open", payout_batches.c.state == "released"))
    said = and_(c.reference.in_(own), or_(c.digest != "", c.note != "", c.payee.is_not(None) & ~needed))
    references = connection.execute(select(c.reference).where(said)).scalars().all()
    _forget(connection, and_(c.reference.in_(own), ~needed))
    connection.execute(update(payout_payees).where(c.reference.in_(own)).values(_UNSAID))
    return len(references)


def rotate_accounts(connection: Connection, keys: VaultKeys, key: VaultKey) -> int:
    """Encrypt some accounts of other keys at hand with ``key``; return how many; 0 when none is left.

    *Raises*: VaultRefused if a row was changed.
    """
    c = payout_payees.c
    rows = lock_old_rows(connection, payout_payees, keys, key, [c.reference])
    for row in rows:
        text = keys.require(row.key_id).decrypt(f"payment {row.reference}", "payee", row.payee)
        account, name, bank = from_json(text)
        payee = _encrypt(key, row.reference, (account, name, bank))
        connection.execute(
            update(payout_payees).where(c.reference == row.reference).values(key_id=key.id, payee=payee)
        )
    return len(rows)


def _of_batch(batch_id: str) -> ColumnElement[bool]:
    own = select(payout_orders.c.reference).where(payout_orders.c.batch_id == batch_id)
    return payout_payees.c.reference.in_(own)


def _overwrite(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":  # overwrite with zeros what is deleted
        connection.exec_driver_sql("PRAGMA secure_delete = ON")
