"""Devices, and doors that networks shut."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from sqlalchemy import select

from geo.messages import Observation, Reported
from geo.registry import (
    Register,
    StationEvent,
    add_device,
    find_device_by_key,
    import_stations,
    live_version,
    load_live_summaries,
    load_readings,
    record_reading,
    record_status_reports,
    revoke_device,
    stations_reported_since,
)
from geo.registry.tables import station_statements
from geo.station import Kind, Station
from geo.status.devices import DeviceReading
from geo.status.statements import DEFAULT_REPORT_TERMS
from store import Database
from tests.events.sending import NOW
from tests.geo.spoken import MINUTE

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
    with database.read() as connection:
        live = load_live_summaries(connection, NOW).get(CABIN.id)
    return [status.state.value for status in live.statuses_at(NOW)] if live else []


def version(database: Database) -> int:
    with database.read() as connection:
        return live_version(connection)


def test_readings_late_twice_and_in_any_order_leave_the_last_one(database: Database, device: str) -> None:
    sent = [
        DeviceReading(NOW - 20 * MINUTE, "open", 3),
        DeviceReading(NOW - 10 * MINUTE, "closed"),
        DeviceReading(NOW - 10 * MINUTE, "open"),  # of one instant the closed door holds
    ]
    for order in permutations(sent):
        with database.write() as connection:
            one = add_device(connection, CABIN.id, "", NOW)[0].id
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
    with database.write() as connection:
        assert revoke_device(connection, device, NOW).revoked_at == NOW
    assert states(database) == [] and version(database) > before
    assert record(database, device, DeviceReading(NOW, "open")) == [False]


def test_a_key_finds_its_device_and_no_other_text_does(database: Database) -> None:
    source = Register(name="test", source="test", file="test.csv", digest="1")
    with database.write() as connection:
        import_stations(connection, source, [CABIN], NOW, confirmed=True)
        made, key = add_device(connection, CABIN.id, "门锁", NOW)
        assert find_device_by_key(connection, key) == made
        assert find_device_by_key(connection, f"{key[:-1]}{'a' if key[-1] != 'a' else 'b'}") is None


AT = datetime(2026, 10, 3, 1, 0, tzinfo=UTC)
MOST = DEFAULT_REPORT_TERMS.most_shut_by_network
DAY = timedelta(days=1)
NETWORK, OTHER = "ab" * 16, "cd" * 16


@pytest.fixture(autouse=True)
def doors(database: Database) -> None:
    stations = [
        Station.model_validate({"id": f"s{n}", "name": "驿站", "kind": "library"}) for n in range(2 * MOST)
    ]
    with database.write() as connection:
        import_stations(connection, Register("r", "", "r.csv", "1"), stations, AT)


def reported(number: int, network: str = NETWORK, after: timedelta = timedelta(), what: str = "locked",
             station: int | None = None) -> StationEvent:  # fmt: skip
    rider = f"{network}{number:032x}"  # an address of its own each time
    place = f"s{number if station is None else station}"
    said = Reported(station=place, observation=Observation(what), reporter=rider)
    return StationEvent("/riders", f"{network}-{number}-{what}-{after}", AT + after, said)


def counted(database: Database, *portions: Sequence[StationEvent]) -> list[bool]:
    for portion in portions:
        with database.write() as connection:
            record_status_reports(connection, portion, AT)
    c = station_statements.c
    with database.read() as connection:
        return list(connection.execute(select(c.counts).order_by(c.sequence)).scalars())


@pytest.mark.both_databases
def test_the_eleventh_station_of_a_day_is_no_longer_believed_in_one_batch_or_many(database: Database) -> None:
    events = [reported(n) for n in range(MOST + 2)]
    singly = [[event] for event in events]
    assert counted(database, *singly) == [True] * MOST + [False] * 2


def test_within_one_batch_it_is_the_same(database: Database) -> None:
    assert counted(database, [reported(n) for n in range(MOST + 2)]) == [True] * MOST + [False] * 2


def test_a_day_later_another_network_the_same_door_and_other_words_are_believed(database: Database) -> None:
    before = [reported(n) for n in range(MOST)]
    assert all(
        counted(
            database,
            before,
            [
                reported(MOST, OTHER),
                reported(MOST + 1, what="fine"),
                reported(MOST + 2, what="crowded"),
                reported(MOST + 3, station=0, what="closed"),
                reported(MOST + 4, after=DAY),
            ],
        )
    )
