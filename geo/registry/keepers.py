"""Keepers' keys: each authorises the keeper of one station.

The key is shown once; only its digest is stored.
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, insert, select, update

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from geo.registry.stations import find_station
from geo.registry.tables import keeper_keys

RandomBytes = Callable[[int], bytes]
_ID_BYTES, _SECRET_BYTES = 5, 20  # 8 and 32 characters; 160 bits can't be guessed, so no slow hash is needed
_ID_LETTERS = 8
_ID = re.compile(r"[a-z2-7]{8}")
_NO_DIGEST = "0" * 64
_FAULTS = FaultTable(
    "keeper_key",
    {
        "no_station": (N_("there is no station {value}"), N_("`yihui stations list` shows the ids")),
        "no_key": (
            N_("there is no keeper's key {value}"),
            N_("/desk/stations/keys shows the keys by the beginning that names them"),
        ),
    },
)


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


@dataclass(frozen=True, slots=True)
class KeeperKey:
    """A stored key: ``id`` is its public part, which events contain."""

    id: str
    station: str
    created_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class IssuedKeeperKey:
    """A newly issued key. ``text`` is the secret; it can't be shown again."""

    key: KeeperKey
    text: str


def issue_keeper_key(
    connection: Connection,
    station: str,
    at: datetime,
    *,
    random_bytes: RandomBytes = secrets.token_bytes,
) -> IssuedKeeperKey:
    """Issue a key for one station. *Raises*: FaultError if there is no such station."""
    if find_station(connection, station) is None:
        raise FaultError(_FAULTS.build("no_station", field="STATION", value=station))
    made = generate_key(random_bytes)
    row = {"id": made.id, "station_id": station, "digest": made.digest, "created_at": at}
    connection.execute(insert(keeper_keys).values(row))
    return IssuedKeeperKey(KeeperKey(made.id, station, at), made.text)


def revoke_keeper_key(connection: Connection, id: str, at: datetime) -> KeeperKey:
    """Revoke a key; notices sent with it stay. *Raises*: FaultError if there is no such key."""
    found = [key for key in load_keeper_keys(connection) if key.id == id]
    if not found:
        raise FaultError(_FAULTS.build("no_key", field="KEY", value=id))
    (key,) = found
    if key.revoked_at is not None:
        return key
    connection.execute(update(keeper_keys).where(keeper_keys.c.id == id).values(revoked_at=at))
    return KeeperKey(key.id, key.station, key.created_at, at)


def load_keeper_keys(connection: Connection, station: str | None = None) -> list[KeeperKey]:
    """Return the keys of a station or of all, revoked ones included, ordered by station and time."""
    c = keeper_keys.c
    query = select(c.id, c.station_id, c.created_at, c.revoked_at).order_by(c.station_id, c.created_at, c.id)
    rows = connection.execute(query if station is None else query.where(c.station_id == station))
    return [KeeperKey(*row) for row in rows]


def find_keeper_key(connection: Connection, text: str) -> KeeperKey | None:
    """Return the key with this text, valid or revoked; the key itself names its station.

    A wrong key takes as long as a right one.
    """
    row = find_key_row(connection, keeper_keys, text)
    if row is None:
        return None
    return KeeperKey(row.id, row.station_id, row.created_at, row.revoked_at)
