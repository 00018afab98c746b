"""The secret key behind codes and cards, and the keys derived from it for each purpose."""

import hashlib
import hmac
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from benefits.tables.vouchers import voucher_keys
from benefits.vouchers.faults import VOUCHER_FAULTS
from core.faults import FaultError
from store import insert_into


@dataclass(frozen=True, slots=True)
class VoucherKey:
    """A key of at least 32 bytes. Each purpose has a derived key of its own; none reveals another."""

    secret: bytes = field(repr=False)

    def derive(self, purpose: str) -> bytes:
        """Return the key for one purpose (HKDF's expansion in one step, RFC 5869)."""
        return hmac.new(self.secret, purpose.encode() + b"\x01", hashlib.sha256).digest()

    def digest(self, purpose: str, *parts: str) -> str:
        """Return a keyed hash (HMAC-SHA-256) in hexadecimal."""
        return hmac.new(self.derive(purpose), "\0".join(parts).encode(), hashlib.sha256).hexdigest()


def register_voucher_key(connection: Connection, key: VoucherKey) -> None:
    """Record the fingerprint of the first key used; with another key every code would be unknown.

    *Raises*: FaultError if the database has another key's fingerprint.
    """
    fingerprint = key.digest("fingerprint")
    row = insert_into(connection, voucher_keys).values(number=1, fingerprint=fingerprint)
    connection.execute(row.on_conflict_do_nothing())
    check_voucher_key(connection, key)


def check_voucher_key(connection: Connection, key: VoucherKey) -> None:
    """Check a key without recording it. *Raises*: FaultError if the database has another key's fingerprint."""
    fingerprint = key.digest("fingerprint")
    known = connection.execute(select(voucher_keys.c.fingerprint)).scalar()
    if known not in (None, fingerprint):
        raise FaultError(VOUCHER_FAULTS.build("voucher_key", known=str(known)[:8], given=fingerprint[:8]))
