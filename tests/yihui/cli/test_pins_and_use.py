"""yihui stations pins and use: what riders said and did, as a planner and whoever looks after the map read it."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from geo.geodesy import geodesic_m
from geo.messages import Reported
from geo.registry.diff import Register
from geo.registry.hand_changes import Placing, place_station
from geo.registry.reports import RIDER_SOURCE, StationEvent
from geo.registry.statements import record_status_reports
from geo.registry.stations import import_stations
from geo.registry.usage_counts import record_use_counts
from geo.station import Kind, Station
from geo.status.pins import RiderPin, build_pin_proposals
from geo.usage_counts import UseCount
from tests.yihui.commands import Command, Done, commands_through
from yihui.bootstrap import Settings, Wiring, build_wiring

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
OUTDOOR = Kind.OUTDOOR_STATION
STATIONS = [
    Station(id="a", name="泉城路驿站", kind=OUTDOOR, lon=117.02, lat=36.66, district="370102"),
    Station(id="b", name="明湖驿站", kind=OUTDOOR, lon=117.03, lat=36.67, district="370103"),
    Station(id="u", name="没有位置的驿站", kind=OUTDOOR, district="370102"),
]


@pytest.fixture
def wiring(tmp_path: Path) -> Iterator[Wiring]:
    made = build_wiring(Settings(database=str(tmp_path / "yihui.db"), data_folder=tmp_path), now=lambda: NOW)
    with made.database.write() as connection:
        at = NOW - timedelta(days=100)
        import_stations(connection, Register("r", "", "r.csv", "1"), STATIONS, at)
    yield made
    made.database.close()


def pinned(wiring: Wiring, *pins: tuple[str, str, float, float], at: datetime = NOW) -> None:
    """Pins by (station, rider, lon, lat)."""
    events = [
        StationEvent(
            RIDER_SOURCE,
            f"{station}-{who}-{at:%d%H}",
            at,
            Reported.model_validate(
                {
                    "station": station,
                    "observation": "wrong_place",
                    "reporter": who * 16,
                    "lon": lon,
                    "lat": lat,
                }
            ),
        )
        for station, who, lon, lat in pins
    ]
    with wiring.database.write() as connection:
        record_status_reports(connection, events, NOW)


@pytest.fixture
def stations(wiring: Wiring, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("YIHUI_NOW", NOW.isoformat())
    command = commands_through(capsys)

    def typed(*words: str) -> Done:
        done = command("--db", wiring.settings.database, "stations", *words, lang="en")
        assert done.code == 0
        return done

    return typed


def test_pins_are_listed_by_how_many_agree_with_their_distance_from_the_register(
    wiring: Wiring, stations: Command
) -> None:
    assert "no rider has set a pin" in stations("pins").err
    pinned(wiring, ("b", "a", 117.05, 36.67), at=NOW - timedelta(hours=5))
    pinned(wiring, ("a", "a", 117.0210, 36.66), ("a", "b", 117.0211, 36.66), ("a", "c", 117.9, 36.0))
    pinned(wiring, ("u", "d", 117.01, 36.65))
    first, second, third = json.loads(stations("pins", "--json").out)
    assert (first["id"], first["agreeing"], len(first["pins"])) == ("a", 2, 3)
    assert first["middle"] == {"lon": 117.0211, "lat": 36.66}  # the stray pin moves it to the next one only
    assert abs(first["distance_m"] - 98.3) < 0.2 and first["bearing"] == "east"
    far = geodesic_m(np.array([[117.03, 36.67]]), np.array([[117.05, 36.67]]))[0]
    assert {(one["id"], one["distance_m"]) for one in (second, third)} == {("b", round(far, 1)), ("u", None)}
    told = stations("pins")
    assert "2 of 3 pins agree on 117.02110, 36.66000 (wgs84)  98 m east" in told.out
    assert "not placed yet" in told.out
    assert "stations that riders place elsewhere: 3" in told.err
    assert len(json.loads(stations("pins", "--district", "370103", "--json").out)) == 1


def test_what_was_said_before_a_place_was_moved_speaks_of_another_point(
    wiring: Wiring, stations: Command
) -> None:
    pinned(wiring, ("u", "a", 117.01, 36.65), ("a", "a", 117.03, 36.66), at=NOW - timedelta(days=2))
    with wiring.database.write() as connection:
        place_station(connection, "u", Placing(117.01, 36.65, "李四"), NOW - timedelta(days=1))
    left = json.loads(stations("pins", "--json").out)
    assert [one["id"] for one in left] == ["a"]
    assert json.loads(stations("pins", "--days", "1", "--json").out) == []
    pinned(wiring, ("u", "b", 117.02, 36.65))
    left = json.loads(stations("pins", "--json").out)
    assert {one["id"] for one in left} == {"a", "u"}


def test_of_one_rider_the_last_pin_counts() -> None:
    pins = [
        RiderPin("a", f"n{n}", NOW + timedelta(minutes=n), who, 117.02 + n / 1_000, 36.66)
        for n, who in enumerate("aab")
    ]
    (found,) = build_pin_proposals(STATIONS, reversed(pins))
    assert [one.pin.number for one in found.pins] == ["n2", "n1"]
    here = np.array([[117.02, 36.66]])
    assert found.pins[0].distance_m == pytest.approx(geodesic_m(here, np.array([[117.022, 36.66]]))[0])


def test_use_is_listed_by_station_and_hour_and_never_for_fewer_than_ten(
    wiring: Wiring, stations: Command
) -> None:
    told = stations("use")
    assert (told.out, "groups of 10 or more" in told.err) == ("", True)
    monday, day = date(2026, 10, 5), date(2026, 10, 6)
    uses = [
        UseCount("a", monday, 12, 30),
        UseCount("a", monday, 13, 8),
        UseCount("a", day, 24 + 13, 4),
        UseCount("b", monday, 12, 9),
        UseCount("u", monday, 12, 9),
        UseCount("b", date(2026, 11, 2), 12, 500),  # the month is not over
    ]
    with wiring.database.write() as connection:
        for one in uses:
            record_use_counts(connection, [one], one.used_on)
    groups = json.loads(stations("use", "--json").out)
    assert [(one["station"], one["hour_of_week"], one["count"]) for one in groups] == [
        ("a", 12, 30),
        ("a", None, 12),
    ]
    told = stations("use")
    assert told.out == "a  泉城路驿站  rests: 42  most: Monday 12:00 (30)\n"
    assert "months: 2026-10" in told.err
    assert stations("use", "--since", "2026-11-01").out == ""
    assert stations("use", "--district", "370103").out == ""
