"""Use by weekday and hour against counting single readings; what no reading says is unknown."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert

from geo.registry import Register, import_stations
from geo.registry.device_use import load_weeks_of_use
from geo.registry.readings import sensed_hours
from geo.station import Kind, Station
from store import Database
from tests.events.sending import NOW
from tests.tiers import budget

MONDAY = date(2026, 11, 2)
ROW = st.fixed_dictionaries(
    {
        "station_id": st.sampled_from(["a", "b"]),
        "day": st.integers(-1, 15),
        "hour": st.sampled_from([0, 9, 23]),
        "watched": st.integers(0, 4),
        "occupied": st.integers(0, 4),
        "locked": st.integers(0, 1),
    }
)


@pytest.mark.deeper
@settings(max_examples=budget(20), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ROW, max_size=12, unique_by=lambda row: (row["station_id"], row["day"], row["hour"])))
def test_shares_are_those_of_single_readings(database: Database, rows: list[dict[str, object]]) -> None:
    readings: dict[tuple[str, int], list[bool]] = {}
    with database.write() as connection:
        source = Register(name="test", source="test", file="test.csv", digest="1")
        places = [Station(id=id, name=id, kind=Kind.OUTDOOR_STATION, lon=117.0, lat=36.6) for id in "ab"]
        import_stations(connection, source, places, NOW, confirmed=True)
        connection.execute(delete(sensed_hours))
        for row in rows:
            day, watched = int(str(row["day"])), int(str(row["watched"]))
            occupied = min(watched, int(str(row["occupied"])))
            on = MONDAY + timedelta(days=day)
            connection.execute(
                insert(sensed_hours).values(
                    sensed_on=on, station_id=row["station_id"], hour=row["hour"], readings=watched + 1,
                    watched=watched, occupied=occupied, locked=row["locked"],
                )
            )  # fmt: skip
            if 0 <= day < 14:
                key = str(row["station_id"]), on.weekday() * 24 + int(str(row["hour"]))
                readings.setdefault(key, []).extend([n < occupied for n in range(watched)])
        found = load_weeks_of_use(connection, {"a", "b"}, MONDAY, MONDAY + timedelta(days=13))
        only = load_weeks_of_use(connection, {"b"}, MONDAY, MONDAY + timedelta(days=13))
    assert [one.station for one in found] == sorted({station for station, _ in readings})
    assert only == [one for one in found if one.station == "b"]
    for one in found:
        for hour in range(168):
            said = readings.get((one.station, hour), [])
            assert one.occupied_share[hour] == (sum(said) / len(said) if said else None)
