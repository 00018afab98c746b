"""Keepers' keys: who may speak for one station. The key is shown once; only its digest is kept."""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from core.faults import Fault, InputFaults
from geo.registry.stations import find
from geo.registry.status_tables import keeper_keys

N_ = str  # marks a text for the message catalogue

_ID_BYTES, _SECRET_BYTES = 5, 20  # 8 and 32 characters; 160 bits can't be guessed, so no slow hash is needed
_ID_LETTERS = 8
_ID = re.compile(r"[a-z2-7]{8}")
_NOBODY = "0" * 64


@dataclass(frozen=True, slots=True)
class KeeperKey:
    """A key as it is kept: ``id`` is its public part, which stands in events."""

    id: str
    station: str
    created_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A key that was just made. ``text`` is the secret; nobody can show it again."""

    key: KeeperKey
    text: str


def issue(
    connection: Connection,
    station: str,
    at: datetime,
    *,
    random_bytes: Callable[[int], bytes] = secrets.token_bytes,
) -> IssuedKey:
    """Make a key for one station. *Raises*: InputFaults where there is no such station."""
    if find(connection, station) is None:
        raise InputFaults([_no_station(station)])
    id, secret = (_letters(random_bytes(size)) for size in (_ID_BYTES, _SECRET_BYTES))
    text = f"{id}-{secret}"
    row = {"id": id, "station_id": station, "digest": _digest(text), "created_at": at}
    connection.execute(insert(keeper_keys).values(row))
    return IssuedKey(KeeperKey(id, station, at), text)


def revoke(connection: Connection, id: str, at: datetime) -> KeeperKey:
    """End a key; what was said with it stays. *Raises*: InputFaults where there is no such key."""
    found = [key for key in load_keys(connection) if key.id == id]
    if not found:
        raise InputFaults([_no_key(id)])
    (key,) = found
    if key.revoked_at is not None:
        return key
    connection.execute(update(keeper_keys).where(keeper_keys.c.id == id).values(revoked_at=at))
    return KeeperKey(key.id, key.station, key.created_at, at)


def load_keys(connection: Connection, station: str | None = None) -> list[KeeperKey]:
    """The keys of a station or of all, in order of station and time; revoked ones too."""
    c = keeper_keys.c
    query = select(c.id, c.station_id, c.created_at, c.revoked_at).order_by(c.station_id, c.created_at, c.id)
    rows = connection.execute(query if station is None else query.where(c.station_id == station))
    return [KeeperKey(*row) for row in rows]


def recognised(connection: Connection, text: str) -> KeeperKey | None:
    """The key of which this is the text, in force or revoked: it names its station by itself.

    Takes as long for a wrong key as for a right one: the digests are compared whole, and where there is
    no key of that name something is compared as well.
    """
    id = text.partition("-")[0]
    known = select(keeper_keys).where(keeper_keys.c.id == (id if _ID.fullmatch(id) else ""))
    row = connection.execute(known).one_or_none()
    fits = hmac.compare_digest(_NOBODY if row is None else row.digest, _digest(text))
    if row is None or not fits:
        return None
    return KeeperKey(row.id, row.station_id, row.created_at, row.revoked_at)


def admitted(connection: Connection, text: str, station: str) -> KeeperKey | None:
    """The key, if it is one of this station and in force; takes as long for a wrong key as for a right one."""
    key = recognised(connection, text)
    return key if key is not None and key.station == station and key.revoked_at is None else None


def as_typed(text: str) -> str:
    """A key as it was issued, from what somebody typed or pasted: a link, capitals, other gaps.

    >>> as_typed(" https://yihui.example/keep#ABCDEFGH abcd-efgh ")
    'abcdefgh-abcdefgh'
    """
    letters = re.sub(r"[\s\u2010-\u2015_-]", "", text.rpartition("#")[2]).lower()
    return f"{letters[:_ID_LETTERS]}-{letters[_ID_LETTERS:]}"


def _letters(secret: bytes) -> str:
    """Base32, small: no digits 0 and 1, nothing that a telephone call mixes up with them."""
    return base64.b32encode(secret).decode().lower().rstrip("=")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _no_station(id: str) -> Fault:
    return Fault(
        N_("there is no station {value}"),
        N_("`yihui stations list` shows the ids"),
        field="STATION",
        value=id,
    )


def _no_key(id: str) -> Fault:
    return Fault(
        N_("there is no keeper's key {value}"),
        N_("`yihui keepers list` shows the keys by the beginning that names them"),
        field="KEY",
        value=id,
    )
