"""yihui stations import: columns, codes and coordinates as other programs write them."""

import json

import pytest

from tests.yihui.officer_commands import AT, WGS84, Desk


def rows_of(desk: Desk) -> list[dict[str, object]]:
    return list(json.loads(desk("list", "--json").out))


# --- ids of another register


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


def test_one_id_of_another_register_is_named_as_before(desk: Desk) -> None:
    head = "编号,名称,类型,经度,纬度\n"
    desk("import", desk.file(head + "a,甲,驿站,117,36.6\n", "one.csv"), *WGS84)
    desk("import", desk.file(head + "b,乙,驿站,117,36.6\nc,丙,驿站,117,36.6\n", "two.csv"), *WGS84)
    three = desk.file(
        "编号,名称,类型,经度,纬度\n" + "".join(f"{i},{i},驿站,117,36.6\n" for i in "abcd"), "three.csv"
    )
    faults = desk("import", three, *WGS84, "--json").json()["errors"]
    assert isinstance(faults, list)
    assert [fault["value"] for fault in faults] == ["a", "2"]


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


def test_a_register_that_overlaps_another_is_imported(desk: Desk) -> None:
    head, row = "名称,类型,经度,纬度,地址\n", "{0}站,驿站,117,36.6,{0}路1号\n"
    desk("import", desk.file(head + "".join(map(row.format, range(20))), "city.csv"), *WGS84)
    county = desk.file(head + "".join(map(row.format, range(12, 40))), "county.csv")
    assert desk("import", county, *WGS84).code == 0
    assert len(rows_of(desk)) == 48


# --- columns


# --- districts


@pytest.mark.parametrize(
    ("code", "told"),
    [
        pytest.param("370102", False, marks=pytest.mark.endure),
        ("370102.0", False),  # a table's number
        pytest.param(
            "370102001", False, marks=pytest.mark.endure
        ),  # a township's code of the statistical offices
        pytest.param("370102001003", False, marks=pytest.mark.endure),  # a community's
        pytest.param("３７０１０２", False, marks=pytest.mark.endure),
        pytest.param("nan", False, marks=pytest.mark.endure),  # a missing value as pandas writes it
        pytest.param("", False, marks=pytest.mark.endure),
        pytest.param("—", False, marks=pytest.mark.endure),
        ("LX-07", True),
        pytest.param("1001", True, marks=pytest.mark.endure),
        pytest.param("999999", True, marks=pytest.mark.endure),
    ],
)
def test_a_code_of_another_system_is_a_warning_and_the_point_says_where_it_is(
    desk: Desk, code: str, told: bool
) -> None:
    for header in ("行政区", "区划代码"):
        said = desk(
            "import", desk.file(f"名称,类型,经度,纬度,{header}\n站,驿站,117.0204,36.6683,{code}\n"), *WGS84
        )
        assert said.code == 0, header
        assert ("不是区县的代码" in said.err) == told, header
        assert "nan" not in said.err
        (row,) = rows_of(desk)
        assert (row["district"], row["district_name"]) == ("370102", "历下区"), header


@pytest.mark.endure
def test_without_a_point_the_address_says_where_a_place_with_a_foreign_code_is(desk: Desk) -> None:
    content = (
        "名称,类型,经度,纬度,行政区,地址\n甲,驿站,,,LX-07,济南市历下区泉城路1号\n乙,驿站,,,LX-08,泉城路\n"
    )
    assert desk("import", desk.file(content), *WGS84).code == 0
    assert {row["name"]: row["district"] for row in rows_of(desk)} == {"甲": "370102", "乙": None}


def test_warnings_are_told_and_the_exit_code_is_0_but_1_where_a_row_was_left_out(desk: Desk) -> None:
    head, good = "名称,类型,经度,纬度,开放时间\n", "站,驿站,117.02,36.66,随缘\n"
    warned = desk("import", desk.file(head + good), *WGS84)
    assert warned.code == 0
    assert "随缘" in warned.err
    left_out = desk("import", desk.file(head + good + "乙,加油站,117.02,36.66,\n"), *WGS84, "--partial")
    assert left_out.code == 1
    assert "1 行" in left_out.out


# --- points


def test_one_argument_that_is_no_pair_asks_for_the_latitude(filled: Desk) -> None:
    said = filled("nearest", "117.0204", *WGS84, *AT)
    assert said.code == 2
    assert "LAT" in said.err


# --- how far


def test_a_limit_grows_and_says_so_unless_it_counts_exactly(filled: Desk) -> None:
    far = ("nearest", "117.10", "36.60", *WGS84, *AT, "--within-m", "300")
    grown = filled(*far, "--json").json()
    assert grown["results"]
    assert grown["grown_to_m"]
    exact = filled(*far, "--exactly", "--json").json()
    assert (exact["results"], exact["grown_to_m"], exact["first_to_open"]) == ([], None, None)
    open_only = filled(*far, "--exactly", "--open", "--json").json()
    assert (open_only["results"], open_only["first_to_open"]) == ([], None)


def test_a_limit_that_counts_exactly_needs_a_limit(filled: Desk) -> None:
    assert filled("nearest", "117.02", "36.66", *WGS84, "--exactly").code == 2


# --- scripts
