"""yihui plan coverage: what a planner types, reads and is told where it can't be."""

import csv
import json
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from geo.station import Access, Kind, Station
from tests.yihui.cli.conftest import write_register
from tests.yihui.commands import Command

FRIDAY = "2026-09-18T10:00+08:00"


@pytest.fixture(scope="module")
def register_file(data_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """历下 has an office and one for members; 市中 one that never closes, 长清 one whose hours nobody knows."""
    facts = (
        ("office", 117.06, 36.66, "工作日8:00-18:00", Access.PUBLIC, Kind.OUTDOOR_STATION, ""),
        ("night", 116.98, 36.64, "24小时", Access.PUBLIC, Kind.MOTHER_ROOM, ""),
        ("members", 117.10, 36.66, "24小时", Access.MEMBERS, Kind.OUTDOOR_STATION, ""),
        ("staff", 117.02, 36.69, "24小时", Access.EMPLOYER, Kind.OUTDOOR_STATION, "环卫所"),
        ("silent", 116.75, 36.55, "", Access.PUBLIC, Kind.OUTDOOR_STATION, ""),
    )
    stations = [
        Station(id=i, name=i, lon=lon, lat=lat, hours_text=h, access=a, kind=k, employer=e, calendar="CN")
        for i, lon, lat, h, a, k, e in facts
    ]
    return write_register(tmp_path_factory.mktemp("plan"), data_folder, *stations)


@pytest.fixture
def plan(on_register: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("YIHUI_NOW", FRIDAY)
    return lambda *arguments, lang="zh": on_register("plan", "coverage", *arguments, lang=lang)


def told(plan: Command, *arguments: object) -> dict[str, object]:
    done = plan("--area", "370100", "--radius", 2_000, *arguments, "--json")
    assert done.code == 0, done.err
    return json.loads(done.out)


def test_only_places_of_the_area_are_counted_and_its_doubts_are_told(plan: Command) -> None:
    """All of the register serves, over the border too; but only what lies in the area is said to be there."""
    lixia = told(plan, "--area", "历下区")
    assert lixia["area"] == "370102"
    covered = lixia["figures"]["covered"]
    assert (covered["inside"], covered["hours_unknown"]) == (1, 0)  # not those of 市中 and 长清
    assert (lixia["sample"], "spread_evenly" in lixia["figures"]) == (False, True)


def test_the_rows_add_up_to_the_sum_and_who_may_enter_counts(plan: Command) -> None:
    found = told(plan)
    public, rows = found["figures"]["covered"], found["tables"]["areas"]
    assert public["served"] == sum(row["served"] for row in rows)
    assert public["demand"] == sum(row["demand"] for row in rows) == 9_202_432
    assert (public["inside"], public["hours_unknown"]) == (2, 1)
    others = ("--member",), ("--employer", "环卫所"), ("--kind", "mother_room")
    member, staff, mothers = (told(plan, *one)["figures"]["covered"] for one in others)
    assert [one["inside"] for one in (member, staff, mothers)] == [3, 3, 1]
    assert mothers["served"] < public["served"] < min(member["served"], staff["served"])
    city = told(plan, "--by", "city")["tables"]["areas"]
    assert [(row["code"], row["served"]) for row in city] == [("370100", public["served"])]


def test_the_night_is_told_in_one_sentence_and_hour_by_hour(plan: Command, tmp_path: Path) -> None:
    out = tmp_path / "week.csv"
    week = told(plan, "--hours", "--csv", out)
    hours = week["tables"]["week"]
    assert len(hours) == 24
    assert hours[10]["friday"] == week["figures"]["covered"]["share"]
    assert hours[18]["friday"] == hours[10]["saturday"] == hours[3]["monday"] < hours[17]["friday"]
    assert week["figures"]["night"]["night"] < week["figures"]["night"]["day"]
    rows = list(csv.DictReader(out.read_text("utf-8-sig").splitlines()))
    assert len(rows) == 12 * 168
    assert (rows[0]["code"], rows[0]["name"], rows[0]["at"]) == (
        "370102",
        "历下区",
        "2026-09-14T00:00:00+08:00",
    )


def townships(folder: Path, codes: tuple[str, str] = ("370102001000", "370102002000")) -> Path:
    frame = gpd.GeoDataFrame(
        {"区划代码": codes, "名称": ["=东", "西街道"], "人口": [3_000, 1_000]},
        geometry=[shapely.box(117.05, 36.65, 117.07, 36.67), shapely.box(116.9, 36.6, 116.92, 36.62)],
        crs="EPSG:4326",
    )
    path = folder / "townships.geojson"
    frame.to_file(path)
    return path


def test_outlines_that_will_not_do_are_told(plan: Command, tmp_path: Path) -> None:
    text = tmp_path / "text.geojson"
    text.write_text("hello")
    assert "不是有效的 JSON" in plan("--outlines", text, "--by", "township").err
    assert plan("--outlines", tmp_path / "none.geojson").code in (1, 3)
    assert "没有自带这一级的边界" in plan("--by", "community").err
    own = ("--area", "370100", "--by", "township", "--outlines")
    assert "代码 370102 的级别高于所要的级别" in plan(*own, townships(tmp_path, ("370102", "370103"))).err
    elsewhere = townships(tmp_path, ("370202001000", "370202002000"))
    assert "没有属于 370100 的边界" in plan(*own, elsewhere).err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--radius", 0, "--by", "x", "--kind", "y"), 2, "用法不对：--radius、--by、--kind\n"),
        (("--radius", "500000"), 2, "100000"),
        (("--by", "", "--kind", "", "--outlines-datum", ""), 2, "用法不对：--outlines-datum、--by、--kind\n"),
        (("--resolution", 16), 2, "15"),
        (("--kind", "library,hut"), 2, "--kind 不能是 hut"),
        (("--at", "2026-09-18T10:00"), 2, "2026-10-03T23:10+08:00"),
        (("--area", "999999"), 1, "999999"),
        (("--area", "历下去"), 1, "没有名为“历下去”的省、市或区县"),
        (("--area", "市中区"), 1, "济南市市中区（370103）、枣庄市市中区（370402）"),
        (("--area", "110000"), 1, "普查"),
        (("--register", "nobody"), 1, "nobody"),
        (("--csv", "/nowhere/x.csv"), 3, "/nowhere"),
        (("--travel", "horse"), 2, "horse"),
    ],
)
def test_what_cannot_be_is_said_with_the_value_and_how_to_mend_it(
    plan: Command, arguments: tuple[object, ...], code: int, words: str
) -> None:
    done = plan(*arguments)
    assert (done.code, words in done.err) == (code, True), done.err
    assert done.out == ""


def test_an_empty_register_is_told_with_what_to_do(yihui: Command) -> None:
    done = yihui("plan", "coverage", "--area", "370100")
    assert done.code == 1
    assert "yihui stations import" in done.err
