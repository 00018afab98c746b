"""Station events take effect in the register, in the transaction that handles them. On both databases."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from events import BatchOutcome, EventRunner, InboundEvent, parse_event
from geo.registry.diff import Register
from geo.registry.inspections import Inspection, last_inspection
from geo.registry.keys import issue_keeper_key, revoke_keeper_key
from geo.registry.statements import live_version, load_live_summaries
from geo.registry.stations import find_station, import_stations, load_station_history, register_version
from geo.registry.tables import station_statements
from geo.station import Station
from rules import RuleLibrary
from store import Database
from tests.transactions import read_in, rows_in, values_in, write_in
from tools.servers.sending import NOW, Sender

Handle = Callable[..., BatchOutcome]
REGISTER = Register("历下", "总工会", "stations.csv", "0" * 64)
DOOR = Station.model_validate(
    {
        "id": "历下-1",
        "name": "泉城路驿站",
        "kind": "library",
        "lon": 117.0,
        "lat": 36.5,
        "facilities": ["water"],
    }
)
OTHER = DOOR.model_copy(update={"id": "历下-2"})
AT = "2026-10-03T23:00:00+08:00"  # ten minutes before NOW
RIDERS = ["a" * 16, "b" * 16, "c" * 16]


@pytest.fixture(autouse=True)
def register(database: Database) -> None:
    bring_in(database, DOOR, OTHER)


def bring_in(database: Database, *stations: Station) -> object:
    return write_in(database, import_stations, REGISTER, stations, NOW, confirmed=True)


def about(send: Sender, kind: str, station: str = "历下-1", at: str = AT, **data: object) -> str:
    return send(f"station.{kind}", station, at, station=station, **data)


def reported(send: Sender, observation: str, reporter: str, at: str = AT, **data: object) -> str:
    return about(send, "reported", at=at, observation=observation, reporter=reporter, **data)


def holds(database: Database, at: datetime = NOW, station: str = "历下-1") -> list[str]:
    live = read_in(database, load_live_summaries, at).get(station)
    return [] if live is None else [s.reason.format_map(dict(s.params)) for s in live.statuses]


def reasons(outcomes: BatchOutcome) -> list[str]:
    return [letter.reason for letter in outcomes.dead_letters]


def test_two_riders_close_a_station_and_its_neighbour_stays_open(
    handled: Handle, send: Sender, database: Database
) -> None:
    assert handled(reported(send, "locked", RIDERS[0])).handled == 1
    assert holds(database) == []
    handled(reported(send, "locked", RIDERS[0]), reported(send, "locked", RIDERS[1]))
    assert holds(database) == ["2 people reported the door locked (last 23:00)"]
    assert holds(database, station="历下-2") == []
    assert holds(database, NOW + timedelta(hours=2)) == []


def test_a_closed_day_special_hours_and_a_broken_kettle_end_by_themselves(
    handled: Handle, send: Sender, database: Database
) -> None:
    before = version(database)
    handled(
        about(send, "closed_today", on="2026-10-03", reason="停电"),
        about(send, "exception_set", first="2026-10-05", last="2026-10-06", hours_text="10:00-16:00"),
        about(send, "reported", observation="broken", keeper=key(database), facility="饮水机"),
    )
    assert holds(database) == [
        "closed today: 停电 (officer, 23:00)",
        "from 2026-10-05 to 2026-10-06: 10:00-16:00 (officer, 23:00)",
        "water: broken (keeper, 23:00)",
    ]
    assert version(database) != before
    assert len(holds(database, NOW + timedelta(days=4))) == 1
    assert holds(database, NOW + timedelta(days=31)) == []


def version(database: Database) -> tuple[int, int]:
    with database.read() as connection:
        return register_version(connection), live_version(connection)


def key(database: Database, station: str = "历下-1", *, revoked_at: datetime | None = None) -> str:
    with database.write() as connection:
        made = issue_keeper_key(connection, station, NOW)
        if revoked_at is not None:
            revoke_keeper_key(connection, made.key.id, revoked_at)
    return made.key.id


def test_an_inspection_verifies_and_no_import_undoes_it(
    handled: Handle, send: Sender, database: Database
) -> None:
    handled(reported(send, "locked", RIDERS[0]), reported(send, "locked", RIDERS[1]))
    seen = about(
        send, "inspected", at="2026-10-03T23:05:00+08:00", on="2026-10-03", meets_standard=False,
        missing=["微波炉", "面积不足 12 平方米"],
    )  # fmt: skip
    handled(seen)
    assert holds(database) == [  # no rider looks for room; whether one gets in, an inspection doesn't say
        "2 people reported the door locked (last 23:00)",
        "microwave: missing (inspection of 2026-10-03)",
    ]
    for _ in range(2):
        with database.read() as connection:
            station, past = find_station(connection, "历下-1"), load_station_history(connection, "历下-1")
            inspection = last_inspection(connection, "历下-1")
        assert station is not None
        assert station.verified_on == date(2026, 10, 3)
        assert inspection == Inspection(date(2026, 10, 3), False, ("微波炉", "面积不足 12 平方米"))
        assert [entry.change for entry in past] == ["added", "inspected"]
        bring_in(database, DOOR, OTHER)  # whose file knows of no inspection


def test_an_older_inspection_does_not_make_the_verification_older(
    handled: Handle, send: Sender, database: Database
) -> None:
    for day in ("2026-10-03", "2026-09-01"):
        handled(about(send, "inspected", at=f"{day}T09:00:00+08:00", on=day, meets_standard=True))
    station = read_in(database, find_station, "历下-1")
    assert station is not None
    assert station.verified_on == date(2026, 10, 3)


@pytest.mark.both_databases
def test_what_can_not_take_effect_is_a_dead_letter_with_its_reason(
    handled: Handle, send: Sender, database: Database
) -> None:
    stranger, revoked = key(database, "历下-2"), key(database, revoked_at=NOW - timedelta(minutes=11))
    outcomes = handled(
        about(send, "closed_today", station="历下-3", on="2026-10-03"),
        send("station.closed_today", "历下-2", AT, station="历下-1", on="2026-10-03"),
        about(send, "closed_today", on="2026-10-03", keeper=stranger),
        about(send, "closed_today", on="2026-10-03", keeper=revoked),
        about(send, "closed_today", on="2026-10-03", keeper="aaaaaaaa"),
        about(send, "inspected", on="2026-10-04", meets_standard=True),
    )
    assert outcomes.handled == 0
    assert reasons(outcomes) == ["unknown_station", "other_subject", *["unknown_keeper"] * 3, "future"]
    assert holds(database) == []
    assert rows_in(database, select(station_statements)) == []


def test_what_was_said_before_a_key_was_revoked_stands(
    handled: Handle, send: Sender, database: Database
) -> None:
    until_now = key(database, revoked_at=NOW)
    assert handled(about(send, "closed_today", on="2026-10-03", keeper=until_now)).dead_letters == []
    assert holds(database) == ["closed today (keeper, 23:00)"]


def test_a_station_that_is_gone_is_unknown_until_it_is_back(
    handled: Handle, send: Sender, database: Database
) -> None:
    bring_in(database, OTHER)
    closing = about(send, "closed_today", on="2026-10-03")
    assert reasons(handled(closing)) == ["unknown_station"]
    bring_in(database, DOOR, OTHER)
    assert handled(closing).handled == 1
    assert holds(database) == ["closed today (officer, 23:00)"]


@pytest.mark.parametrize("size", [1, 20])
def test_what_was_repaired_does_not_break_again_by_itself(
    handled: Handle, send: Sender, database: Database, size: int
) -> None:
    keeper = key(database)
    missing = about(
        send,
        "inspected",
        at="2026-10-01T09:00:00+08:00",
        on="2026-10-01",
        meets_standard=False,
        missing=["饮水"],
    )
    water = about(send, "reported", observation="fine", keeper=keeper, facility="water")
    broken = about(send, "reported", observation="broken", keeper=keeper, facility="wifi")
    well = about(send, "reported", at="2026-10-03T23:05:00+08:00", observation="fine", keeper=keeper)
    handled(missing, water, broken, well, size=size)
    assert [holds(database, NOW + timedelta(days=n)) for n in range(0, 500, 20)] == [[]] * 25
    assert read_in(database, load_live_summaries, NOW + timedelta(days=401)) == {}


@pytest.mark.parametrize("size", [1, 20])
def test_a_rider_who_reports_all_the_time_is_kept_but_not_heard(
    handled: Handle, send: Sender, database: Database, size: int
) -> None:
    elsewhere = [
        about(
            send,
            "reported",
            "历下-2",
            f"2026-10-03T22:{30 + n}:00+08:00",
            observation="fine",
            reporter=RIDERS[0],
        )
        for n in range(6)
    ]
    lines = [*elsewhere, reported(send, "locked", RIDERS[0]), reported(send, "locked", RIDERS[1])]
    assert handled(*lines, size=size).handled == 8
    assert holds(database) == []
    handled(reported(send, "locked", RIDERS[2]))
    assert holds(database) == ["2 people reported the door locked (last 23:00)"]


def test_members_events_and_station_events_share_a_batch(
    handled: Handle, send: Sender, database: Database
) -> None:
    outcomes = handled(send.joined("m-1"), about(send, "closed_today", on="2026-10-03"), send.birthday("m-1"))
    assert (outcomes.handled, [r.outcome for r in outcomes.rulings]) == (3, ["granted", "granted"])
    assert holds(database, datetime(2026, 10, 3, 15, 5, tzinfo=UTC)) == ["closed today (officer, 23:00)"]


@pytest.mark.both_databases
def test_who_has_seen_a_version_has_seen_all_that_was_said_until_then(
    library: RuleLibrary, database: Database
) -> None:
    def speak(number: int) -> None:
        send = Sender()
        runner = EventRunner(database, lambda _: library, lambda: NOW, batch_size=2)
        lines = [
            about(
                send,
                "reported",
                observation="locked",
                reporter=f"{number:016x}",
                envelope={"source": f"/{number}"},
            )
            for _ in range(12)
        ]
        for _ in runner.run_events(InboundEvent(parse_event(line, NOW), "") for line in lines):
            pass

    def there() -> list[int]:
        return sorted(values_in(database, select(station_statements.c.sequence)))

    with ThreadPoolExecutor(4) as pool:
        speakers = [pool.submit(speak, number) for number in range(4)]
        seen: list[int] = []
        while not all(speaker.done() for speaker in speakers):
            now = there()
            assert [number for number in now if number <= max(seen, default=0)] == seen
            seen = now
        for speaker in speakers:
            speaker.result()
    assert len(there()) == 48
