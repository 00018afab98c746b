"""A device's last reading holds, whatever the order in which readings arrive. On both databases."""

from datetime import timedelta
from itertools import permutations

import pytest

from geo.registry.diff import Register
from geo.registry.keys import add_device, find_device_by_key, load_readings, record_reading, revoke_device
from geo.registry.statements import live_version, load_live_summaries, stations_reported_since
from geo.registry.stations import import_stations
from geo.registry.tables import station_statements
from geo.station import Kind, Station
from geo.status.devices import DeviceReading
from store import Database
from tests.geo.spoken import MINUTE
from tests.transactions import read_in, write_in
from tools.servers.sending import NOW

CABIN = Station(
    id="a", name="太白楼驿站", kind=Kind.OUTDOOR_STATION, lon=116.6, lat=35.4, hours_text="24小时"
)


@pytest.fixture
def device(database: Database) -> str:
    source = Register(name="test", source="test", file="test.csv", digest="1")
    with database.write() as connection:
        import_stations(connection, source, [CABIN], NOW, confirmed=True)
        return add_device(connection, CABIN.id, "门锁", NOW - timedelta(days=3))[0].id


def record(database: Database, device: str, *readings: DeviceReading) -> list[bool]:
    with database.write() as connection:
        return [record_reading(connection, device, reading, NOW) for reading in readings]


def states(database: Database) -> list[str]:
    live = read_in(database, load_live_summaries, NOW).get(CABIN.id)
    return [status.state.value for status in live.statuses_at(NOW)] if live else []


def version(database: Database) -> int:
    return read_in(database, live_version)


def test_readings_late_twice_and_in_any_order_leave_the_last_one(database: Database, device: str) -> None:
    sent = [
        DeviceReading(NOW - 20 * MINUTE, "open", 3),
        DeviceReading(NOW - 10 * MINUTE, "closed"),
        DeviceReading(NOW - 10 * MINUTE, "open"),  # of one instant the closed door holds
    ]
    for order in permutations(sent):
        one = write_in(database, add_device, CABIN.id, "", NOW)[0].id
        assert record(database, one, *order, order[0]) == [True] * 4
        with database.write() as connection:
            assert load_readings(connection)[CABIN.id] == [sent[1]]
            revoke_device(connection, one, NOW)


def test_only_a_change_gives_a_new_version_and_one_row_of_it_stays(database: Database, device: str) -> None:
    record(database, device, DeviceReading(NOW - 30 * MINUTE, "open"))
    before = version(database)
    record(database, device, DeviceReading(NOW - 20 * MINUTE, "open"))
    assert version(database) == before
    record(database, device, DeviceReading(NOW - 10 * MINUTE, "closed"))
    assert version(database) > before
    with database.read() as connection:
        assert stations_reported_since(connection, before, 10) == {CABIN.id}
        assert len(connection.execute(station_statements.select()).all()) == 1
    assert states(database) == ["closed"]


def test_a_revoked_device_states_nothing_any_more(database: Database, device: str) -> None:
    record(database, device, DeviceReading(NOW - 30 * MINUTE, "closed"))
    before = version(database)
    assert write_in(database, revoke_device, device, NOW).revoked_at == NOW
    assert states(database) == [] and version(database) > before
    assert record(database, device, DeviceReading(NOW, "open")) == [False]


def test_a_key_finds_its_device_and_no_other_text_does(database: Database, device: str) -> None:
    with database.write() as connection:
        made, key = add_device(connection, CABIN.id, "门锁", NOW)
        assert find_device_by_key(connection, key) == made
        assert find_device_by_key(connection, f"{key[:-1]}{'a' if key[-1] != 'a' else 'b'}") is None
