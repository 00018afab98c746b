"""Voucher codes: 24 signs in six groups, which nobody can guess and a slip of the pen can't turn into another.

29 signs: of those that look alike (0 O, 1 I L, 2 Z, 5 S, 8 B, V U) only the first of each is used, and
the others are read as it. 23 signs are drawn (111 bits), the last one checks them by ISO/IEC 7064's pure
system with radix 2. Its modulus 29 is prime and 2 generates all its residues, so that it catches every
single wrong sign and every two signs swapped, wherever they stand.
"""

import hashlib
import hmac
import re

from stdnum.iso7064 import mod_37_2

from benefits.vouchers.refusals import VoucherRefused

ALPHABET = "0123456789ACDEFGHJKMNPQRTVWXY"
SIGNS, GROUP = 24, 4
_DRAWN = SIGNS - 1
_ALIKE = str.maketrans("OILZSBU", "011258V")
_SEPARATORS = re.compile(r"[\s\-‐‑–—－_.·]+")  # also full-width ones, as phones write them
_FULL_WIDTH = str.maketrans({chr(0xFEE0 + ord(sign)): sign for sign in ALPHABET + "OILZSBU" + "oilzsbu"})


def code_from(number: int) -> str:
    """The code that stands for a number; numbers of at least 128 random bits leave no trace of their range."""
    drawn = letters(number, _DRAWN)
    return drawn + mod_37_2.calc_check_digit(drawn, ALPHABET)


def letters(number: int, count: int) -> str:
    """So many signs of a number."""
    found = []
    for _ in range(count):
        number, sign = divmod(number, len(ALPHABET))
        found.append(ALPHABET[sign])
    return "".join(found)


def grouped(code: str) -> str:
    """For reading: ``7K4Q-…``."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def read_code(text: str) -> str:
    """The code that somebody typed or scanned: any case, any grouping, look-alikes for what they look like.

    *Raises*: VoucherRefused (mistyped), which never quotes what was typed: nearly right, it is a secret.
    """
    code = plain(text)
    if len(code) != SIGNS:
        raise VoucherRefused("code_length", signs=str(SIGNS), given=str(len(code)))
    if not set(code) <= set(ALPHABET) or not mod_37_2.is_valid(code, ALPHABET):
        raise VoucherRefused("mistyped")
    return code


def plain(text: str) -> str:
    """What was typed, without grouping, in the signs that count."""
    return _SEPARATORS.sub("", text.translate(_FULL_WIDTH)).upper().translate(_ALIKE)


def keyed_number(key: bytes, *parts: str) -> int:
    """HMAC-SHA-256 over the parts as a number of 256 bits; no two lists of parts run together."""
    text = "\0".join(parts).encode()
    return int.from_bytes(hmac.new(key, text, hashlib.sha256).digest(), "big")
