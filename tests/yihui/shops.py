"""Merchants of tests: taken in with a key, as a union does it."""

from benefits import Merchant, add_merchant, issue_merchant_key
from yihui.bootstrap import Wiring


def open_shop(wiring: Wiring, merchant: Merchant) -> str:
    """Add a merchant with a key; return the key."""
    with wiring.database.write() as connection:
        add_merchant(connection, merchant, wiring.now())
        return issue_merchant_key(connection, merchant.id, wiring.now()).text
