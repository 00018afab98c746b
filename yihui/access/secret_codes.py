"""Codes that people copy from a screen or paper: drawn at random, read with a typist's slips, stored as digests."""

import hashlib
import secrets
import unicodedata

# Crockford's base 32: no letter looks like another letter or a digit of it.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SLIPS = str.maketrans({"O": "0", "I": "1", "L": "1"})
_DASHES = frozenset("-‐‑‒–—−~_·. \t　")
_GROUP = 4


def create_secret_code(length: int) -> str:
    """Return a new code in groups of four; each character has five random bits."""
    text = "".join(secrets.choice(ALPHABET) for _ in range(length))
    return "-".join(text[start : start + _GROUP] for start in range(0, length, _GROUP))


def parse_secret_code(text: str, length: int) -> str | None:
    """Return the characters of a typed code; None if it can't be one.

    >>> parse_secret_code("ａbc1 2O4l", 8)
    'ABC12041'
    """
    if len(text) > 4 * length:
        return None
    plain = "".join(c for c in unicodedata.normalize("NFKC", text) if c not in _DASHES).upper()
    plain = plain.translate(_SLIPS)
    return plain if len(plain) == length and set(plain) <= set(ALPHABET) else None


def digest_code(purpose: str, plain: str) -> str:
    """Return what is stored of a code: 80 random bits and more need no slow hash."""
    return hashlib.sha256(f"{purpose}\0{plain}".encode()).hexdigest()
