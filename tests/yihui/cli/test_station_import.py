"""yihui stations import: columns, codes and coordinates as other programs write them."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from geo.registry.hand_changes import change_by_hand
from store import open_database
from tests.core.sheets.sheets import SheetContent, xlsx
from tests.yihui.officer_commands import WGS84, Desk


def rows_of(desk: Desk) -> list[dict[str, object]]:
    return list(json.loads(desk("list", "--json").out))


def test_the_same_places_under_another_file_name_are_one_fault(desk: Desk) -> None:
    rows = "".join(f"s{i},站{i},驿站,{117 + i / 1000},36.66\n" for i in range(40))
    head = "编号,名称,类型,经度,纬度\n"
    assert desk("import", desk.file(head + rows, "april.csv"), *WGS84).code == 0
    more = desk.file(head + rows + "new,新站,驿站,117.2,36.66\n", "may.csv")
    for options in ((), ("--partial",), ("--dry-run",)):
        said = desk("import", more, *WGS84, *options, "--json")
        (fault,) = said.json()["errors"]  # type: ignore[misc]
        assert said.code == 1
        assert "40" in fault["message"] and "april" in fault["message"] and "s0" in fault["message"]
        assert "--register april" in fault["remedy"]
    assert desk("import", more, *WGS84, "--register", "april").code == 0


@pytest.mark.parametrize("with_points", [True, pytest.param(False, marks=pytest.mark.endure)])
def test_the_same_places_without_ids_under_another_file_name_are_one_fault(
    desk: Desk, with_points: bool
) -> None:
    def rows(first: int, last: int) -> str:
        point = "{0},36.66," if with_points else ",,{1}路1号"
        return "".join(f"站{n},驿站,{point.format(117 + n / 1000, n)}\n" for n in range(first, last))

    head = "名称,类型,经度,纬度,地址\n"
    assert desk("import", desk.file(head + rows(0, 40), "april.csv"), *WGS84).code == 0
    more = desk.file(head + rows(0, 45), "may.csv")
    said = desk("import", more, *WGS84, "--partial", "--json")
    (fault,) = said.json()["errors"]  # type: ignore[misc]
    assert said.code == 1
    assert "45" in fault["message"] and "40" in fault["message"] and "april" in fault["message"]
    assert "--register april" in fault["remedy"]
    assert len(rows_of(desk)) == 40
    assert desk("import", more, *WGS84, "--dry-run").code == 1
    assert desk("import", more, *WGS84, "--confirm").code == 0
    assert len(rows_of(desk)) == 85
    elsewhere = desk.file(
        head + "".join(f"站{n},驿站,{118 + n / 1000},36.66,\n" for n in range(45)), "june.csv"
    )
    assert desk("import", elsewhere, *WGS84).code == 0, "the names alone make no place the same"


def test_a_register_that_overlaps_another_is_imported(desk: Desk) -> None:
    head, row = "名称,类型,经度,纬度,地址\n", "{0}站,驿站,117,36.6,{0}路1号\n"
    desk("import", desk.file(head + "".join(map(row.format, range(20))), "city.csv"), *WGS84)
    county = desk.file(head + "".join(map(row.format, range(12, 40))), "county.csv")
    assert desk("import", county, *WGS84).code == 0
    assert len(rows_of(desk)) == 48


def test_warnings_are_told_and_the_exit_code_is_0_but_1_where_a_row_was_left_out(desk: Desk) -> None:
    head, good = "名称,类型,经度,纬度,开放时间\n", "站,驿站,117.02,36.66,随缘\n"
    warned = desk("import", desk.file(head + good), *WGS84)
    assert warned.code == 0
    assert "随缘" in warned.err
    left_out = desk("import", desk.file(head + good + "乙,加油站,117.02,36.66,\n"), *WGS84, "--partial")
    assert left_out.code == 1
    assert "1 行" in left_out.out


@pytest.fixture
def field(shared: Path) -> Path:
    return shared.parent / "field" / "round2"


@pytest.mark.needs("shared")
def test_a_running_number_outside_the_features_is_no_id(desk: Desk, field: Path) -> None:
    for name, added in (("first", 5), ("second", 1)):
        file = str(field / f"57b_geopandas_ids_{name}.geojson")
        said = desk("import", file, *WGS84, "--register", "r", "--json")
        assert said.code == 0, said.err
        assert said.json()["diff"]["added"] == added and not said.json()["diff"]["moved"]  # type: ignore[index]
    assert {row["id"] for row in rows_of(desk)} == {"z00", "z01", "z02", "z03", "z04", "z99"}


def test_hidden_rows_are_taken_unless_they_are_left_and_a_merged_point_is_refused(
    desk: Desk, tmp_path: Path
) -> None:
    rows = [
        ["编号", "名称", "类型", "经度", "纬度"],
        *([f"s{n}", f"站{n}", "驿站", 117 + n / 100, 36.6] for n in range(4)),
    ]
    file = tmp_path / "list.xlsx"
    file.write_bytes(xlsx(SheetContent(rows, hidden_rows=[2], merged=[(3, 3, 4, 3)])))
    for options, added in (((), 3), (("--hidden-rows", "leave"), 2)):
        said = desk("import", str(file), *WGS84, "--partial", "--dry-run", "--json", *options)
        assert said.json()["diff"]["added"] == added  # type: ignore[index]
        lines = [(fault["row"], fault["value"]) for fault in said.json()["errors"]]  # type: ignore[union-attr]
        assert (None, "3") in lines and 5 in dict(lines)


def test_the_report_names_what_was_changed_by_hand_and_stays_or_is_taken(desk: Desk) -> None:
    head, row = "编号,名称,类型,经度,纬度,开放时间,电话\n", "a,站,驿站,117.02,36.66,{},{}\n"
    file = desk.file(head + row.format("9:00-17:00", "0531-1"))
    desk("import", file, *WGS84)
    database = open_database(str(desk.database))
    with database.write() as connection:
        values = {"hours_text": "8:00-20:00", "phone": "0531-2"}
        change_by_hand(connection, "a", values, "li.min", datetime(2026, 11, 20, tzinfo=UTC))
    database.close()
    desk.file(head + row.format("9:00-17:00", "0531-3"))
    seen = desk("import", file, *WGS84, "--dry-run", "--json").json()["diff"]  # type: ignore[index]
    assert (seen["left"], seen["taken"]) == ({"a": ["hours_text"]}, {"a": ["phone"]})
    told = desk("import", file, *WGS84).out
    assert "= a: 开放时间" in told and "! a: 电话" in told
    assert (rows_of(desk)[0]["hours_text"], rows_of(desk)[0]["phone"]) == ("8:00-20:00", "0531-3")
