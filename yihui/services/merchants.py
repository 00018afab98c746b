"""Merchants and the keys with which they redeem vouchers."""

from collections.abc import Sequence
from dataclasses import dataclass

from benefits import (
    Merchant,
    MerchantKey,
    NewMerchantKey,
    add_merchant,
    issue_merchant_key,
    load_merchant_keys,
    load_merchants,
    revoke_merchant_keys,
)
from yihui.bootstrap import Wiring

_LONGEST_NAME = 40  # characters; anything longer is a whole key


@dataclass(frozen=True, slots=True)
class MerchantAccount:
    """A merchant and all of its keys."""

    merchant: Merchant
    keys: list[MerchantKey]


def add_merchant_with_key(wiring: Wiring, merchant: Merchant) -> NewMerchantKey:
    """Add a merchant with a first key. *Raises*: FaultError."""
    with wiring.database.write() as connection:
        add_merchant(connection, merchant, wiring.now())
        return issue_merchant_key(connection, merchant.id, wiring.now())


def issue_further_key(wiring: Wiring, merchant: str) -> NewMerchantKey:
    """Issue a further key to a merchant. *Raises*: FaultError."""
    with wiring.database.write() as connection:
        return issue_merchant_key(connection, merchant, wiring.now())


def revoke_keys_by_name(wiring: Wiring, name: str) -> Sequence[MerchantKey]:
    """Revoke one key, or all keys of a merchant. ``name`` is a merchant's id, a key's id or a whole key."""
    id_ = name.partition("-")[0] if len(name) > _LONGEST_NAME else name
    with wiring.database.write() as connection:
        return revoke_merchant_keys(connection, id_, wiring.now())


def list_merchant_accounts(wiring: Wiring) -> list[MerchantAccount]:
    """List all merchants with their keys."""
    with wiring.database.read() as connection:
        merchants, keys = load_merchants(connection), load_merchant_keys(connection)
    return [MerchantAccount(m, [key for key in keys if key.merchant_id == m.id]) for m in merchants]
