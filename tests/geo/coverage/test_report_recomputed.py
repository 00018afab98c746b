"""Every number of the report on coverage agrees with what PostGIS reckons from the same points and doors."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from math import isclose
from typing import Any

import pytest

from geo.coverage.cells import cell_outlines, cells_from_names
from geo.coverage.demand import Demand
from geo.crs import Datum
from geo.formats.facts import county_population, read_packaged_table
from geo.registry import Register, import_stations
from geo.station import Access, Entry, Kind, Station, Status
from tests.geo.coverage.report_in_postgis import Asked, Reckoner
from yihui.bootstrap import Wiring, build_wiring, load_settings
from yihui.planning.demand.request import DemandQuery
from yihui.planning.demand.run import load_demand
from yihui.planning.report.data import coverage_report_json
from yihui.planning.study.request import StudyOrder
from yihui.planning.study.run import build_study
from yihui.planning.study.study import Study

AT = datetime.fromisoformat("2026-10-14T10:00+08:00")  # a Wednesday of a week without holidays
DAY, NIGHT = 2 * 24 + 10, 2 * 24 + 23
AREA = "370100"
CLOSE = 1e-3  # of areas and distances
SPACING_M = 1_000.0
LONELY = (117.10, 37.45)  # 商河县, far from all other planted places

pytestmark = [pytest.mark.endure, pytest.mark.needs("postgis")]


@dataclass(frozen=True)
class Case:
    """A study, what the report says of it, and PostGIS with the same points."""

    study: Study
    said: dict[str, Any]
    sql: Reckoner


# What is planted: hours with the hours of the week at which they are open, worked out by hand.
_EVERY_HOUR = frozenset(range(168))
_BY_DAY = frozenset(day * 24 + hour for day in range(7) for hour in range(8, 20))
_AT_WORK = frozenset(day * 24 + hour for day in range(5) for hour in range(9, 17))
_NEVER_KNOWN: frozenset[int] = frozenset()
HOURS = {
    "24小时": _EVERY_HOUR,
    "8:00-20:00": _BY_DAY,
    "周一至周五 9:00-17:00": _AT_WORK,
    "请看门口公告": _NEVER_KNOWN,
}


def planted() -> list[Station]:
    """Thirty places in five counties, some of them for others, shut, without coordinates or hours; one lonely."""
    texts = list(HOURS)
    made = []
    for n in range(30):
        lon, lat = 116.94 + 0.021 * (n % 10), 36.60 + 0.043 * (n // 10)
        made.append(
            Station(
                id=f"P{n:02d}",
                name=f"<u>{n}</u>号驿站",
                kind=Kind.MOTHER_ROOM if n % 3 == 0 else Kind.OUTDOOR_STATION,
                lon=lon,
                lat=lat,
                district=("370102", "370103", "370104", "370105", "370112")[n % 5],
                hours_text=texts[n % 4],
                access=(Access.PUBLIC, Access.UNKNOWN, Access.PUBLIC, Access.EMPLOYER, Access.PUBLIC)[n // 6],
                entry=Entry.WALK_IN,
                status={7: Status.CLOSED_TEMPORARILY, 8: Status.CLOSED_FOR_GOOD}.get(n, Status.ACTIVE),
                sample=True,
            )
        )
    made.append(
        Station(id="NIGHT", name="商河驿站", kind=Kind.OUTDOOR_STATION, lon=LONELY[0], lat=LONELY[1],
                district="370126", hours_text="8:00-20:00", access=Access.PUBLIC, sample=True)
    )  # fmt: skip
    made.append(
        Station(
            id="UNPLACED",
            name="没有坐标的驿站",
            kind=Kind.LIBRARY,
            district="370102",
            hours_text="24小时",
            sample=True,
        )
    )
    return made


def doors_of_planted() -> Iterator[tuple[str, int]]:
    """Which places are open to all at which hours: by hand, not by our parser of hours."""
    for place in planted():
        is_for_all = place.access in (Access.PUBLIC, Access.UNKNOWN) and place.status is Status.ACTIVE
        if is_for_all and place.is_placed:
            yield from ((place.id, hour) for hour in HOURS[place.hours_text])


@pytest.fixture(scope="module")
def wiring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wiring]:
    folder = tmp_path_factory.mktemp("data")
    made = build_wiring(load_settings({"YIHUI_DATA_FOLDER": str(folder)}), lambda: AT)
    yield made
    made.close()


@pytest.fixture(scope="module")
def one(wiring: Wiring, postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    """With the census as a file of points: residents who are spread evenly are measured by their ground."""
    residents = load_demand(wiring, DemandQuery("census", AREA, SPACING_M)).demand
    rows = zip(residents.points.tolist(), residents.weight.tolist(), strict=True)
    points = tmp_path_factory.mktemp("demand") / "points.csv"
    points.write_text(
        "lon,lat,人口\n" + "".join(f"{lon!r},{lat!r},{people:.0f}\n" for (lon, lat), people in rows)
    )
    with wiring.database.write() as connection:
        import_stations(connection, Register("planted", "示例", "planted.csv", "0"), planted(), AT)
    order = StudyOrder(AREA, AT, "planted", spacing_m=SPACING_M, sites=4)
    study = build_study(wiring, replace(order, demand=str(points), demand_datum=Datum.WGS84))
    with database(postgres_url, "report_planted") as connection:
        sql = Reckoner(connection, Asked(DAY, NIGHT, 1_000))
        sql.fill(demand_rows(study.demand), station_rows(study), doors_of_planted())
        yield case(study, sql)


@contextlib.contextmanager
def database(url: str, name: str) -> Iterator[Any]:
    import psycopg

    with psycopg.connect(f"{url}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    with psycopg.connect(f"{url}/{name}", autocommit=True) as connection:
        yield connection


def case(study: Study, sql: Reckoner) -> Case:
    said = json.loads(json.dumps(coverage_report_json(study), allow_nan=False))
    return Case(study, said, sql)


def demand_rows(demand: Demand) -> Iterator[tuple[object, ...]]:
    for n, ((lon, lat), weight, district) in enumerate(
        zip(demand.points.tolist(), demand.weight.tolist(), demand.district, strict=True)
    ):
        yield n, weight, district, lon, lat


def station_rows(study: Study) -> Iterator[tuple[object, ...]]:
    """What the register states; the state by day is that of the hours' text."""
    from geo.hours import STATES_BY_CODE

    states = dict(zip((s.id for s in study.index.stations), study.index.states(AT).tolist(), strict=True))
    for s in study.stations:
        state = STATES_BY_CODE[states[s.id]].value if s.is_placed else None
        yield s.id, s.district, s.kind.value, s.status.value, s.access.value, state, s.lon, s.lat


def test_the_places_are_counted_as_sql_counts_them(one: Case) -> None:
    places = one.said["places"]
    assert {name: places[name] for name in one.sql.places()} == one.sql.places()
    assert places["by_kind"] == one.sql.kinds()
    assert places["usable"] > 0
    assert places["unknown"] > 0


def test_the_demand_is_the_census_of_the_city_to_the_person(one: Case) -> None:
    people = county_population(read_packaged_table("shandong_census_2020.csv"))
    of_city = {code: count for code, count in people.items() if code.startswith("3701")}
    assert one.said["demand"]["total"] == one.sql.total() == sum(of_city.values())
    counties = {area["code"]: area["demand"] for area in one.said["areas"] if area["level"] == "county"}
    assert counties == of_city


def test_what_is_served_at_each_hour_agrees_to_the_person(one: Case) -> None:
    served, total = one.sql.served(), one.sql.total()
    assert [share * total for share in one.said["hours"]["share"]] == pytest.approx(served, abs=0.01)
    assert one.said["coverage"]["served"] == served[DAY]
    assert one.said["coverage"]["night_served"] == served[NIGHT]
    hours = one.said["hours"]
    by_hour = [sum(served[hour::24]) / 7 / total for hour in range(24)]
    assert hours["by_hour"] == pytest.approx(by_hour)
    assert hours["day"] == pytest.approx(sum(by_hour[8:18]) / 10)
    assert hours["night"] == pytest.approx(sum(by_hour[22:] + by_hour[:6]) / 8)
    assert served[hours["best"]] == max(served)
    assert served[hours["worst"]] == min(served)
    assert hours["night"] < hours["day"]


@pytest.mark.parametrize(("level", "digits"), [("city", 4), ("county", 6)])
def test_the_areas_agree(one: Case, level: str, digits: int) -> None:
    theirs = one.sql.areas(digits)
    mine = {area["code"][:digits]: area for area in one.said["areas"] if area["level"] == level}
    assert set(mine) == set(theirs)
    for code, (places, usable, demand, by_day, by_night, access) in theirs.items():
        area = mine[code]
        assert (area["places"], area["usable"], area["demand"]) == (places, usable, demand)
        assert (area["served"], area["night_served"]) == (by_day, by_night)
        assert area["share"] == pytest.approx(by_day / demand)
        assert area["night_share"] == pytest.approx(by_night / demand)
        assert area["access"] == pytest.approx(access, rel=CLOSE, abs=1e-9)


def test_the_distances_agree(one: Case) -> None:
    for name, hour in (("distances", DAY), ("night_distances", NIGHT)):
        found = one.said[name]
        for share, key in ((0.5, "median_m"), (0.9, "p90_m")):
            agree(found[key], one.sql.quantile(share, hour))
        for band in found["bands"]:
            to_m = float("inf") if band["to_m"] is None else band["to_m"]
            assert band["demand"] == one.sql.band(hour, band["from_m"], to_m)
    for area in one.said["areas"]:
        prefix = area["code"].rstrip("0") if area["level"] != "county" else area["code"]
        agree(area["median_m"], one.sql.quantile(0.5, DAY, prefix))
        agree(area["p90_m"], one.sql.quantile(0.9, DAY, prefix))


def agree(mine: float | None, theirs: float) -> None:
    """To a thousandth; null is beyond what was looked at."""
    assert isclose(float("inf") if mine is None else mine, theirs, rel_tol=CLOSE), (mine, theirs)


def test_equity_agrees(one: Case) -> None:
    theirs, mine = one.sql.equity(), one.said["equity"]
    for name, value in theirs.items():
        assert mine[name] == pytest.approx(value, rel=CLOSE, abs=1e-9), name
    assert mine["worst_counties"] == one.sql.least_access()


def test_the_gaps_hold_the_demand_the_hours_and_the_ground_that_they_say(one: Case) -> None:
    listed = [*one.said["gaps"]["lasting"][:3], *one.said["gaps"]["at_times"][:17]]
    assert len(listed) == 20
    for gap in listed:
        hexagons = [outline.wkt for outline in cell_outlines(cells_from_names(gap["cells"]))]
        demand, area_m2 = one.sql.gap(gap["district"], gap["hours"], hexagons)
        assert gap["demand"] == demand
        agree(gap["area_m2"], area_m2)
        assert gap["demand_hours"] == demand * len(gap["hours"])


def test_at_every_hour_the_planted_gaps_together_are_all_that_is_not_served(one: Case) -> None:
    gaps = [*one.said["gaps"]["lasting"], *one.said["gaps"]["at_times"]]
    assert len(gaps) == one.said["gaps"]["count"]
    total = one.sql.total()
    for hour, served in enumerate(one.sql.served()):
        assert sum(gap["demand"] for gap in gaps if hour in gap["hours"]) == total - served


def test_the_planted_night_gap_is_in_the_report_with_its_demand_and_hours(one: Case) -> None:
    """Around the lonely place of 商河, which shuts from 20:00 to 8:00, and nowhere else in that county."""
    found = [gap for gap in one.said["gaps"]["at_times"] if gap["district"] == "370126"]
    [gap] = found
    assert gap["hours"] == sorted(set(range(168)) - _BY_DAY)
    assert len(gap["hours"]) == 7 * 12
    points = one.study.demand.points
    near = [
        weight
        for (lon, lat), weight in zip(points.tolist(), one.study.demand.weight.tolist(), strict=True)
        if metres(lon, lat) <= 1_000
    ]
    assert gap["demand"] == sum(near) > 0
    assert metres(gap["lon"], gap["lat"]) <= 1_000


def metres(lon: float, lat: float) -> float:
    from pyproj import Geod

    return float(Geod(ellps="WGS84").inv(lon, lat, *LONELY)[2])


def test_the_proposals_bring_what_they_say(one: Case) -> None:
    found = one.said["proposals"]
    served = one.sql.served()[DAY]
    assert (found["before"], found["total"]) == (served, one.sql.total())
    after = one.sql.with_sites([(site["lon"], site["lat"]) for site in found["sites"]])
    assert len(after) == 4
    assert [served + site["cumulative"] for site in found["sites"]] == after
    assert found["after"] == after[-1]
    gains = [site["gained"] for site in found["sites"]]
    assert gains == sorted(gains, reverse=True)
