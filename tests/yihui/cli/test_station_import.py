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


def test_a_guessed_column_can_be_left_out(desk: Desk) -> None:
    file = desk.file("名称,类型,经度,纬度,服务对象,内部编码\n站,驿站,117.02,36.66,仅限本单位职工,9\n")
    assert "--ignore" in desk("import", file, *WGS84).err
    assert rows_of(desk)[0]["access"] == "employer"
    assert desk("import", file, *WGS84, "--ignore", "服务对象").code == 0
    assert rows_of(desk)[0]["access"] == "unknown"
    mapping = desk.file("datum: wgs84\nignore: [服务对象]\n", "columns.yaml")
    said = desk("import", file, "--columns", mapping)
    assert "服务对象" in said.err.split("没有用到")[-1]
    assert "未变 1" in said.out


def test_a_column_to_be_left_out_that_is_not_there_is_a_fault(desk: Desk) -> None:
    file = desk.file("名称,类型,经度,纬度\n站,驿站,117.02,36.66\n")
    said = desk("import", file, *WGS84, "--ignore", "服务对像")
    assert said.code == 1
    assert "服务对像" in said.err
    assert "名称, 类型, 经度, 纬度" in said.err


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


def test_a_point_is_read_as_map_apps_copy_it(filled: Desk) -> None:
    for where in (
        ("117.0204,36.6683",),
        ("117.0204, 36.6683",),
        ("117.0204，36.6683",),
        ("36.6683,117.0204",),  # the other order of some map apps; only one of the two is in China
        ("117.0204,", "36.6683"),  # a space behind the comma
        ("117.0204", "36.6683"),
        ("东经117.0204", "北纬36.6683"),
    ):
        said = filled("nearest", *where, *WGS84, *AT, "--json")
        assert said.code == 0
        query = said.json()["query"]
        assert isinstance(query, dict)
        assert (query["lon"], query["lat"]) == (117.0204, 36.6683)
        place = filled("place", "C", *where, *WGS84, "--as", "jia", "--json")
        assert (place.json()["lon"], place.json()["lat"]) == (117.0204, 36.6683)


def test_whole_minutes_will_do_for_a_question_but_not_for_a_station(filled: Desk) -> None:
    said = filled("nearest", "117°1′E", "36°40′N", *WGS84, *AT, "--json").json()["query"]
    assert isinstance(said, dict)
    assert (said["lon"], said["lat"]) == pytest.approx((117 + 1 / 60, 36 + 40 / 60))
    placed = filled("place", "C", "117°1′E", "36°40′N", *WGS84, "--as", "jia")
    assert placed.code == 1
    assert "36°40′N" in placed.err
    assert "只精确到分" in placed.err


def test_the_point_where_programs_know_none_is_refused(filled: Desk) -> None:
    for where in (("0", "0"), ("0,0",), ("0.0", "-0.0")):
        said = filled("nearest", *WGS84, *AT, "--", *where)
        assert said.code == 1
        assert "0, 0" in said.err
        points = filled("nearest", *WGS84, *AT, "--points", filled.file("lon,lat\n0,0\n", "points.csv"))
        assert points.code == 1
        assert "points.csv:2" in points.err


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


def test_a_district_in_traditional_characters_is_known_and_lists_take_either_script(desk: Desk) -> None:
    content = "名稱,類型,經度,緯度,區縣,地址\n甲站,哺乳室,,,歷下區,濟南市解放路1號\n"
    assert desk("import", desk.file(content), *WGS84).code == 0
    assert rows_of(desk)[0]["district"] == "370102"
    for address in ("济南市解放路", "濟南市 解放路１號"):
        assert len(json.loads(desk("list", "--address", address, "--json").out)) == 1, address
    assert json.loads(desk("list", "--address", "经十路", "--json").out) == []
