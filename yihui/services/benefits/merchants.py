"""Merchants and the keys with which they redeem vouchers."""

from dataclasses import dataclass
from datetime import date, timedelta

from benefits import (
    Merchant,
    MerchantKey,
    NewMerchantKey,
    add_merchant,
    end_other_merchant_keys,
    issue_merchant_key,
    load_merchant_keys,
    load_merchants,
    revoke_merchant_keys,
)
from core.civil_time import end_of_day
from yihui.access.acting import state_act
from yihui.bootstrap import Wiring
from yihui.services.access.acting import open_act


@dataclass(frozen=True, slots=True)
class MerchantAccount:
    """A merchant and all of its keys."""

    merchant: Merchant
    keys: list[MerchantKey]


def add_merchant_with_key(wiring: Wiring, merchant: Merchant, until: date | None = None) -> NewMerchantKey:
    """Add a merchant with a first key; ``until`` is the key's last day. *Raises*: FaultError."""
    now = wiring.now()
    with open_act(wiring) as connection:
        add_merchant(connection, merchant, now)
        made = issue_merchant_key(
            connection, merchant.id, now, expires_at=end_of_day(until) if until else None
        )
        state_act("merchant", merchant.id, after={"key": made.key.id})
        return made


def issue_further_key(
    wiring: Wiring, merchant: str, until: date | None = None, overlap_days: int | None = None
) -> NewMerchantKey:
    """Issue a further key to a merchant; older ones end after the overlap, if one is given.

    *Raises*: FaultError.
    """
    now = wiring.now()
    with open_act(wiring) as connection:
        new = issue_merchant_key(connection, merchant, now, expires_at=end_of_day(until) if until else None)
        state_act("merchant", merchant, after={"key": new.key.id})
        if overlap_days is not None:
            end = now + timedelta(days=overlap_days)
            end_other_merchant_keys(connection, merchant, new.key.id, end, now)
        return new


def revoke_key(wiring: Wiring, key: str) -> None:
    """Revoke a merchant's key. *Raises*: FaultError."""
    with open_act(wiring) as connection:
        revoked = revoke_merchant_keys(connection, key, wiring.now())
        state_act("merchant_key", key[:8], after={"keys": [one.id for one in revoked]})


def list_merchant_accounts(wiring: Wiring) -> list[MerchantAccount]:
    """List all merchants with their keys."""
    with wiring.database.read() as connection:
        merchants, keys = load_merchants(connection), load_merchant_keys(connection)
    of_merchant: dict[str, list[MerchantKey]] = {}
    for key in keys:
        of_merchant.setdefault(key.merchant_id, []).append(key)
    return [MerchantAccount(one, of_merchant.get(one.id, [])) for one in merchants]
