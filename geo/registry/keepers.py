"""Keepers' keys: each authorises the keeper of one station.

The key is shown once; only its digest is stored.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from geo.registry.station_keys import RandomBytes, find_key_row, generate_key
from geo.registry.stations import find_station
from geo.registry.tables import keeper_keys

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
