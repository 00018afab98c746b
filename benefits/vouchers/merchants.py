"""Merchants, what they may redeem where, and their keys. A key is shown once; only its digest is stored."""

import json
import re
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, select, update

from benefits.tables.vouchers import merchant_key_terms, merchant_keys, merchants
from benefits.vouchers.faults import VOUCHER_FAULTS, VoucherRefused
from core.text_marks import N_
from store import enqueue_for_sealing, lock_exclusive, lock_shared
from store.key_texts import RandomBytes, find_key_row, generate_key

_MERCHANT = re.compile(r"[a-z0-9](-?[a-z0-9]){1,39}")
_WHAT = {
    "stations": N_("it is not one of the stations of the rule"),
    "kinds": N_("it is of another kind"),
    "access": N_("other people may enter there"),
    "districts": N_("it lies in another district"),
    "facilities": N_("it hasn't got what the rule asks for"),
}


@dataclass(frozen=True, slots=True)
class Merchant:
    """A merchant that may redeem. Empty ``rules`` or ``stations``: no limit beyond the rule's own."""

    id: str
    name: str
    rules: tuple[str, ...] = ()
    stations: tuple[str, ...] = ()

    def check_permission(self, rule_id: str, station: str | None) -> None:
        """Check that this merchant may redeem this rule at this station. *Raises*: VoucherRefused."""
        if self.rules and rule_id not in self.rules:
            raise VoucherRefused(VOUCHER_FAULTS.build("not_your_rule", merchant=self.name, rule=rule_id))
        if self.stations and station is None:
            raise VoucherRefused(VOUCHER_FAULTS.build("station_missing", merchant=self.name))
        if self.stations and station not in self.stations:
            raise VoucherRefused(
                VOUCHER_FAULTS.build("not_your_station", merchant=self.name, station=station)
            )


@dataclass(frozen=True, slots=True)
class MerchantKey:
    """A merchant's key as it is stored; ``id`` is its public part.

    From ``expires_at`` on it no longer counts; None: it has no end.
    """

    id: str
    merchant_id: str
    made_at: datetime
    revoked_at: datetime | None = None
    expires_at: datetime | None = None

    def holds(self, at: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)


@dataclass(frozen=True, slots=True)
class NewMerchantKey:
    """A newly issued key. ``text`` is the secret, which can't be shown again."""

    key: MerchantKey
    text: str


def add_merchant(connection: Connection, merchant: Merchant, at: datetime) -> Merchant:
    """Add a merchant. *Raises*: VoucherRefused if the id is malformed or taken."""
    if len(merchant.id) > 40 or not _MERCHANT.fullmatch(merchant.id):
        raise VoucherRefused(VOUCHER_FAULTS.build("merchant_name", merchant=merchant.id[:80]))
    if find_merchant(connection, merchant.id):
        raise VoucherRefused(VOUCHER_FAULTS.build("merchant_there", merchant=merchant.id))
    row = {
        "id": merchant.id,
        "name": merchant.name,
        "rules": json.dumps(sorted(set(merchant.rules))),
        "stations": json.dumps(sorted(set(merchant.stations)), ensure_ascii=False),
        "added_at": at,
    }
    connection.execute(insert(merchants).values(row))
    enqueue_for_sealing(connection, {"merchants": [merchant.id]}, at)
    return merchant


def load_merchants(connection: Connection) -> list[Merchant]:
    """Return all merchants, by id."""
    rows = connection.execute(select(merchants).order_by(merchants.c.id))
    return [_merchant(row) for row in rows]


def find_merchant(connection: Connection, id: str) -> Merchant | None:
    """Return a merchant by id, or None."""
    row = connection.execute(select(merchants).where(merchants.c.id == id)).one_or_none()
    return _merchant(row) if row else None


def load_merchant(connection: Connection, id: str) -> Merchant:
    """Return a merchant by id. *Raises*: VoucherRefused if there is none."""
    found = find_merchant(connection, id) if id.isprintable() else None
    if found is None:
        raise VoucherRefused(VOUCHER_FAULTS.build("no_merchant", merchant=id[:80]))
    return found


def issue_merchant_key(
    connection: Connection,
    merchant_id: str,
    at: datetime,
    *,
    expires_at: datetime | None = None,
    random_bytes: RandomBytes = secrets.token_bytes,
) -> NewMerchantKey:
    """Issue a further key; existing ones stay valid.

    *Raises*: VoucherRefused if there is no such merchant, or if the key's end is past.
    """
    load_merchant(connection, merchant_id)
    if expires_at is not None and expires_at <= at:
        raise VoucherRefused(VOUCHER_FAULTS.build("key_end_past", end=expires_at.isoformat()))
    made = generate_key(random_bytes)
    row = {"id": made.id, "merchant_id": merchant_id, "digest": made.digest, "made_at": at}
    connection.execute(insert(merchant_keys).values(row))
    enqueue_for_sealing(connection, {"merchant_keys": [made.id]}, at)
    if expires_at is not None:
        _set_ends(connection, [made.id], expires_at, at)
    return NewMerchantKey(MerchantKey(made.id, merchant_id, at, expires_at=expires_at), made.text)


def end_other_merchant_keys(
    connection: Connection, merchant_id: str, new: str, end: datetime, at: datetime
) -> None:
    """End a merchant's keys but a new one at an instant, unless they end before."""
    keys = [key for key in load_merchant_keys(connection) if key.merchant_id == merchant_id]
    _set_ends(connection, [key.id for key in keys if key.id != new and key.holds(end)], end, at)


def _set_ends(connection: Connection, ids: Collection[str], end: datetime, at: datetime) -> None:
    """Append an end to each key: earlier ones stay, since a sealed row never changes."""
    c = merchant_key_terms.c
    query = select(c.key_id, func.count()).where(c.key_id.in_(ids)).group_by(c.key_id)
    counts = {row[0]: row[1] for row in connection.execute(query)}
    rows = [
        {"id": f"{id}.{counts.get(id, 0) + 1}", "key_id": id, "expires_at": end, "set_at": at} for id in ids
    ]
    if rows:
        connection.execute(insert(merchant_key_terms), rows)
        enqueue_for_sealing(connection, {"merchant_key_terms": [str(row["id"]) for row in rows]}, at)


def revoke_merchant_keys(connection: Connection, name: str, at: datetime) -> list[MerchantKey]:
    """Revoke one key, or all keys of a merchant; earlier redemptions stay.

    *Raises*: VoucherRefused if there is neither such a key nor such a merchant.
    """
    found = [key for key in load_merchant_keys(connection) if name in (key.id, key.merchant_id)]
    if not found:
        load_merchant(connection, name)
    for merchant_id in sorted({key.merchant_id for key in found}):
        lock_exclusive(connection, _lock_name(merchant_id))  # redemptions under way commit first
    ids = [key.id for key in found if key.revoked_at is None]
    connection.execute(update(merchant_keys).where(merchant_keys.c.id.in_(ids)).values(revoked_at=at))
    enqueue_for_sealing(connection, {"merchant_key_ends": ids}, at)
    return [replace(key, revoked_at=key.revoked_at or at) for key in found]


def load_merchant_keys(connection: Connection) -> list[MerchantKey]:
    """Return all keys, revoked ones too, by merchant and time."""
    c = merchant_keys.c
    rows = connection.execute(_select_keys().order_by(c.merchant_id, c.made_at, c.id))
    return [_key(row) for row in rows]


def _select_keys() -> Select[Any]:
    c = merchant_key_terms.c
    ends = select(c.key_id, func.min(c.expires_at).label("expires_at")).group_by(c.key_id).subquery()
    return select(merchant_keys, ends.c.expires_at).outerjoin(ends, ends.c.key_id == merchant_keys.c.id)


def _lock_name(merchant_id: str) -> str:
    return f"keys of merchant {merchant_id}"


def authenticate_merchant(connection: Connection, text: str, at: datetime) -> Merchant:
    """Return the merchant of a valid key. *Raises*: VoucherRefused (merchant).

    Takes the same time for wrong and right keys. In a transaction that writes, nobody revokes the key before
    its end.
    """
    row = find_key_row(connection, _select_keys(), merchant_keys, text)
    if row is not None:
        lock_shared(connection, _lock_name(row.merchant_id))
        # As of after a revocation that was under way.
        row = connection.execute(_select_keys().where(merchant_keys.c.id == row.id)).one()
    if row is None or not _key(row).holds(at):
        raise VoucherRefused(VOUCHER_FAULTS.build("merchant"))
    return load_merchant(connection, row.merchant_id)


def _key(row: Row[Any]) -> MerchantKey:
    return MerchantKey(row.id, row.merchant_id, row.made_at, row.revoked_at, row.expires_at)


def _merchant(row: Row[Any]) -> Merchant:
    return Merchant(row.id, row.name, tuple(json.loads(row.rules)), tuple(json.loads(row.stations)))


@dataclass(frozen=True, slots=True)
class RedemptionPlace:
    """A station as its register describes it; ``districts`` are its own code and those of the areas above."""

    station: str
    kind: str
    access: str
    facilities: frozenset[str] = frozenset()
    districts: frozenset[str] = frozenset()


def check_redemption(merchant: Merchant, grant: Row[Any], place: RedemptionPlace | None) -> None:
    """Check that a merchant may redeem a grant, whose row is given, at a place. *Raises*: VoucherRefused."""
    merchant.check_permission(grant.rule_id, place.station if place else None)
    check_redemption_place(json.loads(grant.redeem_at) if grant.redeem_at else {}, place)


def check_redemption_place(redeem_at: Mapping[str, Collection[str]], place: RedemptionPlace | None) -> None:
    """Check a place against all filters of a grant. *Raises*: VoucherRefused.

    Of ``facilities`` the place must have all; of every other filter it must match one value.
    """
    asked = {name: frozenset(words) for name, words in redeem_at.items() if words}
    if not asked:
        return
    if place is None:
        raise VoucherRefused(VOUCHER_FAULTS.build("place_unknown"))
    for name, words in asked.items():
        if not _holds(name, words, place):
            raise VoucherRefused(VOUCHER_FAULTS.build("wrong_place", station=place.station, what=_WHAT[name]))


def _holds(name: str, words: frozenset[str], place: RedemptionPlace) -> bool:
    match name:
        case "stations":
            return place.station in words
        case "kinds":
            return place.kind in words
        case "access":
            return place.access in words
        case "districts":
            return bool(words & place.districts)
    return words <= place.facilities
