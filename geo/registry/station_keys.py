"""Keys that speak for one station: a public part that events contain, and a secret that is shown once.

Tables of keys have the columns ``id`` and ``digest``; only the digest of the whole key is stored.
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Table, select

RandomBytes = Callable[[int], bytes]
_ID_BYTES, _SECRET_BYTES = 5, 20  # 8 and 32 characters; 160 bits can't be guessed, so no slow hash is needed
_ID_LETTERS = 8
_ID = re.compile(r"[a-z2-7]{8}")
_NO_DIGEST = "0" * 64


@dataclass(frozen=True, slots=True)
class KeyText:
    """A new key: its public part, the whole secret text, and the digest that is stored."""

    id: str
    text: str
    digest: str


def generate_key(random_bytes: RandomBytes = secrets.token_bytes) -> KeyText:
    """Generate a key."""
    id, secret = (_letters(random_bytes(size)) for size in (_ID_BYTES, _SECRET_BYTES))
    text = f"{id}-{secret}"
    return KeyText(id, text, _digest(text))


def find_key_row(connection: Connection, table: Table, text: str) -> Row[Any] | None:
    """Return the row of the key with this text, valid or revoked.

    A wrong key takes as long as a right one: the whole digests are compared, and if no key has this id a
    dummy digest is compared.
    """
    id = text.partition("-")[0]
    known = select(table).where(table.c.id == (id if _ID.fullmatch(id) else ""))
    row = connection.execute(known).one_or_none()
    fits = hmac.compare_digest(_NO_DIGEST if row is None else row.digest, _digest(text))
    return row if fits else None


def normalise_keeper_key(text: str) -> str:
    """Return a key as it was issued from typed or pasted text: a link, capitals, other separators.

    >>> normalise_keeper_key(" https://yihui.example/keep#ABCDEFGH abcd-efgh ")
    'abcdefgh-abcdefgh'
    """
    letters = re.sub(r"[\s\u2010-\u2015_-]", "", text.rpartition("#")[2]).lower()
    return f"{letters[:_ID_LETTERS]}-{letters[_ID_LETTERS:]}"


def _letters(secret: bytes) -> str:
    """Encode as lower-case base32, which has no digits 0 and 1 to confuse with letters."""
    return base64.b32encode(secret).decode().lower().rstrip("=")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
