"""``station.sensed`` takes effect once, whatever its order. On both databases."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from events import BatchOutcome
from events.envelope import InvalidEvent, parse_event
from geo.registry import (
    Register,
    add_device,
    delete_old_readings,
    find_devices,
    has_old_readings,
    import_stations,
    live_version,
    load_live_summaries,
    revoke_device,
    stations_reported_since,
)
from geo.registry.readings import MAX_READINGS_PER_HOUR, sensed_hours, station_readings
from geo.registry.tables import station_statements
from geo.station import Station
from store import Database, inbox
from tests.events.sending import NOW, Sender

Handle = Callable[..., BatchOutcome]
REGISTER = Register("任城", "总工会", "stations.csv", "0" * 64)
CABIN = Station.model_validate(
    {
        "id": "任城-1",
        "name": "太白楼驿站",
        "kind": "outdoor_station",
        "lon": 116.6,
        "lat": 35.4,
        "hours_text": "24小时",
    }
)
OTHER = CABIN.model_copy(update={"id": "任城-2"})


@pytest.fixture(autouse=True)
def register(database: Database) -> None:
    with database.write() as connection:
        import_stations(connection, REGISTER, [CABIN, OTHER], NOW, confirmed=True)


@pytest.fixture
def device(database: Database) -> str:
    with database.write() as connection:
        return add_device(connection, CABIN.id, "门锁", NOW - timedelta(days=3))[0].id


def sensed(send: Sender, device: str, minutes_ago: int, id: str = "", **data: object) -> str:
    at = (NOW - timedelta(minutes=minutes_ago)).isoformat()
    station = str(data.pop("station", CABIN.id))
    envelope = {"id": id} if id else {}
    return send("station.sensed", station, at, envelope=envelope, station=station, device=device, **data)


def states(database: Database, at: datetime = NOW) -> list[str]:
    with database.read() as connection:
        live = load_live_summaries(connection, at).get(CABIN.id)
    return [status.state.value for status in live.statuses_at(at)] if live else []


def version(database: Database) -> int:
    with database.read() as connection:
        return live_version(connection)


def count(database: Database, table: object) -> int:
    with database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [1, 20])
def test_a_locked_door_is_closed_and_readings_leave_no_row_in_the_inbox(
    handled: Handle, send: Sender, database: Database, device: str, size: int
) -> None:
    lines = [sensed(send, device, 9, door="open", occupied=True), sensed(send, device, 5, door="locked")]
    outcome = handled(*lines, *lines, size=size)
    assert (outcome.handled, outcome.duplicates, outcome.dead_letters) == (2, 2, [])
    assert states(database) == ["closed", "sensed"]
    assert states(database, NOW + timedelta(hours=1)) == ["silent"]
    assert count(database, inbox) == 0
    with database.read() as connection:
        (row,) = connection.execute(select(sensed_hours)).all()
    assert row == (date(2026, 10, 3), CABIN.id, 23, 2, 1, 1, 1)


def test_only_a_change_gives_a_new_version_and_one_row_of_it_stays(
    handled: Handle, send: Sender, database: Database, device: str
) -> None:
    handled(sensed(send, device, 30, door="open"))
    before = version(database)
    handled(sensed(send, device, 20, door="open", temperature_c=20))
    assert version(database) == before
    handled(sensed(send, device, 10, door="locked"))
    assert version(database) > before
    with database.read() as connection:
        assert stations_reported_since(connection, before, 10) == {CABIN.id}
    assert count(database, station_statements) == 1


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"station": "任城-2", "door": "open"}, "unknown_device"),
        ({"station": "任城-9", "door": "open"}, "unknown_device"),
    ],
)
def test_a_device_speaks_for_its_own_station_only(
    handled: Handle, send: Sender, device: str, data: dict[str, object], reason: str
) -> None:
    (letter,) = handled(sensed(send, device, 5, **data)).dead_letters
    assert letter.reason == reason


def test_a_revoked_device_says_nothing_any_more(
    handled: Handle, send: Sender, database: Database, device: str
) -> None:
    handled(sensed(send, device, 30, door="locked"))
    before = version(database)
    with database.write() as connection:
        revoke_device(connection, device, NOW - timedelta(minutes=20))
    assert states(database) == [] and version(database) > before
    assert [x.reason for x in handled(sensed(send, device, 5, door="open")).dead_letters] == [
        "unknown_device"
    ]


def test_the_same_id_with_other_content_and_late_readings_are_refused(
    handled: Handle, send: Sender, device: str
) -> None:
    handled(sensed(send, device, 5, "a", door="open"))
    again = sensed(send, device, 5, "a", door="locked")
    late = sensed(send, device, 24 * 60, door="open")
    assert [x.reason for x in handled(again, late).dead_letters] == ["id_reused", "late_reading"]


@pytest.mark.parametrize("size", [1, 1000])
def test_a_flood_is_refused_from_the_first_reading_too_many(
    handled: Handle, send: Sender, database: Database, device: str, size: int
) -> None:
    lines = [sensed(send, device, 8, door="open") for _ in range(MAX_READINGS_PER_HOUR + 3)]
    outcome = handled(*lines[:-1], size=1000)
    outcome.add(handled(lines[-1], size=size))
    assert [x.reason for x in outcome.dead_letters] == ["flood"] * 3
    assert count(database, station_readings) == MAX_READINGS_PER_HOUR
    assert handled(sensed(send, device, 11, door="open")).dead_letters == []  # 22:59, of the hour before


def test_raw_readings_go_after_two_days_and_what_was_stated_and_counted_stays(
    handled: Handle, send: Sender, database: Database, device: str
) -> None:
    handled(sensed(send, device, 30, door="locked"))
    later = NOW + timedelta(days=2)
    with database.write() as connection:
        assert has_old_readings(connection, later) and not has_old_readings(connection, NOW)
        assert delete_old_readings(connection, later) == 1
    assert states(database, later) == ["silent"]
    assert count(database, sensed_hours) == 1


READING = st.tuples(
    st.integers(0, 60), st.fixed_dictionaries({}, optional={"door": st.sampled_from(["open", "locked"]), "water": st.booleans()})
)  # fmt: skip


@pytest.mark.endure
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(readings=st.lists(READING, min_size=1, max_size=6), order=st.randoms(), size=st.integers(1, 4))
def test_any_order_and_any_batches_store_the_same_state(
    handled: Handle,
    database: Database,
    send: Sender,
    readings: list[tuple[int, dict[str, object]]],
    order: "object",
    size: int,
) -> None:
    with database.write() as connection:
        one, other = (add_device(connection, CABIN.id, "", NOW - timedelta(days=3))[0].id for _ in "ab")
    made = [(minute, n, data) for n, (minute, data) in enumerate(readings) if data]
    if not made:
        return
    handled(*(sensed(send, one, m, f"{one}-{n}", **data) for m, n, data in made))
    shuffled = [*made, made[0]]
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    handled(*(sensed(send, other, m, f"{other}-{n}", **data) for m, n, data in shuffled), size=size)
    with database.read() as connection:
        found = find_devices(connection, [one, other])
    plain = [
        {name: (s.value, s.since, s.at) for name, s in found[id].state.stated.items()} for id in (one, other)
    ]
    assert plain[0] == plain[1]


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"door": "ajar"}, "data.door"),
        ({"door": "开"}, "data.door"),
        ({"door": ""}, "data.door"),
        ({"occupied": "no"}, "data.occupied"),
        ({"occupied": 0}, "data.occupied"),
        ({"water": "off"}, "data.water"),
        ({"temperature_c": "21"}, "data.temperature_c"),
        ({"temperature_c": 81}, "data.temperature_c"),
        ({"temperature_c": -60.5}, "data.temperature_c"),
        ({"temperature_c": True}, "data.temperature_c"),
        ({"door": "open", "face": "王"}, "data.face"),
        ({}, "data"),
        ({"door": None}, "data"),
    ],
)
def test_a_word_that_is_not_understood_is_refused_and_never_its_opposite(
    send: Sender, data: dict[str, object], field: str
) -> None:
    item = parse_event(sensed(send, "abcdefgh", 5, **data), NOW)
    assert isinstance(item, InvalidEvent) and [fault.field for fault in item.faults] == [field]


@pytest.mark.parametrize("degrees", [-60, 80, 21.5, 0])
def test_degrees_within_bounds_are_taken(send: Sender, degrees: float) -> None:
    assert not isinstance(parse_event(sensed(send, "abcdefgh", 5, temperature_c=degrees), NOW), InvalidEvent)
