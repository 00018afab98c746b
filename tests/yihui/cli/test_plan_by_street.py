"""The planner's questions by street, over the small town with its river and its one bridge, by a real Valhalla."""

import json
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from tests.street_town import build_only
from tests.yihui.commands import Command
from tests.yihui.services.test_routing import (
    ISLAND,
    RIVER,
    SOUTH,
    STEP_LON,
    WEST,
    town,  # noqa: F401 a fixture
    write_town,
)

pytestmark = pytest.mark.needs("routing")
EAST_BANK, WEST_BANK = WEST + STEP_LON * RIVER, WEST + STEP_LON * (RIVER - 1)
NOON = ("--at", "2026-09-09T12:00+08:00")
WALK = ("--travel", "walk")


@pytest.fixture
def planned(town: Path, yihui: Command, tmp_path: Path) -> tuple[Command, Path]:  # noqa: F811
    """One station, on the eastern bank; homes on both banks, on the island, and one on no street."""
    register, homes = tmp_path / "驿站.csv", tmp_path / "homes.csv"
    register.write_text(
        f"名称,类型,经度,纬度,开放时间\n东岸,驿站,{EAST_BANK},{SOUTH},24小时\n", encoding="utf-8"
    )
    rows = ((WEST_BANK, 70), (EAST_BANK, 30), (ISLAND, 20), (117.05, 5))
    lines = [f"{lon},{SOUTH},{count}" for lon, count in rows]
    homes.write_text("\n".join(("经度,纬度,人口", *lines)) + "\n", encoding="utf-8")
    assert yihui("stations", "import", register, "--datum", "wgs84").code == 0
    return yihui, homes


def asked(question: str, homes: Path, *more: object) -> tuple[object, ...]:
    return ("plan", question, "--area", "370100", "--demand", homes, "--demand-datum", "wgs84", *more)


def asked_report(homes: Path, *more: object) -> tuple[object, ...]:
    where = ("--area", "370100", "--demand", homes, "--demand-datum", "wgs84")
    return ("report", "coverage", *where, *NOON, *more)


def by_street(town: Path, *more: object) -> tuple[object, ...]:  # noqa: F811
    return (*WALK, "--routing", town / "streets", *more)


def test_coverage_by_street_parts_who_live_side_by_side(
    planned: tuple[Command, Path],
    town: Path,  # noqa: F811
) -> None:
    """By the straight line the station of the eastern bank serves both banks."""
    yihui, homes = planned
    straight = json.loads(yihui(*asked("coverage", homes, *NOON, "--json")).out)
    minutes = by_street(town, "--minutes", 10)
    found = json.loads(yihui(*asked("coverage", homes, *NOON, "--json", *minutes)).out)
    assert (straight["served"], straight["within_s"]) == (100, None)
    assert (found["served"], found["within_s"], found["radius_m"]) == (30, 600, None)
    assert found["by_street"]["straight"] == {"served": 100}
    hour = by_street(town, "--minutes", 60)
    text = yihui(*asked("coverage", homes, *NOON, *hour)).out
    assert "沿路 60 分钟内" in text
    assert "1 个点附近没有道路，按不可及计" in text


@pytest.fixture
def sites(tmp_path: Path) -> Path:
    """Two candidates: one on the western bank, one on the island."""
    file = tmp_path / "sites.csv"
    file.write_text(
        f"名称,经度,纬度\n西岸,{WEST_BANK + 0.0005},{SOUTH}\n岛上,{ISLAND},{SOUTH}\n", encoding="utf-8"
    )
    return file


@pytest.mark.endure
def test_a_site_beyond_the_river_is_worth_more_by_street(
    planned: tuple[Command, Path],
    town: Path,  # noqa: F811
    sites: Path,
) -> None:
    yihui, homes = planned
    order = asked("sites", homes, *NOON, "--candidates", sites, "--datum", "wgs84", "-p", 1)
    straight = json.loads(yihui(*order, "--json").out)
    assert [one["name"] for one in straight["sites"]] == ["岛上"]
    found = json.loads(yihui(*order, "--json", *by_street(town)).out)
    assert [(one["name"], one["newly_served"]) for one in found["sites"]] == [("西岸", 70)]
    assert (found["served_before"], found["served_after"], found["radius_m"]) == (30, 100, None)
    street = found["by_street"]
    beside = street["straight"]
    assert (beside["served_before"], beside["served_after"]) == (100, 100)
    assert beside["mean_m"] == found["mean_m"] == straight["mean_m"][:1] + found["mean_m"][1:]
    assert (street["travel"], street["street_m"], street["points_off_street"]) == ("walk", 1_000, 0)


@pytest.mark.endure
@pytest.mark.parametrize("model", ["p-median", "p-centre"])
def test_who_has_no_way_counts_as_far_away_or_forbids_a_plan(
    planned: tuple[Command, Path],
    town: Path,  # noqa: F811
    sites: Path,
    model: str,
) -> None:
    yihui, homes = planned
    order = asked("sites", homes, *NOON, "--candidates", sites, "--datum", "wgs84", "--model", model, "-p", 1)
    found = json.loads(yihui(*order, "--json", *by_street(town, "--minutes", 10)).out)
    assert [(one["name"], one["newly_served"]) for one in found["sites"]] == [("岛上", 20)]
    assert found["mean_m"][0] is None
    assert found["unreachable"] == 5
    text = yihui(*order, *by_street(town)).out
    assert "到最近的开着的站点：平均 100 公里以外 → 3.4 公里" in text
    assert "按直线：平均 1,163 米 → 248 米" in text
    assert "有 5 人在 100 公里内到不了任何候选点和开着的站点" in text
    assert "没有路可到任何开着的站点：25 人 → 5 人；" in text
    assert ("选点计算时，没有路按 100 公里计" in text) is (model == "p-median")
    assert found["by_street"]["without_way"] == [25, 5]
    alone = yihui(*order, "--fixed", "none", *by_street(town))
    if model == "p-median":
        assert "西岸" in alone.out
        assert "到最近的开着的站点：平均 100 公里以外 → 1.8 公里" in alone.out
    else:
        assert alone.code == 1
        assert "不能同时满足" in alone.err


@pytest.mark.endure
def test_the_report_goes_by_street_with_the_straight_line_beside(
    planned: tuple[Command, Path],
    town: Path,  # noqa: F811
    tmp_path: Path,
) -> None:
    yihui, homes = planned
    order = asked_report(homes)
    straight = json.loads(yihui(*order, "--json").out)
    assert straight["by_street"] is None
    workbook, page = tmp_path / "report.xlsx", tmp_path / "report.html"
    done = yihui(*order, "--json", "--xlsx", workbook, "--html", page, *by_street(town))
    found = json.loads(done.out)
    street = found["by_street"]
    assert (street["street_m"], found["radius_m"], street["points_off_street"]) == (1_000, None, 0)
    assert (found["coverage"]["served"], found["coverage"]["night_served"]) == (30, 30)
    beside = street["straight"]
    assert (beside["served"], straight["coverage"]["served"]) == (100, 100)
    assert beside["share"] == straight["coverage"]["share"]
    (city,) = [one for one in found["areas"] if one["level"] == "city"]
    assert (city["share"], city["straight_share"]) == (pytest.approx(0.24), pytest.approx(0.8))
    assert found["equity"]["without_share"] == pytest.approx(95 / 125)
    assert beside["without_share"] == straight["equity"]["without_share"] == pytest.approx(25 / 125)
    assert beside["gini"] == straight["equity"]["gini"]
    assert sum(gap["demand"] for gap in found["gaps"]["lasting"]) == 95
    assert beside["gaps"]["lasting_demand"] == 25
    assert sum(gap["demand"] for gap in straight["gaps"]["lasting"]) == 25
    rows = CalamineWorkbook.from_path(str(workbook))
    sheets = [rows.get_sheet_by_name(name).to_python() for name in rows.sheet_names]
    assert any("直线覆盖率" in row for sheet in sheets for row in sheet)
    text = yihui(*order, *by_street(town)).out
    assert "步行沿路 1 公里内有开门站点" in text
    assert "按直线算" in text
    html = page.read_text(encoding="utf-8")
    for words in ("步行沿路 1 公里", "以上距离为直线距离", "沿路路程：© OpenStreetMap", "Valhalla"):
        assert words in html, words
    assert "按直线（大地线，WGS84）" not in html
    assert "<dd>步行沿路 1 公里</dd>" in html
    assert "半数居民不超过（直线距离）" in html
    gaps = json.loads(yihui(*asked("gaps", homes, *NOON, "--json", *by_street(town))).out)["by_street"]
    counted = ("pairs", "pairs_without_way", "points", "points_off_street")
    assert [street[one] for one in counted] == [gaps[one] for one in counted]


@pytest.mark.parametrize(
    ("question", "options", "fields"),
    [
        ("sites", ("--minutes", 10, "--routing", "streets"), ["--minutes", "--routing"]),
        ("access", (*WALK, "--routing", "nowhere"), ["--routing"]),
    ],
)
def test_options_by_street_that_do_not_fit_are_refused(
    planned: tuple[Command, Path], question: str, options: tuple[object, ...], fields: list[str]
) -> None:
    yihui, homes = planned
    done = yihui(*asked(question, homes, "--json", *options))
    assert done.code != 0
    assert [one["field"] for one in json.loads(done.out)["errors"]] == fields


@pytest.mark.endure
def test_a_typed_radius_or_zones_beside_minutes_are_refused(
    planned: tuple[Command, Path],
    town: Path,  # noqa: F811
) -> None:
    yihui, homes = planned
    minutes = by_street(town, "--minutes", 10, "--radius", 1_000)
    for question in ("gaps", "sites"):
        done = yihui(*asked(question, homes, "--json", *minutes))
        assert done.code == 2
        assert [one["field"] for one in json.loads(done.out)["errors"]] == ["--radius"]
    assert yihui(*asked("access", homes, "--json", *minutes, "--zones", "500:1")).code == 2


@pytest.mark.endure
def test_the_streets_of_the_installation_are_those_of_the_riders(
    planned: tuple[Command, Path],
    yihui: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asker, homes = planned
    write_town(tmp_path / "town.osm.pbf")
    folder = tmp_path / "built"
    done = yihui("streets", "build", tmp_path / "town.osm.pbf", "--to", folder, *build_only("ways"))
    assert done.code == 0, done.words
    assert asker(*asked("gaps", homes, *NOON, "--travel", "walk")).code != 0
    monkeypatch.setenv("YIHUI_STREETS", str(folder))
    found = json.loads(asker(*asked("gaps", homes, *NOON, "--json", "--travel", "walk")).out)
    assert found["lasting"]["demand"] == 95


@pytest.mark.endure
def test_streets_of_another_place_are_told_to_be(
    planned: tuple[Command, Path],
    town: Path,  # noqa: F811
    tmp_path: Path,
) -> None:
    yihui, _ = planned
    far = tmp_path / "far.csv"
    far.write_text(f"经度,纬度,人口\n{EAST_BANK},{SOUTH - 0.01},9\n", encoding="utf-8")
    done = yihui(*asked("gaps", far, *NOON, *by_street(town, "--minutes", 60)))
    assert done.code == 0, done.words
    assert "没有一个点在道路附近：道路数据是别处的" in done.out
