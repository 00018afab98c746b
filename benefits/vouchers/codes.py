"""Voucher codes, and the secret key behind them: a code has 24 characters in six groups that can't be guessed and that detect typing errors.

The alphabet has 29 characters: of each group of look-alikes (0 O, 1 I L, 2 Z, 5 S, 8 B, V U) only the
first is used, and the others are parsed as it. 23 characters are random (111 bits); the last is a check
character by the pure system of ISO/IEC 7064 with radix 2. The modulus 29 is prime and 2 generates all
its residues, so that the check detects every single wrong character and every swap of two characters.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from benefits.tables.vouchers import voucher_keys
from benefits.vouchers.faults import VOUCHER_FAULTS, VoucherRefused
from core.faults import FaultError
from store import insert_into

CODE_ALPHABET = "0123456789ACDEFGHJKMNPQRTVWXY"
CODE_LENGTH, GROUP = 24, 4
_DRAWN = CODE_LENGTH - 1
_ALIKE = str.maketrans("OILZSBU", "011258V")
_SEPARATORS = re.compile(r"[\s\-‐‑–—－_.·]+")  # full-width ones too, which phones insert
_FULL_WIDTH = str.maketrans({chr(0xFEE0 + ord(sign)): sign for sign in CODE_ALPHABET + "OILZSBU" + "oilzsbu"})


def build_code(number: int) -> str:
    """Return the code of a number.

    The number needs at least 128 random bits, so that its range leaves no bias.
    """
    from stdnum.iso7064 import mod_37_2  # loads pydoc, at which the start of a command would wait

    drawn = encode_number(number, _DRAWN)
    return drawn + mod_37_2.calc_check_digit(drawn, CODE_ALPHABET)


def encode_number(number: int, count: int) -> str:
    """Return a number as ``count`` characters of the code alphabet."""
    found = []
    for _ in range(count):
        number, sign = divmod(number, len(CODE_ALPHABET))
        found.append(CODE_ALPHABET[sign])
    return "".join(found)


def format_code(code: str) -> str:
    """Return a code in groups for reading: ``7K4Q-…``."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def parse_code(text: str) -> str:
    """Parse a typed or scanned code: any case, any grouping, look-alike characters replaced.

    *Raises*: VoucherRefused (code_length, mistyped). The message never quotes the input, because a nearly
    correct code is a secret.
    """
    from stdnum.iso7064 import mod_37_2

    code = normalise_code(text)
    if len(code) != CODE_LENGTH:
        raise VoucherRefused(VOUCHER_FAULTS.build("code_length", signs=CODE_LENGTH, given=len(code)))
    if not set(code) <= set(CODE_ALPHABET) or not mod_37_2.is_valid(code, CODE_ALPHABET):
        raise VoucherRefused(VOUCHER_FAULTS.build("mistyped"))
    return code


def normalise_code(text: str) -> str:
    """Return the input without grouping, in upper case, with look-alike characters replaced."""
    return _SEPARATORS.sub("", text.translate(_FULL_WIDTH)).upper().translate(_ALIKE)


def keyed_number(key: bytes, *parts: str) -> int:
    """Return HMAC-SHA-256 over the parts as a 256-bit number.

    A separator keeps different lists of parts distinct.
    """
    text = "\0".join(parts).encode()
    return int.from_bytes(hmac.new(key, text, hashlib.sha256).digest(), "big")


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


def has_voucher_key(connection: Connection) -> bool:
    """Return whether a key was ever recorded: before that no code was handed out."""
    return connection.execute(select(voucher_keys.c.fingerprint)).scalar() is not None


def check_voucher_key(connection: Connection, key: VoucherKey) -> None:
    """Check a key without recording it. *Raises*: FaultError if the database has another key's fingerprint."""
    fingerprint = key.digest("fingerprint")
    known = connection.execute(select(voucher_keys.c.fingerprint)).scalar()
    if known not in (None, fingerprint):
        raise FaultError(VOUCHER_FAULTS.build("voucher_key", known=str(known)[:8], given=fingerprint[:8]))
