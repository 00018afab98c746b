"""Keys that are shown once: how their texts are formed and compared; only their digests are stored.

A text is a public part of 8 letters, by which the row is found, a hyphen, and a secret of 160 bits, which can't be
guessed, so that no slow hash is needed.
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, Table

RandomBytes = Callable[[int], bytes]
KEY_ID_LETTERS = 8
_ID_BYTES, _SECRET_BYTES = 5, 20
_ID = re.compile(rf"[a-z2-7]{{{KEY_ID_LETTERS}}}")
_NO_DIGEST = "0" * 64


@dataclass(frozen=True, slots=True)
class KeyText:
    """A new key: its public part, the whole secret text, and the digest that is stored."""

    id: str
    text: str
    digest: str


def generate_key(random_bytes: RandomBytes = secrets.token_bytes) -> KeyText:
    """Generate a key, in lower-case base32, which has no digits 0 and 1 to confuse with letters."""
    drawn = (random_bytes(size) for size in (_ID_BYTES, _SECRET_BYTES))
    id, secret = (base64.b32encode(one).decode().lower() for one in drawn)
    return KeyText(id, f"{id}-{secret}", digest_key(f"{id}-{secret}"))


def digest_key(text: str) -> str:
    """Return what is stored of a key."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def find_key_row(connection: Connection, query: Select[Any], keys: Table, text: str) -> Row[Any] | None:
    """Return the row of a query that has the key with this text, valid or revoked, of a table of keys.

    A wrong key takes as long as a right one: the whole digests are compared, and if no key has this id a dummy
    digest is compared.
    """
    id = text.partition("-")[0]
    known = query.where(keys.c.id == (id if _ID.fullmatch(id) else ""))
    row = connection.execute(known).one_or_none()
    fits = hmac.compare_digest(_NO_DIGEST if row is None else row.digest, digest_key(text))
    return row if fits else None
