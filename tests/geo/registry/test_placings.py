"""A placing by hand: recorded, kept through imports, given up when the register knows better."""

import json
from datetime import datetime, timedelta
from functools import partial

import pytest
from pydantic import ValidationError

from geo.registry.hand_changes import Placing, place_station
from geo.registry.stations import find_station, load_station_history, register_version
from geo.station import Station
from store import Database
from tests.geo.registry.test_stations import AT
from tests.geo.registry.test_stations import bring_in as import_into
from tests.geo.registry.test_stations import station as placed_station
from tests.transactions import read_in, write_in

HERE = Placing(117.02, 36.66, "张三", "370102", "历下区")


bring_in = partial(import_into, confirmed=True)


def station(id: str, **more: object) -> Station:
    return placed_station(id, **{"lon": None, "lat": None, **more})


def put(database: Database, id: str = "a", placing: Placing = HERE, at: datetime = AT) -> Station:
    return write_in(database, place_station, id, placing, at)


def now(database: Database, id: str = "a") -> Station | None:
    return read_in(database, find_station, id)


def past(database: Database, id: str = "a") -> list[tuple[str, str]]:
    return [(entry.change, entry.cause) for entry in read_in(database, load_station_history, id)]


@pytest.mark.both_databases
def test_a_placed_station_is_shown_placed_and_its_history_says_by_whom(database: Database) -> None:
    bring_in(database, station("a"), station("b"))
    placed = put(database)
    assert now(database) == placed
    assert (placed.lon, placed.lat, placed.district, placed.district_name) == (
        117.02,
        36.66,
        "370102",
        "历下区",
    )
    assert past(database) == [("added", "stations.csv"), ("placed", "张三")]
    last = read_in(database, load_station_history, "a")[-1]
    assert json.loads(last.before) == {"lon": None, "lat": None, "district": None, "district_name": ""}
    assert json.loads(last.after)["lon"] == 117.02
    other = now(database, "b")
    assert other is not None
    assert not other.is_placed


def test_the_district_that_a_register_states_is_kept(database: Database) -> None:
    bring_in(database, station("a", district="370103", district_name="市中"))
    assert put(database).district == "370103"
    assert put(database).district_name == "市中"


def test_an_import_without_coordinates_keeps_the_placing_and_takes_all_else(database: Database) -> None:
    bring_in(database, station("a"))
    put(database)
    bring_in(database, station("a"))
    assert len(past(database)) == 2  # nothing changed
    bring_in(database, station("a", name="新名"))
    assert now(database) == HERE.apply_to(station("a", name="新名"))
    bring_in(database, station("a", name="更新"))  # still known as placed by hand after a change
    assert now(database) == HERE.apply_to(station("a", name="更新"))
    assert [change for change, _ in past(database)] == ["added", "placed", "changed", "changed"]


def test_who_is_gone_and_comes_back_is_still_placed(database: Database) -> None:
    bring_in(database, station("a"), station("b"))
    put(database)
    bring_in(database, station("b"))
    assert now(database) is None
    bring_in(database, station("a"), station("b"))
    assert now(database) == HERE.apply_to(station("a"))


def test_coordinates_of_the_register_take_the_place_of_a_placing(database: Database) -> None:
    bring_in(database, station("a"))
    put(database)
    bring_in(database, station("a", lon=117.5, lat=36.5))
    bring_in(database, station("a"))
    bare = now(database)
    assert bare is not None
    assert not bare.is_placed
    assert [change for change, _ in past(database)] == ["added", "placed", "moved", "moved"]


def test_a_placing_may_be_corrected_and_the_same_again_changes_nothing(database: Database) -> None:
    bring_in(database, station("a"))
    put(database)
    version = read_in(database, register_version)
    put(database, at=AT + timedelta(days=1))
    assert read_in(database, register_version) == version
    assert put(database, placing=Placing(117.03, 36.67, "李四")).lon == 117.03
    assert past(database)[-1] == ("placed", "李四")


def test_a_point_off_the_earth_is_refused(database: Database) -> None:
    bring_in(database, station("a"))
    with pytest.raises(ValidationError):
        put(database, placing=Placing(36.66, 117.02, "张三"))
    assert len(past(database)) == 1
