"""A town in Jinan whose best sites are plain to see, as files and as a register."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from geo.registry.diff import Register
from geo.registry.stations import import_stations
from geo.station import Access, Kind, Station
from tests.geo.siting.towns import at
from yihui.bootstrap import Settings, Wiring, build_wiring

Place = tuple[str, float, float]  # name, metres east and north of the middle

# People by where they are; the three large ones that nobody serves are the obvious answers.
PEOPLE: tuple[tuple[float, float, int], ...] = (
    (0, 0, 900), (50, 60, 300), (-80, 20, 200),          # the market: 1,400
    (4_000, 0, 700), (4_100, 90, 200),                   # the station: 900
    (0, 4_000, 500), (70, 4_080, 60),                    # the university: 560
    (4_000, 4_000, 100), (-4_000, 0, 90), (0, -4_000, 80),  # hamlets
    (-4_000, -4_000, 2_000),                             # the old town, which has a station open all night
)  # fmt: skip
SITES: tuple[Place, ...] = (
    ("北关邮局", 20, 3_990),
    ("集市便利店", 10, 30),
    ("火车站加油站", 4_030, 20),
    ("东村商店", 4_020, 4_010),
    ("西村商店", -4_010, 10),
    ("南村商店", 0, -4_030),
    ("老城邮局", -3_900, -3_900),
    ("荒地加油站", 8_000, 8_000),
)
OPEN_ALL_NIGHT: Place = ("老城驿站", -4_010, -4_020)
BY_DAY: tuple[Place, ...] = (
    ("集市驿站", 200, 100),
    ("火车站驿站", 4_200, 0),
    ("西村驿站", -4_100, 0),
)
NIGHT = "2026-10-09T23:10+08:00"


@dataclass
class Town:
    """``folder`` holds everything; ``data`` the outlines' cache, which all tests share."""

    folder: Path
    data: Path
    people: Sequence[tuple[float, float, int]] = PEOPLE
    sites: Sequence[Place] = SITES
    stations: list[Station] = field(default_factory=list)

    def wiring(self, lang: str = "zh") -> Wiring:
        return build_wiring(Settings(database=str(self.database), data_folder=self.data, language=lang))

    @property
    def database(self) -> Path:
        return self.folder / "yihui.db"

    def register(self) -> None:
        wiring = self.wiring()
        with wiring.database.write() as connection:
            import_stations(connection, Register("r", "", "r.csv", "1"), self.stations, wiring.now())
        wiring.database.close()

    def demand_file(self) -> Path:
        rows = [
            f"{lon:.7f},{lat:.7f},{p[2]}"
            for (lon, lat), p in zip(points_of(self.people), self.people, strict=True)
        ]
        return self.write("people.csv", "lon,lat,people", rows)

    def candidate_file(self, costs: Sequence[object] | None = None) -> Path:
        points = at(*((east, north) for _, east, north in self.sites)).tolist()
        rows = [
            f"{name},{lon:.7f},{lat:.7f}" for (name, _, _), (lon, lat) in zip(self.sites, points, strict=True)
        ]
        if costs is None:
            return self.write("sites.csv", "名称,经度,纬度", rows)
        return self.write(
            "sites.csv", "名称,经度,纬度,费用（元）", [f"{r},{c}" for r, c in zip(rows, costs, strict=True)]
        )

    def write(self, name: str, header: str, rows: Sequence[str]) -> Path:
        path = self.folder / name
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        return path


def points_of(people: Sequence[tuple[float, float, int]]) -> list[list[float]]:
    return at(*((east, north) for east, north, _ in people)).tolist()


def station(number: int, place: Place, hours: str) -> Station:
    name, east, north = place
    ((lon, lat),) = at((east, north)).tolist()
    return Station(
        id=f"s{number}", name=name, kind=Kind.OUTDOOR_STATION, lon=lon, lat=lat, hours_text=hours,
        access=Access.PUBLIC, district="370103", sample=True,
    )  # fmt: skip


def stations_of_town() -> list[Station]:
    day = [station(number + 1, place, "08:00-18:00") for number, place in enumerate(BY_DAY)]
    return [station(0, OPEN_ALL_NIGHT, "24小时"), *day]


@pytest.fixture(scope="module")
def town_database(data_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the town's stations, to be copied: making one takes a second."""
    built = Town(tmp_path_factory.mktemp("town"), data_folder, stations=stations_of_town())
    built.register()
    return built.database


@pytest.fixture
def town(data_folder: Path, tmp_path: Path, town_database: Path) -> Town:
    """The town, with a database of its own."""
    built = Town(tmp_path, data_folder, stations=stations_of_town())
    shutil.copy(town_database, built.database)
    return built
