"""``yihui plan sites`` as it is typed, with the solver that users have, and all that can be wrong with it."""

import json

import pytest

from tests.geo.siting.towns import at
from tests.yihui.commands import Command, Done
from tests.yihui.planted_town import NIGHT, SITES, Town


@pytest.fixture
def yihui(on_register: Command) -> Command:
    return on_register


def arguments(town: Town, *more: object) -> list[str]:
    return [
        "plan", "sites", "--area", "370100", "--at", NIGHT,
        "--demand", str(town.demand_file()), "--demand-datum", "wgs84", "--datum", "wgs84",
        "--time-limit", "600",
        *map(str, more),
    ]  # fmt: skip


def ask(yihui: Command, town: Town, *more: object, lang: str = "zh") -> Done:
    return yihui(*arguments(town, *more), lang=lang)


def test_json_is_one_document_and_says_the_same(yihui: Command, town: Town) -> None:
    out = town.folder / "sites.geojson"
    more = ("-p", 2, "--candidates", town.candidate_file(), "--stability", 20, "--curve", "--geojson", out)
    done = ask(yihui, town, *more, "--json", lang="en")
    told = json.loads(done.out)
    assert [site["name"] for site in told["tables"]["sites"]] == ["集市便利店", "火车站加油站"]
    assert [site["stability"] for site in told["tables"]["sites"]] == [1.0, 1.0]
    assert told["tables"]["curve"][1]["newly_served"] == 2_300
    figures = told["figures"]
    served = (figures["now"]["served"], figures["plan"]["served"])
    assert (served, figures["proof"]["proven"]) == ((2_000, 4_300), True)
    assert (
        figures["proof"]["proof"] == "Proven at the points of demand: no plan within these limits is better"
    )
    features = json.loads(out.read_text("utf-8"))["features"]
    assert features[0]["properties"]["name"] == "集市便利店"
    assert str(out) in done.err


# --- what can't be meant: all of it at once


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["-p", "0"], ["-p must be at least 1, this is 0"]),
        ([], ["nothing says how much may be built"]),
        (["-p", "1", "--radius", "500000"], ["--radius must be at most 100000"]),
        (["-p", "1", "--radius", "0", "--grid", "1", "--apart", "-1", "--time-limit", "0", "--stability", "3"],
         ["--radius", "--grid", "--apart", "--time-limit", "--stability must be at least 20"]),
        (["--budget", "-5"], ["--budget can't be -5"]),
        (["-p", "1", "--cost", "1.234"], ["--cost can't be 1.234"]),
        (["-p", "1", "--model", "best"], ["--model can't be best", "p-median"]),
        (["-p", "1", "--fixed", "some"], ["--fixed can't be some", "existing"]),
        (["-p", "1", "--closable", "--fixed", "none"], ["nothing stands that could be closed"]),
        (["-p", "1", "--extended-hours", "--fixed", "none"], ["nothing can be opened longer"]),
        (["--closable", "--budget", "100"], ["how many are to be built"]),
        (["-p", "1", "--at-most-close", "1"], ["how many stations may be closed, but none may be"]),
        (["-p", "1", "--closable", "--at-most-close", "-1"], ["--at-most-close: -1 is no whole number"]),
        (["-p", "9", "--min-per-district", "2", "--max-per-district", "1"], ["at least 2 in each district, but at most 1"]),
        (["-p", "1", "--spacing-rule", "500,1000,1500,4000"], ["--spacing-rule can't be 500,1000,1500,4000"]),
    ],
)  # fmt: skip
def test_wrong_usage_is_told_in_full(yihui: Command, town: Town, more: list[str], told: list[str]) -> None:
    done = ask(yihui, town, *more, lang="en")
    assert done.code == 2
    assert all(text in done.err for text in told), done.err


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["-p", "9"], ["9 sites are to be built, but there are only 8 candidates"]),
        (["--budget", "100"], ["there is a budget, but no site has a cost", "费用（元）"]),
        (["-p", "3", "--min-per-district", "2"], ["is to get at least 2 sites, but only 0 candidates lie there"]),
        (["-p", "1", "--apart", "60000"], ["no candidate is left", "left out: 8"]),
        (["-p", "1", "--spacing", "--spacing-rule", "10,10,0,0"], ["no candidate is left", "farther than the rule allows"]),
        (["-p", "1", "--area", "999999"], ["999999"]),
    ],
)  # fmt: skip
def test_what_can_not_be_done_says_what_stands_in_the_way(
    yihui: Command, town: Town, more: list[str], told: list[str]
) -> None:
    done = ask(yihui, town, "--candidates", town.candidate_file(), *more, lang="en")
    assert done.code == 1
    assert all(text in done.err for text in told), done.err


def test_a_list_without_a_datum_is_asked_for_it(yihui: Command, town: Town) -> None:
    command = arguments(town, "-p", 3, "--candidates", town.candidate_file())
    place = command.index("--datum")
    del command[place : place + 2]
    done = yihui(*command, lang="en")
    assert done.code == 1
    assert "nobody says in which datum" in done.err


def test_all_faults_of_all_files_come_at_once(yihui: Command, town: Town) -> None:
    ((lon, lat),) = at((0, 0)).tolist()
    sites = town.write(
        "sites.csv", "名称,经度,纬度,费用（元）",
        [f"甲,{lon},{lat},-5", f"乙,{lon},{lat},many", f"丙,{lon},{lat},", "丁,,,7", f"戊,{lat},{lon},7", f",{lon},{lat},7"],
    )  # fmt: skip
    limits = town.write(
        "limits.csv", "区县,至少,至多", ["历下区,x,", "某区,1,2", "历下区,3,1", "历下区,1,1", "历下区,1,1"]
    )
    people = town.write("bad.csv", "lon,lat,people", [f"{lon},{lat},-1", f"{lon},{lat},nan"])
    command = arguments(town, "-p", 1, "--candidates", sites, "--district-limits", limits)
    command[command.index("--demand") + 1] = str(people)
    done = yihui(*command, "--json", lang="en")
    errors = json.loads(done.out.splitlines()[0])["errors"]
    by_file = {
        name: [(e["row"], e["message"]) for e in errors if e["file"] == name]
        for name in ("sites.csv", "limits.csv", "bad.csv")
    }
    assert done.code == 1
    assert {row for row, _ in by_file["sites.csv"]} == {2, 3, 4, 5, 6, 7}
    assert {row for row, _ in by_file["limits.csv"]} == {2, 3, 4, 6}
    assert {row for row, _ in by_file["bad.csv"]} == {2, 3}
    assert all(e["remedy"] for e in errors)


def test_rows_that_can_not_be_used_may_be_left_out_and_are_counted(yihui: Command, town: Town) -> None:
    path = town.candidate_file([1, 2, "many", 4, 5, 6, 7, -8])
    refused = ask(yihui, town, "-p", 3, "--candidates", path, lang="en")
    assert refused.code == 1
    assert "2 of 8 rows can't be used" in refused.err
    assert "--partial" in refused.err
    done = ask(yihui, town, "-p", 3, "--candidates", path, "--partial", lang="en")
    assert done.code == 0
    assert "2 of 8 rows can't be used and are left out: rows 4, 9" in done.err
    assert "火车站加油站" not in done.out  # row 4
    assert "北关邮局" in done.out


@pytest.mark.endure
def test_sites_outside_and_sites_that_stand_already_are_left_out_and_named(
    yihui: Command, town: Town
) -> None:
    town.sites = [*SITES, ("青岛邮局", 300_000, -50_000), ("集市驿站旁", 205, 100), ("集市便利店二", 12, 30)]
    done = ask(yihui, town, "-p", 3, "--candidates", town.candidate_file(), lang="en")
    assert done.code == 0
    assert "outside the area and are left out: 1, such as 青岛邮局" in done.err
    assert "stand already, within 20 m of a station, and are left out: 1, such as 集市驿站旁" in done.err
    assert "within 20 m of another candidate and are left out: 1, such as 集市便利店二" in done.err
    if_nothing_stood = ask(
        yihui, town, "-p", 3, "--fixed", "none", "--candidates", town.candidate_file(), lang="en"
    )
    assert "集市驿站旁" not in if_nothing_stood.err


@pytest.mark.parametrize("content", ["", "名称,经度,纬度\n"])
def test_a_list_without_a_site_is_told(yihui: Command, town: Town, content: str) -> None:
    path = town.folder / "empty.csv"
    path.write_text(content, encoding="utf-8")
    done = ask(yihui, town, "-p", 1, "--candidates", path, lang="en")
    assert done.code == 1
    assert "empty.csv" in done.err


@pytest.mark.parametrize("content", ["区县,至少,至多\n", "甲,乙\n1,2\n"])
def test_a_table_of_limits_without_a_district_is_told(yihui: Command, town: Town, content: str) -> None:
    path = town.folder / "limits.csv"
    path.write_text(content, encoding="utf-8")
    done = ask(
        yihui, town, "-p", 1, "--candidates", town.candidate_file(), "--district-limits", path, lang="en"
    )
    assert done.code == 1
    assert "limits.csv" in done.err
