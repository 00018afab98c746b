"""One point's answer from the stations around it is the answer of the whole register."""

from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from geo.nearest.filters import Filters
from geo.nearest.index import StationIndex
from geo.nearest.query import NearestQuery
from geo.nearest.travel import Travel
from geo.registry.diff import Register
from geo.registry.stations import import_stations
from geo.station import Kind, Station
from store import migrate_database
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.services.stations.nearest import find_nearest, find_nearest_of_point

NIGHT = datetime(2026, 10, 3, 15, 10, tzinfo=UTC)
LON, LAT = 117.02, 36.67
FAR = (130.0, 36.0), (0.0, 89.9), (179.99, 10.0)  # beyond all stations, near a pole, at the 180th meridian
VILLAGE = (110.0, LAT)
# One at 1 km whose 24 hours a form filled in, one in the corner of the first box, one nearer than that outside of it.
AROUND_VILLAGE = ((0.011, 0.0, "00:00-00:00"), (0.0549, 0.0442, "24小时"), (0.0627, 0.0, "24小时"))


@pytest.fixture(scope="module")
def wiring(tmp_path_factory: pytest.TempPathFactory) -> Wiring:
    """A town, a few villages up to 400 km from it, most of them closed at night."""
    chance, folder = Random(1), tmp_path_factory.mktemp("near")
    made = build_wiring(Settings(str(folder / "yihui.db"), Path(folder)))
    migrate_database(made.database)
    placed = [
        Station(
            id=f"s{n}", name="驿站", kind=Kind.OUTDOOR_STATION, hours_text="24小时" if n % 7 == 0 else "08:00-18:00",
            lon=LON + chance.gauss(0, spread), lat=LAT + chance.gauss(0, spread),
        )
        for n, spread in enumerate([0.02] * 80 + [0.05] * 80 + [0.3] * 60 + [2.0] * 30)
    ]  # fmt: skip
    placed += [
        Station(
            id=f"v{n}", name="驿站", kind=Kind.OUTDOOR_STATION, hours_text=hours, lon=VILLAGE[0] + east, lat=LAT + north
        )
        for n, (east, north, hours) in enumerate(AROUND_VILLAGE)
    ]  # fmt: skip
    with made.database.write() as connection:
        import_stations(connection, Register("r", "", "r.csv", "1"), placed, NIGHT)
    return made


def test_what_is_found_around_a_point_is_what_is_found_everywhere(wiring: Wiring) -> None:
    chance, whole = Random(2), wiring.stations()
    for number in range(150):
        spread = chance.choice([0.01, 0.05, 0.3, 3.0])
        point = (LON + chance.gauss(0, spread), LAT + chance.gauss(0, spread))
        query = NearestQuery(
            at=NIGHT,
            k=chance.choice([1, 3, 40, 70]),
            filters=Filters(open_only=chance.random() < 0.6),
            travel=chance.choice([None, Travel.by_mode("walk")]),
            within_m=chance.choice([None, 300.0, 4_000.0, 30_000.0]),
            exactly=chance.random() < 0.3,
        )
        where = FAR[number] if number < len(FAR) else point
        assert [find_nearest_of_point(wiring.stations, where, query)] == find_nearest(
            whole, [where], query
        ), query


def test_the_last_of_an_answer_need_not_be_the_farthest(wiring: Wiring) -> None:
    query = NearestQuery(at=NIGHT, k=2, filters=Filters(open_only=True))
    found = find_nearest_of_point(wiring.stations, VILLAGE, query)
    assert found is not None and [hit.station.id for hit in found.results] == ["v2", "v0"]


def test_few_stations_are_read_where_they_decide(wiring: Wiring) -> None:
    read: list[StationIndex] = []

    def read_stations(register: str | None, box: tuple[float, float, float, float] | None) -> StationIndex:
        read.append(wiring.stations(register, box))
        return read[-1]

    find_nearest_of_point(read_stations, (LON, LAT), NearestQuery(at=NIGHT, k=3))
    assert [0 < len(index) < 200 for index in read] == [True]


def test_a_register_without_a_placed_station_has_none(wiring: Wiring) -> None:
    assert find_nearest_of_point(wiring.stations, (LON, LAT), NearestQuery(at=NIGHT, register="none")) is None
