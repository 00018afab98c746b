"""Rows become stations, and every faulty row is told with its row, column, value and remedy."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import pytest

from core.calendars import Calendar
from core.faults import Fault, FaultError
from core.sheets.csv import read_csv
from core.sheets.listed_rows import select_listed_rows
from geo.crs import Points, from_wgs84
from geo.datum import Datum
from geo.formats.columns import guess_columns
from geo.formats.places import DistrictClues, Gazetteer
from geo.formats.rows import ImportContext, ParsedRegister, read_stations, resolve_datum, station_marks
from geo.hours import parse_hours
from geo.station import Access, Entry, Kind, Status
from tests.yihui.refusals import faults_of


@dataclass(frozen=True)
class Place:
    code: str
    name: str
    city: str


@dataclass(frozen=True)
class Names:
    districts: tuple[Place, ...] = (
        Place("370102", "历下区", "济南市"),
        Place("370103", "市中区", "济南市"),
        Place("370402", "市中区", "枣庄市"),
        Place("370681", "龙口市", "烟台市"),
        Place("710009", "台北市", "台湾省"),
    )

    def find_by_name(self, name: str) -> Sequence[Place]:
        return [place for place in self.districts if place.name.removesuffix("区") == name]


def locate(points: Points) -> list[str | None]:
    """Everything east of 117 lies in 历下区, everything around 台北 in 台北市."""
    return ["710009" if lon > 120 else "370102" if lon > 117 else None for lon, _ in points.tolist()]


def read(
    text: str, datum: Datum | None = Datum.WGS84, *, kind: str = "outdoor_station", **options: object
) -> ParsedRegister:
    table = read_csv(text.encode(), "stations.csv")
    columns = guess_columns(table.headers).with_constants({"kind": kind})
    reader = ImportContext("register", Gazetteer(Names()), locate, lambda hours: "?" not in hours, **options)  # type: ignore[arg-type]
    table = select_listed_rows(table, station_marks(columns))
    skipped = [note for note in table.notes if note.code == "table.total"]
    reading = read_stations(table, columns, datum, reader)
    return replace(reading, faults=(*reading.faults, *skipped))


def only(reading: ParsedRegister) -> Fault:
    (fault,) = reading.faults
    return fault


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("山东省烟台市龙口市港城大道1号", "370681"),
        ("烟台龙口市港城大道1号", "370681"),
        ("龙口市港城大道1号", "370681"),  # a city of a county, not one above a district
        ("济南市中区经二路1号", "370103"),  # 济南 and 市中区, not 济南市
        ("市中区经二路1号", None),  # two of this name
        ("济南市龙口路1号", None),
        ("泉城路近历下区", None),
    ],
)
def test_an_address_names_its_district_behind_its_city_or_alone(address: str, code: str | None) -> None:
    assert Gazetteer(Names()).find_stated(DistrictClues(address=address)) == code  # type: ignore[arg-type]


def test_a_good_row_becomes_a_station_with_all_that_it_says() -> None:
    reading = read(
        "编号,名称,类型,经度,纬度,地址,区县,开放时间,设施,备注,核实日期\n"
        "A1, 泉城路 驿站 ,妈妈小屋,117.02,36.66,泉城路1号,历下区,9:00-17:00,饮水、空调,請洽服務人員；仅限本单位职工,2026年3月5日\n"
    )
    (station,) = reading.stations
    assert (station.id, station.name, station.kind) == ("A1", "泉城路 驿站", Kind.MOTHER_ROOM)
    assert (station.lon, station.lat, station.district) == (117.02, 36.66, "370102")
    assert (station.entry, station.access) == (Entry.STAFF, Access.EMPLOYER)
    assert station.facilities == {"water", "aircon"}
    assert str(station.verified_on) == "2026-03-05"
    assert reading.row_numbers == (2,)
    assert not reading.faults


# What a cell may hold, and what is said of it: (longitude, latitude, field, value)
BAD_POINTS = [
    ("36.66", "117.02", "经度, 纬度", "36.66, 117.02"),  # swapped: latitude above 90
    ("36.5", "80.1", "经度, 纬度", "36.5, 80.1"),  # swapped: possible, but in China only the other way
    ("0", "0", "经度, 纬度", "0, 0"),
    ("116", "36", "经度, 纬度", "116, 36"),  # whole degrees: a placeholder
    ("nan", "36.6", "经度", "nan"),
    ("117.0", "inf", "纬度", "inf"),
    ("东经117度", "36.6", "经度", "东经117度"),
    ("1170.2", "36.6", "经度", "1170.2"),
    ("117.0", "", "纬度", "117.0"),
    ("", "36.6", "经度", "36.6"),
]


@pytest.mark.parametrize(("lon", "lat", "field", "value"), BAD_POINTS)
def test_a_coordinate_that_can_not_be_is_a_fault_of_its_row(
    lon: str, lat: str, field: str, value: str
) -> None:
    reading = read(f"名称,经度,纬度\n好,117.0201,36.66\n坏,{lon},{lat}\n")
    fault = only(reading)
    assert (fault.file, fault.row, fault.field, fault.value) == ("stations.csv", 3, field, value)
    assert fault.remedy
    assert fault.severity == "error"
    assert [station.name for station in reading.stations] == ["好"]
    assert reading.rejected_count == 1


def test_columns_that_are_swapped_are_one_fault_of_the_file_beside_those_of_other_cells() -> None:
    rows = ["甲,36.66,117.02,", "乙,36.67,117.03,2099年99月1日", "丙,,,", "丁,36.5,80.1,"]
    reading = read("\n".join(["名称,经度,纬度,核实日期", *rows]) + "\n")
    swapped, other = reading.errors
    assert (swapped.code, swapped.row, swapped.field, swapped.value) == (
        *("coordinates.swapped.all", None, "经度, 纬度", "36.66, 117.02"),
    )
    assert (swapped.params["count"], swapped.file) == ("3", "stations.csv")
    assert (other.row, reading.rejected_count) == (3, 3)


def test_an_input_with_ten_faults_gets_ten_messages_in_row_order() -> None:
    rows = "\n".join(f"坏{i},{lon},{lat}" for i, (lon, lat, _, _) in enumerate(BAD_POINTS))
    reading = read(f"名称,经度,纬度\n{rows}\n")
    assert [fault.row for fault in reading.faults] == list(range(2, 12))


def test_an_empty_coordinate_is_not_placed_and_no_fault() -> None:
    reading = read("名称,经度,纬度,区县\n驿站,,,历下区\n")
    assert not reading.faults
    (station,) = reading.unplaced_stations
    assert station.district == "370102"


def test_a_point_outside_china_is_kept_and_told() -> None:
    reading = read("名称,经度,纬度\n驿站,13.4,52.5\n")
    assert only(reading).severity == "warning"
    assert len(reading.stations) == 1


@pytest.mark.parametrize("datum", list(Datum))
def test_points_are_kept_in_wgs84_whatever_datum_they_come_in(datum: Datum) -> None:
    ((lon, lat),) = from_wgs84([(117.02, 36.66)], datum).tolist()
    (station,) = read(f"名称,经度,纬度\n驿站,{lon!r},{lat!r}\n", datum).stations
    assert (station.lon, station.lat) == pytest.approx((117.02, 36.66), abs=1e-7)


def test_each_row_may_name_its_own_datum() -> None:
    ((lon, lat),) = from_wgs84([(117.02, 36.66)], Datum.BD09).tolist()
    reading = read(
        f"名称,经度,纬度,坐标系\n甲,117.02,36.66,WGS-84\n乙,{lon!r},{lat!r},bd09\n丙,117.02,36.66,x\n", None
    )
    assert [(s.lon, s.lat) for s in reading.stations] == [pytest.approx((117.02, 36.66), abs=1e-7)] * 2
    assert (only(reading).row, only(reading).value) == (4, "x")


def test_a_datum_that_nobody_names_is_refused_with_the_choices() -> None:
    columns = guess_columns(["名称", "经度", "纬度"])
    (fault,) = faults_of(resolve_datum, columns, None, "stations.csv")
    assert (fault.file, fault.field) == ("stations.csv", "datum")
    assert all(datum.value in fault.remedy for datum in Datum)
    assert resolve_datum(columns, Datum.BD09, "stations.csv") is Datum.BD09


def test_two_datums_for_one_column_are_refused() -> None:
    columns = guess_columns(["名称", "lng_gcj02", "lat_gcj02"])
    assert resolve_datum(columns, None, "x") is Datum.GCJ02
    with pytest.raises(FaultError, match="wgs84"):
        resolve_datum(columns, Datum.WGS84, "x")


def test_an_unknown_district_is_a_fault_unless_the_point_says_the_district() -> None:
    reading = read("名称,经度,纬度,区县\n驿站,117.02,36.66,高新区\n没有位置,,,高新区\n")
    assert [(f.row, f.field, f.value, f.severity) for f in reading.faults] == [
        (2, "区县", "高新区", "warning"),
        (3, "区县", "高新区", "error"),
    ]
    (station,) = reading.stations
    assert (station.district, station.district_name) == ("370102", "高新区")
    assert reading.rejected_count == 1


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("驿站,,,济南市,市中区,", "370103"),  # the city tells which
        ("驿站,,,,市中区,枣庄市市中区光明路", "370402"),  # the address tells which
        ("驿站,,,,370402,", "370402"),  # the code stands in the name's column
        ("驿站,,,,历下,", "370102"),  # without its last character
        ("驿站,121.5,25.05,臺北市,松山區,", "710009"),  # the outlines have no parts of the city
        ("驿站,,,臺北市,松山區,", "710009"),  # … nor a point
        ("驿站,117.02,36.66,,,", "370102"),  # only the point
        ("驿站,,,,,", None),  # nothing tells
    ],
)
def test_the_district_is_found_by_what_the_row_states(row: str, code: str | None) -> None:
    reading = read(f"名称,经度,纬度,城市,区县,地址\n{row}\n")
    assert not reading.faults
    assert reading.stations[0].district == code


def test_a_name_that_several_districts_share_is_not_guessed() -> None:
    fault = only(read("名称,经度,纬度,区县\n驿站,,,市中区\n"))
    assert fault.params["cities"] == "济南市 370103, 枣庄市 370402"


def test_hours_that_can_not_be_understood_are_kept_and_told() -> None:
    reading = read("名称,经度,纬度,开放时间\n驿站,117.02,36.66,?随缘?\n")
    fault = only(reading)
    assert (fault.row, fault.field, fault.value, fault.severity) == (2, "开放时间", "?随缘?", "warning")
    assert reading.stations[0].hours_text == "?随缘?"


def test_words_that_are_no_code_are_told_with_those_that_are() -> None:
    reading = read("名称,类型,经度,纬度,状态,核实日期\n,加油站,,,何如,去年\n", kind="")
    assert {fault.field: fault.value for fault in reading.faults} == {
        "名称": "",
        "类型": "加油站",
        "状态": "何如",
        "核实日期": "去年",
    }


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("2026-11-30", "date.future"),  # nobody has verified anything tomorrow
        ("2031-03-08", "date.future"),
        ("43898", "date.no_date"),  # a workbook's number of the day: its epoch is not stated
        ("20.3.8", "date.no_date"),
        ("8/3/2020", "date.no_date"),
        ("2020-02-30", "date.no_date"),
        ("0109-03-08", "date.no_date"),
        ("2026-11-29", None),
        ("民国109年3月8日", None),
        ("２０２０－０３－０８", None),
        ("", None),
    ],
)
def test_a_date_of_verification_is_read_without_a_doubt_or_refuses_its_row(
    written: str, code: str | None
) -> None:
    today = date(2026, 11, 29)
    reading = read(f"名称,经度,纬度,核实日期\n甲,117.02,36.66,{written}\n乙,117.03,36.66,\n", today=today)
    assert [fault.code for fault in reading.errors] == [code] * (code is not None)
    assert [(fault.row, fault.field) for fault in reading.errors] == [(2, "核实日期")] * (code is not None)
    assert len(reading.stations) == 1 + (code is None)


@pytest.mark.parametrize(
    ("header", "known"),
    [
        ("开放时", "hours_text"),  # nine bytes in UTF-8
        ("联系电", "phone"),
        ("行政区划代", "district_code"),  # ten bytes in GBK
        ("opening_ho", "hours_text"),
        ("所在", None),  # not cut after ten bytes
        ("服务", None),
    ],
)
def test_a_header_that_a_shapefile_has_cut_is_used_and_said(header: str, known: str | None) -> None:
    columns = guess_columns(("名称", "经度", "纬度", header))
    assert columns.headers(known or "") == ((header,) if known else ())
    assert columns.unused == (() if known else (header,))
    notes = read(f"名称,经度,纬度,{header}\n甲,117.02,36.66,\n").faults
    assert [(note.code, note.field, note.severity) for note in notes] == [
        ("rows.cut_header", header, "warning")
    ] * (known is not None)


def test_a_whole_header_goes_before_a_cut_one() -> None:
    columns = guess_columns(("开放时", "开放时间", "站点名", "服务站点名"))
    assert columns.headers("hours_text") == ("开放时间",) and columns.headers("name") == ("站点名",)


def test_the_kind_that_the_user_names_stands_where_the_row_names_none_of_ours() -> None:
    reading = read("名称,类型,经度,纬度\n甲,依法設置,,\n乙,妈妈小屋,,\n", kind="library")
    assert [station.kind for station in reading.stations] == [Kind.LIBRARY, Kind.MOTHER_ROOM]


def test_characters_that_are_no_text_are_told() -> None:
    fault = only(read("名称,经度,纬度\n驿\x00站,,\n"))
    assert (fault.row, fault.field, fault.value) == (2, "名称", r"\u9a7f\x00\u7ad9")


def test_the_calendar_follows_the_place_unless_it_is_named() -> None:
    reading = read(
        "名称,经度,纬度,日历,城市\n甲,117.02,36.66,,\n乙,121.5,25.05,,\n丙,117.02,36.66,TW,\n丁,118.3,24.4,,金門縣\n"
    )
    assert [station.calendar for station in reading.stations] == [
        Calendar.CN,
        Calendar.TW,
        Calendar.TW,
        Calendar.TW,
    ]


# --- ids


def test_derived_ids_outlive_a_new_order_a_corrected_point_and_tidied_spelling() -> None:
    one = read("名称,地址,经度,纬度\n甲,一路,117.02,36.66\n乙,二路,117.03,36.66\n")
    two = read("名称,地址,经度,纬度\n 乙 ,二 路,117.9,36.60\n甲,一路,,\n丙,三路,,\n")
    assert {s.name: s.id for s in one.stations}.items() <= {s.name: s.id for s in two.stations}.items()
    assert one.derived_id_count == 2


def test_rows_alike_keep_apart_by_their_order_and_are_told() -> None:
    reading = read("名称,地址,经度,纬度\n甲,一路,117.02,36.66\n甲,一路,117.02,36.66\n")
    assert len({station.id for station in reading.stations}) == 2
    fault = only(reading)
    assert (fault.row, fault.params["first"], fault.severity) == (3, "2", "warning")


def test_an_id_given_twice_is_a_fault_of_the_second_row() -> None:
    reading = read("编号,名称,经度,纬度\n1,甲,,\n1,乙,,\n")
    fault = only(reading)
    assert (fault.row, fault.field, fault.value, fault.params["first"]) == (3, "编号", "1", "2")
    assert [station.name for station in reading.stations] == ["甲"]


def test_a_sample_register_is_marked_as_such() -> None:
    assert read("名称,经度,纬度\n甲,,\n", sample=True).stations[0].sample
    assert [s.sample for s in read("名称,经度,纬度,示例\n甲,,,示例\n乙,,,\n").stations] == [True, False]


def test_a_name_too_long_is_told_and_not_cut() -> None:
    fault = only(read(f"名称,经度,纬度\n{'长' * 201},,\n"))
    assert (fault.row, fault.field) == (2, "名称")


@pytest.mark.parametrize(
    ("cell", "area_m2"),
    [("15", 15.0), ("15.50", 15.5), ("约１２平方米", 12.0), ("20㎡左右", 20.0), ("30 m2", 30.0), ("", None)],
)
def test_the_size_of_a_room_is_read(cell: str, area_m2: float | None) -> None:
    (station,) = read(f"名称,经度,纬度,面积（㎡）\n甲,117.02,36.66,{cell}\n").stations
    assert station.area_m2 == area_m2


@pytest.mark.parametrize("cell", ["两间", "10-15", "-5", "1e999", "15元"])
def test_a_size_that_is_none_is_a_fault_of_its_row(cell: str) -> None:
    reading = read(f"名称,经度,纬度,面积\n甲,117.02,36.66,{cell}\n")
    assert not reading.stations
    assert (only(reading).field, only(reading).value, only(reading).row) == ("面积", cell, 2)


def test_whose_staff_a_room_is_for_and_what_it_takes_are_read() -> None:
    reading = read(
        "名称,经度,纬度,仅限单位,可用福利,开放对象\n"
        "甲,117.02,36.66,历下环卫所,cake-2026、film; summer-cooling,\n"
        "乙,117.02,36.67,历下环卫所,,对外开放\n"
    )
    one, other = reading.stations
    assert (one.employer, one.access) == ("历下环卫所", Access.EMPLOYER)
    assert one.accepts == {"cake-2026", "film", "summer-cooling"}
    assert (other.employer, other.access, other.accepts) == ("历下环卫所", Access.PUBLIC, frozenset())


@pytest.mark.parametrize(
    ("header", "answer", "access"),
    [
        ("是否对外开放", "是", Access.PUBLIC),
        ("是否对外开放", "否", Access.EMPLOYER),
        ("是否对外开放", "√", Access.PUBLIC),
        ("是否对外开放", "×", Access.EMPLOYER),
        ("是否对外开放", "Ｎ", Access.EMPLOYER),
        ("对外开放（是/否）", "否", Access.EMPLOYER),
        ("开放对象", "否", Access.UNKNOWN),
        ("是否对外开放", "未定", Access.UNKNOWN),
    ],
)
def test_yes_and_no_answer_the_question_in_the_header(header: str, answer: str, access: Access) -> None:
    (station,) = read(f"名称,经度,纬度,{header}\n驿站,117.02,36.66,{answer}\n").stations
    assert station.access is access


@pytest.mark.parametrize(
    ("header", "answer", "status"),
    [("是否启用", "是", Status.ACTIVE), ("是否启用", "否", Status.CLOSED_TEMPORARILY), ("状态", "否", None)],
)
def test_yes_and_no_under_a_header_of_the_status(header: str, answer: str, status: Status | None) -> None:
    reading = read(f"名称,经度,纬度,{header}\n驿站,117.02,36.66,{answer}\n")
    assert [station.status for station in reading.stations] == ([status] if status else [])
    assert bool(reading.errors) is (status is None)


def test_words_that_state_nothing_are_named_once_with_the_count_of_their_rows() -> None:
    rows = "\n".join(f"驿站{n},117.0{n},36.66,饮水、轮椅,环卫,走后门" for n in range(1, 6))
    reading = read(
        f"名称,经度,纬度,设施,开放对象,进入方式\n{rows}\n无词,117.09,36.66,空调（夏季）、无饮水,,-\n"
    )
    assert len(reading.stations) == 6
    assert [(f.row, f.field, f.value, f.params["count"], f.severity) for f in reading.faults] == [
        (2, "设施", "轮椅", "5", "warning"),
        (2, "开放对象", "环卫", "5", "warning"),
        (2, "进入方式", "走后门", "5", "warning"),
        (7, "设施", "空调(夏季)", "1", "warning"),
    ]
    assert reading.stations[0].facilities == {"water", "轮椅"}
    assert reading.stations[5].facilities == {"空调(夏季)"}


def test_a_column_for_each_facility_is_read_by_its_header() -> None:
    reading = read(
        "名称,经度,纬度,设施,是否有熱水,空调,微波炉,午休,充电,电话\n"
        "驿站,117.02,36.66,卫生间,有,无,√,两张,损坏,0531-12351\n"
    )
    assert reading.stations[0].facilities == {"toilet", "hot_water", "water", "microwave", "nap"}
    assert reading.stations[0].phone == "0531-12351"
    assert not reading.faults


def test_a_remark_in_the_hours_says_who_may_enter_and_the_hours_stay() -> None:
    (station,) = read("名称,经度,纬度,开放时间\n驿站,117.02,36.66,9:00-17:00 僅供員工使用\n").stations
    assert station.access is Access.EMPLOYER
    assert parse_hours(station.hours_text).understood


def test_a_missing_value_as_programs_write_it_is_none_but_none_is_a_calendar() -> None:
    (station,) = read("名称,地址,电话,日历\n驿站,nan,NULL,none\n").stations
    assert (station.address, station.phone, station.calendar) == ("", "", Calendar.NONE)


@pytest.mark.parametrize(
    ("line", "stations"),
    [
        ("合计,,,2 处", 1),
        ("總 計：,,,", 1),
        (",,,合计", 1),
        ("合计,117.05,36.66,", 2),
        ("TOTAL,,,2", 1),
        ("合计（1处）,,,", 1),
        ("全市合计：,,,1 处", 1),
        ("济南市共有驿站12处,,,", 1),
        (",,,共１處", 1),
        ("備註：以上驛站免費,,,注1：不含在建", 1),
        ("Total,,,泉城路1号", 2),
        ("合计科技园驿站,,,", 2),
        ("共青团驿站,,,1", 2),
        ("驿站,,,备注：周末不开", 2),
    ],
)
def test_the_sum_below_a_list_is_no_station(line: str, stations: int) -> None:
    reading = read(f"名称,经度,纬度,备注\n甲,117.02,36.66,\n{line}\n")
    assert len(reading.stations) == stations
    skipped = [fault.row for fault in reading.faults if fault.code == "table.total"]
    assert skipped == ([3] if stations == 1 else []) and not reading.errors


@pytest.mark.parametrize(
    ("note", "column", "status"),
    [
        ("已撤站", "", Status.CLOSED_FOR_GOOD),
        ("暂停开放", "", Status.CLOSED_TEMPORARILY),
        ("已撤站", "正常开放", Status.ACTIVE),  # what its own column says stands
        ("原站已撤，迁来此处", "", Status.ACTIVE),  # more than a state
        ("不对外开放", "", Status.ACTIVE),  # it is open to its own
        ("有饮水机", "", Status.ACTIVE),
    ],
)
def test_a_remark_that_is_a_state_and_nothing_else_is_one(note: str, column: str, status: Status) -> None:
    reading = read(f"名称,经度,纬度,状态,备注\n甲,117.02,36.66,{column},{note}\n")
    assert [station.status for station in reading.stations] == [status]
