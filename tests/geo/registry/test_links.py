"""A station under two ids: events, keys and the state at an earlier day follow the id that it keeps. On both databases."""

from datetime import timedelta
from functools import partial

import pytest

from geo.messages import Observation, Reported
from geo.registry.keys import add_device, issue_keeper_key, load_devices
from geo.registry.links import link_stations
from geo.registry.photos import add_photo, list_photos
from geo.registry.reports import StationEvent
from geo.registry.statements import (
    find_known_station_ids,
    load_live_summaries,
    record_status_reports,
    stations_by_keeper_key,
)
from geo.registry.stations import find_station, load_stations, load_stations_as_of
from store import Database
from tests.geo.registry.test_stations import AT, station
from tests.geo.registry.test_stations import bring_in as import_into

LATER = AT + timedelta(days=1)
bring_in = partial(import_into, confirmed=True)


@pytest.mark.both_databases
def test_what_names_the_new_id_counts_for_the_station(database: Database) -> None:
    bring_in(database, station("old"))
    with database.write() as connection:
        assert link_stations(connection, "old", "new", AT, "甲") == "old"
        assert link_stations(connection, "old", "new", AT, "甲") == "old", "once more changes nothing"
        assert find_known_station_ids(connection, ["new", "old", "other"]) == {"new", "old"}
        report = Reported(station="new", observation=Observation.CROWDED)
        record_status_reports(connection, [StationEvent("/s", "1", AT, report)], AT)
        assert set(load_live_summaries(connection, AT)) == {"old"}


def test_a_key_a_device_and_a_photo_of_the_new_id_are_the_stations(database: Database) -> None:
    bring_in(database, station("old"))
    bring_in(database, station("new"), at=LATER)
    with database.write() as connection:
        key = issue_keeper_key(connection, "new", LATER).key.id
        device, _ = add_device(connection, "new", "门锁", LATER)
        photo = add_photo(connection, "new", b"picture", "li.min", LATER)
        link_stations(connection, "old", "new", LATER, "甲")
        assert stations_by_keeper_key(connection, [key])[key][0] == "old"
        assert [one.id for one in load_devices(connection, "old")] == [device.id]
        assert [one.number for one in list_photos(connection, "old")] == [photo]
        found = find_station(connection, "new")
        assert found is not None
        assert found.id == "old"


def test_the_register_of_an_earlier_day_is_as_it_was(database: Database) -> None:
    bring_in(database, station("old", name="甲"))
    bring_in(database, station("new", name="乙"), at=LATER)
    with database.write() as connection:
        link_stations(connection, "old", "new", LATER + timedelta(days=1), "丙")
    with database.read() as connection:
        now = [(s.id, s.name) for s in load_stations(connection)]
        days = [[(s.id, s.name) for s in load_stations_as_of(connection, at)] for at in (AT, LATER)]
    assert now == [("old", "乙")]
    assert days == [[("old", "甲")], [("new", "乙")]]


def test_the_second_new_id_of_a_station_leads_to_its_first(database: Database) -> None:
    bring_in(database, station("a"))
    with database.write() as connection:
        link_stations(connection, "a", "b", AT, "甲")
        assert link_stations(connection, "b", "c", AT, "甲") == "a"
    bring_in(database, station("c", name="新名"), at=LATER)
    with database.read() as connection:
        assert [(s.id, s.name) for s in load_stations(connection)] == [("a", "新名")]
