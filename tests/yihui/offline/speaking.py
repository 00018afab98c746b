"""A town whose riders and keepers have said something of every few places."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
from sqlalchemy import Connection

from events import Event, accept_events
from geo.messages import Observation
from geo.registry.diff import Register
from geo.registry.keys import issue_keeper_key
from geo.registry.stations import import_stations
from geo.station import Station
from tests.geo.nearest.brute_force import NOW, register
from yihui.bootstrap import Settings, build_wiring
from yihui.services.stations.keepers import Kept, keeper_event, reporter_pseudonym
from yihui.services.stations.reports import Report, build_report_event

DISTRICTS = {"370102": "历下区", "370103": "市中区", "370181": "章丘区"}
_STREETS = ("泉城路", "经十路", "明水大街")
_NAMES = ("供电所驿站", "环卫工人休息室", "爱心驿站 Café", "银行网点驿站")
# What was found, by how many riders.
_FOUND = (
    (Report(observation=Observation.LOCKED), 1),
    (Report(observation=Observation.LOCKED), 2),
    (Report(observation=Observation.CROWDED), 2),
    (Report(observation=Observation.BROKEN, facility="water"), 1),
    (Report(observation=Observation.BROKEN, facility="toilet"), 2),
    (Report(observation=Observation.WRONG_PLACE), 2),
)
_KEPT = (
    Kept(act="closed_today", reason="盘点"),
    Kept(act="hours", first=NOW.date(), last=NOW.date() + timedelta(days=2), hours_text="10:00-17:00"),
    Kept(act="broken", facility="microwave"),
    Kept(act="locked"),
)


def town(seed: int, n: int) -> list[Station]:
    """Stations with names, addresses and districts.

    Those that are far off, beyond what a phone in town saves, are of one district and called otherwise.
    """
    rng = np.random.default_rng(seed)
    return [_placed(rng, station) for station in register(seed, n)]


def _placed(rng: np.random.Generator, station: Station) -> Station:
    assert station.lon is not None and station.lat is not None
    is_near = 116.5 <= station.lon <= 118 and 36 <= station.lat <= 37.5
    code = list(DISTRICTS)[rng.integers(len(DISTRICTS))] if is_near else "370102"
    name, street = (_NAMES[rng.integers(4)], _STREETS[rng.integers(3)]) if is_near else ("远方", "远路")
    district = DISTRICTS[code]
    return station.model_copy(
        update={
            "name": f"{district if is_near else ''}{name}{rng.integers(60)}",
            "address": f"济南市{district if is_near else ''}{street}{rng.integers(300)}号",
            "district": code,
            "district_name": district,
            "phone": ("", "0531-12351")[rng.integers(2)],
        }
    )


def settle(folder: Path, stations: list[Station], seed: int, n: int) -> None:
    """A database with the stations, and what was said lately of some of those that are in service."""
    wiring = build_wiring(Settings(database=str(folder / "yihui.db"), data_folder=folder), lambda: NOW)
    rng, secret = np.random.default_rng(seed), wiring.reporter_key
    with wiring.database.write() as connection:
        source = Register(name="test", source="test", file="test.csv", digest="1")
        import_stations(connection, source, stations, NOW, confirmed=True)
        some = rng.choice(len(stations), n, replace=False).tolist()
        said = [event for at in some for event in _said(rng, connection, stations[at].id, secret)]
        accept_events(connection, said, NOW)
    for _ in wiring.runner.run_ingress():
        pass
    with wiring.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM dead_letters").scalar() == 0
    wiring.database.close()


def _said(rng: np.random.Generator, connection: Connection, station: str, secret: bytes) -> Iterator[Event]:
    if rng.random() < 0.3:
        key = issue_keeper_key(connection, station, NOW).key.id
        yield keeper_event(_KEPT[rng.integers(len(_KEPT))], station, key, NOW)
        return
    found, riders = _FOUND[rng.integers(len(_FOUND))]
    for rider in range(riders):
        seen = NOW - timedelta(minutes=int(rng.integers(1, 50)))
        told = found.model_copy(update={"observed_at": seen})
        yield build_report_event(
            told, station, reporter_pseudonym(f"{station} {rider}", NOW, secret), NOW, secret
        )
