"""yihui plan gaps and yihui plan access, as a planner runs them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from geo.station import Access, Kind, Station
from tests.yihui.cli.conftest import write_register
from tests.yihui.commands import Command, Done

WEDNESDAY, NIGHT = "2026-09-09T10:00+08:00", "2026-09-09T23:10+08:00"
WEEK = ("--week-of", "2026-09-09")

# 800 + 200 orders around the night station, 500 around one that closes at 22, and 30 where nothing is.
ORDERS = """lon,lat,orders
117.0200,36.6600,800
117.0215,36.6605,200
117.0800,36.6600,500
117.1300,36.6400,30
"""


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    file = tmp_path / "orders.csv"
    file.write_text(ORDERS, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def register_file(tmp_path_factory: pytest.TempPathFactory, data_folder: Path) -> Path:
    """Made once: these commands only read."""
    usual = {"kind": Kind.OUTDOOR_STATION, "access": Access.PUBLIC, "district": "370102", "sample": True}
    stations = [
        Station(
            id="a", name="大明湖驿站", lon=117.0200, lat=36.6600, hours_text="24小时", area_m2=40, **usual
        ),
        Station(
            id="b", name="洪家楼驿站", lon=117.0800, lat=36.6600, hours_text="6:00-22:00", area_m2=10, **usual
        ),
        Station(id="c", name="未定位驿站", hours_text="24小时", **usual),
        Station(id="d", name="以公告为准", lon=117.13, lat=36.64, hours_text="以门口公告为准", **usual),
    ]
    return write_register(tmp_path_factory.mktemp("planned"), data_folder, *stations)


@pytest.fixture
def plan(on_register: Command, orders: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Done]:
    monkeypatch.setenv("YIHUI_NOW", NIGHT)

    def asked(command: str, *arguments: object, lang: str = "zh") -> Done:
        usual = ("plan", command, "--area", "370100", "--demand", orders, "--datum", "wgs84")
        return on_register(*usual, *arguments, lang=lang)

    return asked


Plan = Callable[..., Done]


def test_a_night_is_told_with_its_place_its_orders_and_its_hours(plan: Plan) -> None:
    done = plan("gaps", *WEEK, "--json")
    assert done.code == 0
    told = json.loads(done.out)
    (never,), (night,) = told["tables"]["lasting"], told["tables"]["at_times"]
    assert (night["demand"], night["hours_text"], night["lasting"]) == (
        500,
        "周一至周日 22:00–次日6:00",
        False,
    )
    assert (night["name"], night["near_m"]) == ("济南市历下区，洪家楼驿站处", 0)
    assert (never["demand"], never["lasting"], never["hours"]) == (30, True, 168)
    sums = [
        (told["figures"][name]["count"], told["figures"][name]["demand"]) for name in ("lasting", "at_times")
    ]
    worst = told["figures"]["worst"]
    assert sums == [(1, 30), (1, 500)]
    assert (worst["at"], worst["unmet"]) == ("2026-09-07T00:00:00+08:00", 530)
    assert len(told["instants"]) == 168


def test_a_gis_gets_all_gaps_whatever_is_listed(plan: Plan, tmp_path: Path) -> None:
    file = tmp_path / "gaps.geojson"
    done = plan("gaps", *WEEK, "--hours", "22-6", "--limit", 1, "--geojson", file)
    assert file.name in done.err and "另有 1 个没有列出；用 --limit 0 全部列出" in done.out
    features = json.loads(file.read_text(encoding="utf-8"))["features"]
    assert [feature["properties"]["demand"] for feature in features] == [500, 30]
    assert [feature["id"] in done.out for feature in features] == [True, False]
    assert {feature["geometry"]["type"] for feature in features} == {"MultiPolygon"}


def test_gaps_are_called_by_places_that_people_know_and_by_their_township(plan: Plan, tmp_path: Path) -> None:
    places, townships = tmp_path / "places.csv", tmp_path / "towns.geojson"
    places.write_text("名称,经度,纬度\n解放桥,117.0790,36.6600\n", encoding="utf-8")
    box = [[117.04, 36.62], [117.12, 36.62], [117.12, 36.69], [117.04, 36.69], [117.04, 36.62]]
    town = {
        "type": "Feature",
        "properties": {"code": "370102001", "name": "山大路街道"},
        "geometry": {"type": "Polygon", "coordinates": [box]},
    }
    townships.write_text(json.dumps({"type": "FeatureCollection", "features": [town]}), encoding="utf-8")
    options = ("--places", places, "--outlines", townships)
    told = json.loads(plan("gaps", "--at", NIGHT, *options, "--json").out)
    assert told["tables"]["lasting"][0]["district"] == "370102001"
    assert told["tables"]["lasting"][0]["name"].startswith("历下区山大路街道，解放桥以东")


def test_a_list_of_places_elsewhere_is_refused(plan: Plan, tmp_path: Path) -> None:
    places = tmp_path / "places.csv"  # six degrees to the west, as by the CRS of another zone
    places.write_text("名称,经度,纬度\n解放桥,111.0790,36.6600\n北园,111.08,36.66\n", encoding="utf-8")
    done = plan("gaps", "--at", NIGHT, "--places", places)
    assert done.code == 1 and "places.csv" in done.err and "111.079, 36.66" in done.err


def test_access_is_shared_by_all_who_reach_a_place_and_told_with_its_spread(plan: Plan) -> None:
    told = json.loads(plan("access", "--at", WEDNESDAY, "--json").out)
    figures = told["figures"]
    assert (told["method"], figures["places"]["count"], figures["places"]["offered"]) == ("2SFCA", 2, 2)
    # the night station is shared by 1,000 orders, the other by 500; 30 of 1,530 have none
    assert figures["mean"]["mean"] == pytest.approx(10_000 * 2 / 1_530)
    assert figures["without"]["share"] == pytest.approx(30 / 1_530)
    assert sum(one["demand"] for one in told["tables"]["areas"]) == 1_530
    assert told["tables"]["lorenz"][0] == {"demand_share": 0, "access_share": 0}
    night = json.loads(plan("access", "--at", NIGHT, "--json").out)["figures"]
    assert (night["places"]["count"], night["without"]["share"]) == (1, pytest.approx(530 / 1_530))


def test_zones_and_capacities_are_reckoned_with(plan: Plan, tmp_path: Path) -> None:
    told = json.loads(
        plan("access", "--at", WEDNESDAY, "--zones", "100:1,1000:0.5", "--capacity", "area_m2", "--json").out
    )
    assert (told["method"], told["figures"]["places"]["offered"]) == ("E2SFCA", 50)
    assert told["figures"]["mean"]["mean"] == pytest.approx(10_000 * 50 / 1_530)
    seats = tmp_path / "seats.csv"
    seats.write_text("编号,容量\na,12\n", encoding="utf-8")
    done = plan("access", "--at", WEDNESDAY, "--capacity", seats, "--json")
    assert json.loads(done.out)["figures"]["places"]["offered"] == 12
    assert "没有容量的站点按 0 计：2 个，例如 洪家楼驿站、以公告为准" in done.err


@pytest.mark.parametrize(
    ("command", "arguments", "code", "told"),
    [
        ("gaps", ["--radius", "0"], 2, "--radius must be at least 50, this is 0"),  # nothing would be reached
        ("gaps", ["--at", NIGHT, *WEEK], 2, "--week-of about a week"),  # two questions
        ("gaps", ["--at", NIGHT, "--hours", "22-6"], 2, "--hours about a week"),  # two questions
        ("gaps", ["--demand-grid", "0"], 2, "--demand-grid must be at least 50"),  # none
        (
            "access",
            ["--demand-grid", "1e+06"],
            2,
            "--demand-grid must be at most 20000",
        ),  # one point for a province
        ("gaps", ["--hours", "22:30-6"], 2, "write full hours"),  # half an hour
        ("gaps", ["--hours", "25-6"], 2, "write full hours"),  # no such hour
        ("gaps", ["--limit", "-1"], 2, "limit"),  # fewer than none
        ("gaps", ["--geojson", "x", "--places", "x"], 1, "x is also named as an input or as another output"),
        ("access", ["--zones", "1000:1,500:0.5"], 2, "500 m comes after 1000 m"),  # not increasing
        ("access", ["--zones", "500:-1"], 2, "the weight of a zone is below 0"),
        ("access", ["--zones", "500"], 2, "“500” is no zone"),
        ("access", ["--zones", "500:1", "--radius", "500"], 2, "say two things"),
        ("access", ["--capacity", "-3"], 2, "give a number above 0"),
        ("access", ["--capacity", "seats"], 2, "--capacity can't be seats"),
        ("access", ["--capacity", "missing.csv"], 3, "missing.csv"),
        ("access", ["--by", "community"], 2, "give their outlines"),
        ("access", ["--by", "township"], 1, "no outlines of townships are known"),
    ],
)
def test_what_can_t_be_meant_is_told_before_anything_is_reckoned(
    plan: Plan, command: str, arguments: list[str], code: int, told: str
) -> None:
    done = plan(command, *arguments, lang="en")
    assert done.code == code
    assert told in done.err
    assert done.out == ""


def test_all_faults_of_a_table_of_seats_are_told_at_once(plan: Plan, tmp_path: Path) -> None:
    seats = tmp_path / "seats.csv"
    seats.write_text("编号,容量\na,-1\na,5\nx,2\nb,many\nb,inf\n", encoding="utf-8")
    done = plan("access", "--at", WEDNESDAY, "--capacity", seats)
    assert done.code == 1
    for told in (
        "seats.csv:2",
        "“-1”不是容量",
        "seats.csv:4: 没有站点“x”",
        "“many”不是容量",
        "“inf”不是容量",
    ):
        assert told in done.err
    seats.write_text("a,b\n1,2\n", encoding="utf-8")
    assert "表里没有站点和容量这两列" in plan("access", "--capacity", seats).err
