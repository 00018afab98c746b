"""The one secret behind codes and cards, and what is made of it for each purpose."""

import hashlib
import hmac
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from benefits.tables.vouchers import voucher_keys
from benefits.vouchers.refusals import VoucherRefused
from store import insert_into


@dataclass(frozen=True, slots=True)
class VoucherKey:
    """A key of at least 32 bytes. Each purpose has its own, so that none tells anything of another."""

    secret: bytes = field(repr=False)

    def of(self, purpose: str) -> bytes:
        """The key for one purpose (HKDF's expansion in one step, RFC 5869)."""
        return hmac.new(self.secret, purpose.encode() + b"\x01", hashlib.sha256).digest()

    def digest(self, purpose: str, *parts: str) -> str:
        """A keyed hash (HMAC-SHA-256), in hexadecimal."""
        return hmac.new(self.of(purpose), "\0".join(parts).encode(), hashlib.sha256).hexdigest()


def claim_voucher_key(connection: Connection, key: VoucherKey) -> None:
    """Note the first key that is used, by its fingerprint; with another one every code would be unknown.

    *Raises*: VoucherRefused where the database knows another key.
    """
    fingerprint = key.digest("fingerprint")
    row = insert_into(connection, voucher_keys).values(number=1, fingerprint=fingerprint)
    connection.execute(row.on_conflict_do_nothing())
    known = connection.execute(select(voucher_keys.c.fingerprint)).scalar_one()
    if known != fingerprint:
        raise VoucherRefused("voucher_key", known=known[:8], value=fingerprint[:8])
