"""Every analysis and the report about one area and one instant give one figure, or say how far it may be off."""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest

from tests.yihui.commands import Command, commands_in
from tests.yihui.services.test_routing import town  # noqa: F401 a fixture
from yihui.planning.order import usual_instant

AREA, AT = "370102", "2026-10-14T19:00+08:00"
HEAD = "编号,名称,类型,经度,纬度,开放时间,开放对象\n"
PLACES = np.random.default_rng(63).normal((117.06, 36.66), (0.03, 0.02), (40, 2))
COARSE = ("--grid", "4000", "--time-limit", "600")  # what sites gain doesn't depend on the time to search
HOURS = ("8:00-18:00", "24小时", "7:00-20:00")


def write(folder: Path, name: str, longer: int = 0, sites: tuple[tuple[float, float], ...] = ()) -> Path:
    """Write the register, the first ``longer`` places open until 22:00, with more ``sites``."""
    rows = [
        f"s{n},驿站{n},驿站,{lon:.6f},{lat:.6f},{'8:00-22:00' if n < longer else HOURS[n % 3]},公众"
        for n, (lon, lat) in enumerate(PLACES)
    ]
    rows += [f"n{n},新站{n},驿站,{lon},{lat},24小时,公众" for n, (lon, lat) in enumerate(sites)]
    (folder / name).write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")
    return folder / name


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("measure")


@pytest.fixture(scope="module")
def yihui(data_folder: Path, folder: Path) -> Iterator[Command]:
    database = {"YIHUI_DATABASE_URL": str(folder / "yihui.db"), "YIHUI_NOW": "2026-10-15T09:00+08:00"}
    with commands_in(data_folder, **database) as run:
        assert run("stations", "import", write(folder, "now.csv"), "--datum", "wgs84").code == 0
        yield run


def ask(yihui: Command, *arguments: object) -> dict[str, Any]:
    done = yihui(*arguments, "--area", AREA, "--at", AT, "--json")
    assert done.code == 0, done.err
    found: dict[str, Any] = json.loads(done.out)
    return found


@pytest.fixture(scope="module")
def covered(yihui: Command) -> dict[str, Any]:
    found = ask(yihui, "plan", "coverage")["figures"]["covered"]
    assert 0.05 < found["share"] < 0.6
    return found  # type: ignore[no-any-return]


def test_all_tell_the_same_share_and_the_same_people(
    yihui: Command, covered: dict[str, Any], folder: Path
) -> None:
    served, people, share = covered["served"], covered["demand"], covered["share"]
    report = ask(yihui, "report", "coverage", "--html", folder / "report.html")
    figures, [county] = report["figures"], report["tables"]["counties"]
    assert (figures["coverage"]["served"], figures["coverage"]["share"]) == (served, share)
    assert figures["coverage"]["unserved"] == people - served
    assert (county["served"], county["share"]) == (served, pytest.approx(share))
    assert 0 < county["tolerance_m"] < 100
    cut = [band["tolerance"] for band in report["tables"]["distances"] if band["demand"] > 0]
    assert all(0 < one < people / 50 for one in cut), "sample points measure every distance"
    assert figures["equity"]["without"] == pytest.approx(1 - share)
    page = (folder / "report.html").read_text("utf-8")
    assert re.search("一半.{0,80}±.{0,60}±", page)
    access = ask(yihui, "plan", "access")
    assert access["figures"]["without"]["count"] == pytest.approx(people - served)
    assert access["tables"]["areas"][0]["without_share"] == pytest.approx(1 - share)
    sites = ask(yihui, "plan", "sites", "-p", "2", *COARSE)["figures"]
    assert (sites["now"]["served"], sites["now"]["share"]) == (served, pytest.approx(share))
    nothing = ask(yihui, "plan", "compare", "--before", "now", "--after", "now")["figures"]
    assert (nothing["served"]["before"], nothing["served"]["after"]) == (served, served)
    assert yihui("plan", "export", "--area", AREA, "--at", AT, "--gpkg", folder / "l.gpkg").code == 0
    layer = gpd.read_file(folder / "l.gpkg", layer="coverage_county")
    assert layer["served"].tolist() == [served]


@pytest.mark.needs("routing")
def test_the_straight_line_beside_a_reach_by_street_serves_what_it_serves_alone(
    yihui: Command,
    covered: dict[str, Any],
    folder: Path,
    town: Path,  # noqa: F811
) -> None:
    by_street = ("--travel", "walk", "--routing", town / "streets")
    beside = ask(yihui, "plan", "coverage", *by_street)["figures"]["by_street"]  # by minutes
    alone = ask(yihui, "plan", "coverage", "--radius", beside["distance"])["figures"]["covered"]
    assert (beside["served"], beside["straight"]) == (alone["served"], alone["share"])
    report = ask(yihui, "report", "coverage", *by_street, "--html", folder / "street.html")
    told, [county] = report["figures"]["by_street"], report["tables"]["counties"]
    assert told["straight"] == covered["share"] == pytest.approx(county["straight_share"])
    by_line = ask(yihui, "report", "coverage", "--html", folder / "line.html")["figures"]
    assert told["night_straight"] == by_line["coverage"]["night_share"]
    assert told["straight_gini"] == by_line["equity"]["gini"]
    week = yihui("plan", "gaps", "--area", AREA, "--week-of", AT[:10], "--json")
    gaps = json.loads(week.out)["figures"]["worst"]
    assert told["straight_unmet"] == pytest.approx(gaps["share"])
    drawn = yihui("map", "--area", AREA, "--at", AT, *by_street, "--out", folder / "street.html")
    assert f"{covered['share']:.1%}" in drawn.out


def test_what_stays_with_sample_points_says_how_far_it_is_off(
    yihui: Command, covered: dict[str, Any]
) -> None:
    gaps = ask(yihui, "plan", "gaps")
    missed, tolerance = covered["demand"] - covered["served"], gaps["figures"]["tolerance"]["tolerance"]
    assert 0 < tolerance < 0.05 * missed
    assert abs(gaps["figures"]["lasting"]["demand"] - missed) <= tolerance
    assert all(gap["tolerance"] > 0 for gap in gaps["tables"]["lasting"])
    assert ask(yihui, "plan", "coverage")["figures"]["tolerance"]["tolerance"] == 0


def test_night_is_the_mean_of_the_eight_hours_after_the_day(
    yihui: Command, covered: dict[str, Any], folder: Path
) -> None:
    hours = ("22", "23", *(f"0{n}" for n in range(6)))
    nights = [f"2026-10-{14 if hour > '06' else 15}T{hour}:00+08:00" for hour in hours]
    each = [json.loads(yihui("plan", "coverage", "--area", AREA, "--at", at, "--json").out) for at in nights]
    mean = sum(one["figures"]["covered"]["served"] for one in each) / 8
    report = ask(yihui, "report", "coverage", "--html", folder / "report.html")
    told, [county] = report["figures"], report["tables"]["counties"]
    assert told["coverage"]["night_served"] == county["night_served"] == round(mean)
    share = county["night_share"]
    assert told["coverage"]["night_share"] == told["night"]["share"] == pytest.approx(share)
    told_by_hour = ask(yihui, "plan", "coverage", "--hours")
    by_hour, [area] = told_by_hour["figures"]["night"], told_by_hour["tables"]["areas"]
    assert (by_hour["night"], by_hour["week"]) == pytest.approx((share, told["night"]["week"]))
    assert area["night_share"] == pytest.approx(share)
    assert area["night_less"] == pytest.approx(county["night_less"])
    assert area["night_less"] == pytest.approx(100 * (covered["share"] - share))
    on_sunday = (
        "--area",
        AREA,
        "--at",
        "2026-10-18T10:00+08:00",
        "--json",
        "--hours",
    )  # ends in another week
    sunday = json.loads(yihui("plan", "coverage", *on_sunday).out)
    assert sunday["figures"]["night"]["night"] == pytest.approx(share)
    assert sunday["tables"]["areas"][0]["night_share"] == pytest.approx(share)
    same = ask(yihui, "plan", "compare", "--before", "now", "--after", "now", "--hours")["figures"]["week"]
    assert same["night_before"] == same["night_after"] == pytest.approx(share)


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-10-15T10:00+08:00", "2026-10-15"),
        ("2026-10-15T09:59+08:00", "2026-10-14"),
        ("2026-10-18T12:00+08:00", "2026-10-16"),  # a Sunday
        ("2026-10-08T09:00+08:00", "2026-09-30"),  # after the holidays
        ("2026-10-10T12:00+08:00", "2026-10-09"),  # a Saturday on which people work
        ("2027-02-23T12:00+08:00", "2027-02-23"),  # no table covers the year: only fixed dates are skipped
        ("2027-10-04T09:00+08:00", "2027-09-30"),
    ],
)
def test_a_new_question_begins_on_the_last_ordinary_working_day_at_ten(now: str, day: str) -> None:
    assert usual_instant(datetime.fromisoformat(now)).isoformat() == f"{day}T10:00:00+08:00"


def test_a_holiday_is_named_beside_its_day(yihui: Command, folder: Path) -> None:
    for question, *more in (
        ("coverage",),
        ("access",),
        ("gaps",),
        ("compare", "--before", "now", "--after", "now"),
    ):
        done = yihui("plan", question, *more, "--area", AREA, "--at", "2026-10-01T10:00+08:00")
        assert "国庆假期" in done.out and done.code == 0
    for question, *more in (("coverage",), ("compare", "--before", "now", "--after", "now")):
        week = ("--area", AREA, "--at", "2026-09-30T10:00+08:00", "--hours")  # a day before the holiday
        assert "一周平均（含国庆假期）" in yihui("plan", question, *more, *week).out
    page = folder / "map.html"
    assert yihui("map", "--area", AREA, "--at", "2026-10-01T10:00+08:00", "--out", page).code == 0
    assert "2026年10月1日 10:00，国庆假期" in page.read_text("utf-8")
    assert "假期" not in yihui("plan", "coverage", "--area", AREA, "--at", AT).out
    assert "国庆假期" in yihui("plan", "gaps", "--area", AREA, "--week-of", "2026-10-02").out.splitlines()[0]


def test_a_plan_that_is_built_gains_what_was_told(
    yihui: Command, covered: dict[str, Any], folder: Path
) -> None:
    told = ask(yihui, "plan", "sites", "-p", "2", "--curve", *COARSE)
    sites, plan = told["tables"]["sites"], told["figures"]["plan"]
    places = tuple((one["lon"], one["lat"]) for one in sites)
    later = write(folder, "later.csv", sites=places)
    sides = ("--before", folder / "now.csv", "--after", later, "--datum", "wgs84")
    built = ask(yihui, "plan", "compare", *sides)["figures"]["served"]
    assert (built["before"], built["after"]) == (covered["served"], pytest.approx(plan["served"], abs=10))
    assert built["gained"] == pytest.approx(plan["more"], abs=10)  # a proposal's place has six digits
    assert sites[-1]["cumulative"] == told["tables"]["curve"][1]["newly_served"] == plan["more"]
    gains = [one["newly_served"] for one in sites]
    assert gains == sorted(gains, reverse=True) and sum(gains) == plan["more"]


def test_longer_hours_gain_what_coverage_says_of_both(
    yihui: Command, covered: dict[str, Any], data_folder: Path, folder: Path
) -> None:
    later = write(folder, "longer.csv", longer=20)
    sides = ("--before", folder / "now.csv", "--after", later, "--datum", "wgs84")
    found = ask(yihui, "plan", "compare", *sides, "--hours")
    figures = found["figures"]
    with commands_in(data_folder, YIHUI_DATABASE_URL=str(folder / "longer.db")) as other:
        assert other("stations", "import", later, "--datum", "wgs84").code == 0
        after = ask(other, "plan", "coverage")["figures"]["covered"]["served"]
    assert (figures["served"]["before"], figures["served"]["after"]) == (covered["served"], after)
    assert figures["served"]["gained"] == after - covered["served"] > 0
    wednesday_evening = 2 * 24 + 19
    assert figures["week"]["gained"][wednesday_evening] == figures["served"]["gained"]
    [county] = found["tables"]["areas"]
    assert county["gained"] == figures["served"]["gained"]
    assert sum(one["demand"] for one in found["tables"]["gaining"]) >= county["gained"]
