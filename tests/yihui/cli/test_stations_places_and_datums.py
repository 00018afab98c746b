"""yihui stations import: where a place is, however it is written, and in which datum."""

import json
from pathlib import Path

import numpy as np
import pytest

from geo.crs import Datum, from_wgs84
from tests.geo.formats.workbooks import workbook
from tests.yihui.officer_commands import WGS84, XLSX_HEAD, Desk, geopackage
from yihui.bootstrap import build_wiring, load_settings


@pytest.mark.parametrize(
    "content",
    [
        '名称,类型,坐标\n站,驿站,"117.0204，36.6683"\n',
        '名称,类型,坐标\n站,驿站,"36.6683, 117.0204"\n',
        "名称,类型,经纬度\n站,驿站,117.0204 36.6683\n",
        '名称,类型,经度,纬度\n站,驿站,"117.0204，36.6683",\n',
        "名称,类型,经度,纬度\n站,驿站,117°1′13.44″,36°40′5.88″\n",
        "名称,类型,经度,纬度\n站,驿站,东经117度1分13.44秒,北纬36度40分5.88秒\n",
        "名称,类型,经度,纬度\n站,驿站,１１７．０２０４,３６．６６８３\n",
    ],
)
def test_a_place_is_where_its_row_says_however_it_is_written(desk: Desk, content: str) -> None:
    assert desk("import", desk.file(content), *WGS84).code == 0
    (row,) = json.loads(desk("list", "--json").out)
    assert (row["lon"], row["lat"]) == pytest.approx((117.0204, 36.6683), abs=1e-9)


def test_each_row_may_name_its_datum(desk: Desk) -> None:
    rows = "".join(
        f"{word},驿站,{lon!r},{lat!r},{word}\n"
        for word, datum in (("高德", Datum.GCJ02), ("BD-09", Datum.BD09), ("天地图", Datum.CGCS2000))
        for lon, lat in from_wgs84([(117.0204, 36.6683)], datum).tolist()
    )
    assert desk("import", desk.file("名称,类型,经度,纬度,坐标系\n" + rows)).code == 0
    for row in json.loads(desk("list", "--json").out):
        assert (row["lon"], row["lat"]) == pytest.approx((117.0204, 36.6683), abs=1e-7)


def test_a_geopackage_needs_no_datum_and_one_that_agrees_does_no_harm(desk: Desk) -> None:
    file = desk.file(geopackage(4326, "a"), "x.gpkg")
    assert desk("import", file).code == 0
    assert desk("import", file, "--datum", "cgcs2000").code == 0
    (row,) = json.loads(desk("list", "--json").out)
    assert (row["lon"], row["lat"]) == (117.02, 36.66)


def test_a_sheet_may_be_named_in_the_mapping_file(desk: Desk) -> None:
    book = workbook(
        {"甲": [XLSX_HEAD, ["一", "驿站", 117.02, 36.66]], "乙": [XLSX_HEAD, ["二", "驿站", 117.02, 36.66]]}
    )
    desk.file("datum: wgs84\nlayer: 乙\n", "x.xlsx.columns.yaml")
    assert desk("import", desk.file(book, "x.xlsx")).code == 0
    assert [row["name"] for row in json.loads(desk("list", "--json").out)] == ["二"]


# --- the datum check


@pytest.fixture(scope="session")
def places(data_folder: Path) -> list[tuple[float, float, str]]:
    """1,200 places of Shandong by towns, each with its district's code."""
    districts = build_wiring(load_settings({"YIHUI_DATA_FOLDER": str(data_folder)})).outlines
    rng = np.random.default_rng(7)
    towns = rng.uniform((115.5, 35.0), (120.5, 37.5), (600, 2))
    points = towns[rng.integers(0, 600, 3_000)] + rng.normal(0, 0.03, (3_000, 2))
    codes = districts.assign(points).code
    inside = [
        (lon, lat, code)
        for (lon, lat), code in zip(points.tolist(), codes, strict=True)
        if str(code)[:2] == "37"
    ]
    return inside[:1_200]


def register_in(places: list[tuple[float, float, str]], datum: Datum) -> str:
    points = from_wgs84([(lon, lat) for lon, lat, _ in places], datum).round(6).tolist()
    rows = (
        f"站{i},驿站,{lon},{lat},{code}\n"
        for i, ((lon, lat), (_, _, code)) in enumerate(zip(points, places, strict=True))
    )
    return "名称,类型,经度,纬度,区划代码\n" + "".join(rows)


@pytest.mark.parametrize("true", [Datum.WGS84, Datum.GCJ02, Datum.BD09])
def test_asking_for_the_datum_tells_it_with_figures_and_imports_nothing(
    desk: Desk, places: list[tuple[float, float, str]], true: Datum
) -> None:
    file = desk.file(register_in(places, true))
    said = desk("import", file, "--datum", "ask")
    assert said.code == 0
    assert f"{true} 明显最吻合" in said.out
    assert all(datum in said.out for datum in ("wgs84", "gcj02", "bd09"))
    document = desk("import", file, "--datum", "ask", "--json").json()
    assert (document["best"], document["sure"], document["compared"]) == (true.value, True, 1_200)
    assert json.loads(desk("registers", "--json").out) == []


@pytest.mark.parametrize(
    ("true", "named"),
    [(Datum.BD09, "gcj02"), (Datum.WGS84, "gcj02"), (Datum.WGS84, "bd09"), (Datum.GCJ02, "cgcs2000")],
)
@pytest.mark.parametrize("options", [(), ("--partial",), ("--dry-run", "--partial")])
def test_a_datum_that_the_points_contradict_is_refused_and_the_right_one_named(
    desk: Desk, places: list[tuple[float, float, str]], true: Datum, named: str, options: tuple[str, ...]
) -> None:
    file = desk.file(register_in(places, true))
    said = desk("import", file, "--datum", named, *options, "--json")
    assert said.code == 1
    (fault,) = [error for error in said.json()["errors"] if error["field"] == "datum"]  # type: ignore[attr-defined]
    assert fault["severity"] == "error"
    assert true.value in fault["message"]
    assert "%" in fault["message"]
    assert f"--datum {true.value}" in fault["remedy"]
    assert "没有别的坐标系" not in said.err
    assert "加 --partial 也一样" in said.err
    assert json.loads(desk("registers", "--json").out) == []


def test_rows_under_a_wrong_datum_are_imported_once_the_districts_are_left_out(
    desk: Desk, places: list[tuple[float, float, str]]
) -> None:
    file = desk.file(register_in(places, Datum.WGS84))
    said = desk("import", file, "--datum", "gcj02", "--ignore", "区划代码")
    assert said.code == 0


def test_the_right_datum_is_checked_and_imported(desk: Desk, places: list[tuple[float, float, str]]) -> None:
    right = desk("import", desk.file(register_in(places, Datum.BD09), "right.csv"), "--datum", "bd09")
    assert right.code == 0
    assert "坐标系核对：按 bd09" in right.err


def test_two_datums_in_one_file_are_told_with_their_rows(
    desk: Desk, places: list[tuple[float, float, str]]
) -> None:
    head, *rows = register_in(places, Datum.WGS84).splitlines()
    foreign = register_in(places, Datum.BD09).splitlines()[1:]
    mixed = "\n".join([head, *rows[:700], *foreign[700:]]) + "\n"
    said = desk("import", desk.file(mixed), *WGS84, "--partial", "--json")
    errors = said.json()["errors"]
    assert isinstance(errors, list)
    first, *strays = [error for error in errors if error["field"] == "datum"]
    assert (said.code, first["severity"]) == (1, "error")
    assert "bd09" in first["message"]
    assert "坐标系" in first["remedy"]
    assert strays
    assert all(stray["row"] > 640 and stray["value"].endswith(" m") for stray in strays)


def test_where_no_row_names_a_district_nothing_can_be_told(desk: Desk) -> None:
    said = desk("import", desk.file("名称,类型,经度,纬度\n站,驿站,117.02,36.66\n"), "--datum", "ask")
    assert said.code == 0
    assert "区县" in said.out
