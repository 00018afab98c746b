"""The register as it was: every import of the past is found again, whatever came after it."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from geo.registry.diff import Register
from geo.registry.hand_changes import Placing, place_station
from geo.registry.stations import import_stations, load_stations, load_stations_as_of
from geo.registry.tables import station_changes
from geo.station import Kind, Station
from store import Database, open_database
from tests.profile import SLOW
from tests.tiers import budget
from tests.transactions import read_in, write_in

START = datetime(2026, 1, 1, tzinfo=UTC)
_numbers = count()


def station(number: int, **fields: object) -> Station:
    values = {"lon": 117.0, "lat": 36.6, "kind": Kind.OUTDOOR_STATION, "name": f"站{number}", **fields}
    return Station.model_validate({"id": f"s{number}", **values})


def bring_in(database: Database, stations: list[Station], at: datetime, name: str = "test") -> None:
    register = Register(name, "test", "test.csv", f"{next(_numbers)}")
    write_in(database, import_stations, register, stations, at, confirmed=True)


def as_of(database: Database, at: datetime, register: str | None = None) -> list[Station]:
    return read_in(database, load_stations_as_of, at, register=register)


def test_other_registers_and_placings_by_hand_are_seen_as_they_were(database: Database) -> None:
    bring_in(database, [station(1, lon=None, lat=None)], START)
    bring_in(database, [station(9)], START + timedelta(days=1), "other")
    write_in(database, place_station, "s1", Placing(117.2, 36.7, "张工"), START + timedelta(days=2))
    assert [s.id for s in as_of(database, START)] == ["s1"]
    assert as_of(database, START - timedelta(seconds=1)) == []
    assert not as_of(database, START + timedelta(days=1))[0].is_placed
    assert as_of(database, START + timedelta(days=2))[0].lon == 117.2
    assert [s.id for s in as_of(database, START + timedelta(days=2), "other")] == ["s9"]


VERSIONS = st.lists(
    st.dictionaries(
        st.integers(0, 4),
        st.tuples(st.sampled_from([117.0, 117.1, None]), st.sampled_from(["", "24小时"]), st.booleans()),
        max_size=5,
    ),
    min_size=1,
    max_size=6,
)


@pytest.mark.deeper
@settings(
    deadline=None,
    derandomize=True,
    max_examples=budget(25),
    suppress_health_check=[*SLOW, HealthCheck.function_scoped_fixture],
)
@given(VERSIONS)
def test_after_any_imports_each_is_found_again_and_the_history_leads_to_the_last(
    migrated_file: Path,
    tmp_path_factory: pytest.TempPathFactory,
    versions: list[dict[int, tuple[float | None, str, bool]]],
) -> None:
    path = tmp_path_factory.mktemp("as_of") / "yihui.db"
    shutil.copy(migrated_file, path)
    database = open_database(str(path))
    written = []
    for number, version in enumerate(versions):
        stations = [
            station(
                id,
                lon=lon,
                lat=None if lon is None else 36.6,
                hours_text=hours,
                facilities=["water"] if has_water else [],
            )
            for id, (lon, hours, has_water) in sorted(version.items())
        ]
        at = START + timedelta(days=number)
        bring_in(database, stations, at)
        written.append((at, stations))
        assert read_in(database, load_stations) == stations
    for at, stations in written:
        assert as_of(database, at) == stations
    told: dict[str, dict[str, object]] = {}
    with database.read() as connection:
        for row in connection.execute(select(station_changes).order_by(station_changes.c.sequence)):
            told.setdefault(row.station_id, {}).update(json.loads(row.after))
            if row.change == "gone":
                del told[row.station_id]
    assert [Station.model_validate(told[id]) for id in sorted(told)] == stations
    database.close()
