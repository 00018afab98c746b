"""Issue, list and revoke keepers' keys."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from sqlalchemy import Connection, select

from core.faults import Fault, FaultError, FaultTable, raise_faults
from core.local_hosts import is_local_host
from core.text_marks import N_
from geo.registry.keys import KeeperKey, issue_keeper_key, load_keeper_keys, revoke_keeper_key
from geo.registry.stations import find_station
from geo.registry.tables import keeper_keys, stations
from yihui.access.acting import state_act
from yihui.access.key_folds import KEEPER_KEY_OBJECT, secret_row
from yihui.bootstrap import Wiring
from yihui.services.access.acting import open_act
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.access.secret_marks import secret_marker

KEEPER_FAULTS = FaultTable(
    "keeper",
    {
        "no_station": (N_("no station is named"), N_("write the ids of stations, one on each line")),
        "too_many": (
            N_("{count} stations are more than one sheet of cards takes"),
            N_("issue at most {most} keys at a time"),
        ),
        "foreign_station": (
            N_("there is no station {value} in your districts"),
            N_("choose one of the register"),
        ),
        "foreign_key": (
            N_("there is no key {value} in your districts"),
            N_("look at the keys of the station"),
        ),
        "wrong_site": (
            N_("“{value}” is no address of a site"),
            N_("write it as https://yihui.example, as riders' phones reach it"),
        ),
    },
)
MAX_CARDS = 100  # of one sheet


@dataclass(frozen=True, slots=True)
class IssuedKeeperKey:
    """A new key with its whole text, the link that holds it, and the station's name."""

    key: KeeperKey
    text: str
    link: str
    station_name: str


@dataclass(frozen=True, slots=True)
class KeyStation:
    """The station of a key; ``is_gone``: an import no longer contains it."""

    id: str
    district: str | None
    is_gone: bool


def issue_keys_of_stations(
    wiring: Wiring, scope: OfficerScope, station_ids: Sequence[str], base: str
) -> list[IssuedKeeperKey]:
    """Issue a key for each of some stations, for all or none of them.

    *Raises*: FaultError with every station that isn't there or lies outside of the officer's districts, and for
    a URL that is no site's.
    """
    ids = list(dict.fromkeys(station_ids))
    faults: list[Fault] = []
    if not ids:
        faults.append(KEEPER_FAULTS.build("no_station", field="stations"))
    if len(ids) > MAX_CARDS:
        faults.append(KEEPER_FAULTS.build("too_many", field="stations", count=len(ids), most=MAX_CARDS))
    try:
        site = check_site(base)
    except FaultError as error:
        faults += [replace(fault, field="base") for fault in error.faults]
    with open_act(wiring) as connection:
        found = {id_: find_station(connection, id_) for id_ in ids[:MAX_CARDS]}
        faults += [
            KEEPER_FAULTS.build("foreign_station", field="stations", value=id_[:40])
            for id_, station in found.items()
            if station is None or not scope.covers_district(station.district)
        ]
        raise_faults(faults)
        made = []
        for station in filter(None, found.values()):
            issued = issue_keeper_key(connection, station.id, wiring.now())
            # Servers never receive the fragment, so no log holds the key.
            link = f"{site}/keep#{issued.text}"
            made.append(IssuedKeeperKey(issued.key, issued.text, link, station.name))
        state_act(
            KEEPER_KEY_OBJECT,
            made[0].key.station,
            after=describe_keys(wiring, connection, [one.key for one in made]),
        )
    return made


def describe_keys(
    wiring: Wiring, connection: Connection, made: Sequence[KeeperKey]
) -> dict[str, dict[str, str]]:
    """Return what the audit log says of new keys."""
    c, marker, ids = keeper_keys.c, secret_marker(wiring), [one.id for one in made]
    rows = connection.execute(select(c.id, c.digest).where(c.id.in_(ids)))
    marks = {row.id: marker.mark(secret_row(keeper_keys, row.id), row.digest) for row in rows}
    return {"keys": {one.station: one.id for one in made}, "marks": marks}


def revoke_key_of_district(wiring: Wiring, scope: OfficerScope, key: str) -> KeeperKey:
    """Revoke a key of a station in the officer's districts, also of one that is gone. *Raises*: FaultError."""
    with open_act(wiring) as connection:
        station = _find_station(connection, scope, key)
        revoked = revoke_keeper_key(connection, key, wiring.now())
        assert revoked.revoked_at is not None
        after = {"revoked": key, "from": revoked.revoked_at.isoformat()}
        state_act(KEEPER_KEY_OBJECT, station.id, after=after)
        return revoked


def find_key_station(wiring: Wiring, scope: OfficerScope, key: str) -> KeyStation:
    """Return the station of a key in the officer's districts. *Raises*: FaultError."""
    with wiring.database.read() as connection:
        return _find_station(connection, scope, key)


def _find_station(connection: Connection, scope: OfficerScope, key: str) -> KeyStation:
    c = stations.c
    query = select(c.id, c.district, c.gone_at).join(keeper_keys)
    row = connection.execute(query.where(keeper_keys.c.id == key, scope.station_condition())).one_or_none()
    if row is None:
        raise FaultError(KEEPER_FAULTS.build("foreign_key", field="key", value=key[:8]))
    return KeyStation(row.id, row.district, row.gone_at is not None)


def check_site(base: str) -> str:
    """Return the site's address without a final slash. *Raises*: FaultError."""
    parts = urlsplit(base)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise FaultError(KEEPER_FAULTS.build("wrong_site", field="--base", value=base))
    return base.rstrip("/")


def list_keeper_keys(wiring: Wiring, station: str) -> Sequence[KeeperKey]:
    """List the keys of a station."""
    with wiring.database.read() as connection:
        return load_keeper_keys(connection, station)


def list_keys_of_gone_stations(wiring: Wiring, scope: OfficerScope) -> list[tuple[KeeperKey, str]]:
    """List the valid keys of the officer's stations that left the register, each with the station's name."""
    c = keeper_keys.c
    query = (
        select(c.id, c.station_id, c.created_at, stations.c.name)
        .join(stations)
        .where(c.revoked_at.is_(None), stations.c.gone_at.is_not(None), scope.station_condition())
        .order_by(c.station_id, c.created_at, c.id)
    )
    with wiring.database.read() as connection:
        return [(KeeperKey(id, station, at), name) for id, station, at, name in connection.execute(query)]


def is_readable_on_the_way(site: str) -> bool:
    """Return whether a link to this site leads over a network without encryption."""
    parts = urlsplit(site)
    return parts.scheme == "http" and not is_local_host(parts.hostname or "")
