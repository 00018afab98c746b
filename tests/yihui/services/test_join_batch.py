"""Joining by sheet and by place."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import xlsxwriter
from sqlalchemy import select

from members.joining.tables import join_requests
from tests.members.organisations.acting import event_of, handle
from tests.yihui import refusals
from tests.yihui.services.joining_people import (
    DISTRICT,
    HERE,
    THERE,
    changes_of,
    found_tree,
    id_number,
    join,
    joining_wiring,
    person,
)
from tests.yihui.services.test_joining import stored_secrets
from yihui.bootstrap import Wiring
from yihui.files.tables import SheetReader
from yihui.services.joining.batch import join_batch, read_batch
from yihui.services.joining.places import WorkPlace, find_join_places

Rows = list[tuple[str, str, str]]
HEADERS = ("姓名", "身份证号", "手机号")
DRIVERS: Rows = [("张三", id_number(n), f"138{n:08}") for n in range(5)]


def write_sheet(folder: Path, rows: Rows, name: str = "drivers.csv") -> Path:
    path = folder / name
    if path.suffix == ".csv":
        path.write_text("\n".join(",".join(row) for row in (HEADERS, *rows)) + "\n", "utf-8")
        return path
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate((HEADERS, *rows)):
            sheet.write_row(number, 0, row)
    return path


def faults_of(
    wiring: Wiring, file: Path, code: str = HERE, *, signed: bool = True
) -> list[tuple[str, int | None]]:
    def batch() -> None:
        join_batch(wiring, read_batch(file.read_bytes(), file.name, SheetReader()), code, "li", signed=signed)

    return [(fault.code, fault.row) for fault in refusals.faults_of(batch)]


@pytest.mark.parametrize("name", ["drivers.csv", "drivers.xlsx"])
def test_a_sheet_makes_everybody_a_member_once(wiring: Wiring, tmp_path: Path, name: str) -> None:
    file = write_sheet(tmp_path, DRIVERS, name)
    sheet = read_batch(file.read_bytes(), file.name, SheetReader())
    first, again = (join_batch(wiring, sheet, HERE, "li", signed=True) for _ in range(2))
    assert (first.joined, first.already) == (5, 0)
    assert (again.joined, again.already) == (0, 5)
    assert len(changes_of(wiring, "member.joined")) == 5 and stored_secrets(wiring) == []
    with wiring.database.read() as connection:
        signed_up = connection.execute(select(join_requests.c.signed_up_by).distinct()).scalars().all()
    assert signed_up == ["li"]


def test_an_id_number_that_a_workbook_kept_as_a_number_is_refused(wiring: Wiring, tmp_path: Path) -> None:
    path = tmp_path / "typed.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADERS)
        sheet.write_row(1, 0, ("张三", 370102199001011000, "13800000000"))
    assert faults_of(wiring, path) == [("cell.rounded", 2)]


def test_all_faulty_rows_are_told_at_once_and_nobody_joins(wiring: Wiring, tmp_path: Path) -> None:
    wrong = id_number(7)[:-1] + ("1" if id_number(7)[-1] != "1" else "2")
    file = write_sheet(
        tmp_path,
        [
            *DRIVERS,
            DRIVERS[1],
            ("李", wrong, "1380000"),
            ("", "", ""),
            ("王五", "370102900307001", "13800000009"),
        ],
    )
    assert faults_of(wiring, file) == [
        ("join_batch.repeated_person", 7),
        ("name.short", 8),
        ("id_number.check_digit", 8),
        ("phone.form", 8),
        ("id_number.old_form", 10),
    ]
    assert changes_of(wiring, "member.joined") == [] and stored_secrets(wiring) == []
    with wiring.database.read() as connection:
        assert connection.execute(select(join_requests.c.id)).all() == []


def test_a_member_elsewhere_stops_the_whole_sheet(wiring: Wiring, tmp_path: Path) -> None:
    join(wiring, person(3), THERE)
    assert faults_of(wiring, write_sheet(tmp_path, DRIVERS)) == [("join_batch.elsewhere", 5)]
    assert len(changes_of(wiring, "member.joined")) == 1


def test_without_signatures_rows_or_an_organisation_nothing_begins(wiring: Wiring, tmp_path: Path) -> None:
    file = write_sheet(tmp_path, DRIVERS)
    assert faults_of(wiring, file, signed=False) == [("join_batch.unsigned", None)]
    assert faults_of(wiring, file, "379999") == [("joining.organisation", None)]
    assert [code for code, _ in faults_of(wiring, write_sheet(tmp_path, [], "empty.csv"))] != []
    lacking = tmp_path / "lacking.csv"
    lacking.write_text("姓名,手机号\n张三,13800000000\n", "utf-8")
    assert faults_of(wiring, lacking) == [("member_columns.missing", 1)]


def test_a_sheet_overwrites_nothing_that_the_vault_holds(wiring: Wiring, tmp_path: Path) -> None:
    known = person(3)
    join(wiring, known)
    other = write_sheet(tmp_path, [("王五", known.id_number, "13900000000")])
    assert faults_of(wiring, other) == [("join_batch.other_person", 2)]


SPRING = (117.0204, 36.6683)  # in 历下区


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wiring]:
    folder = tmp_path_factory.mktemp("places")
    made = joining_wiring(str(folder / "yihui.db"), folder)
    found_tree(made)
    with made.database.write() as connection:
        for code, name, kind in (
            ("370102003", "泉城路街道会员之家", "member_home"),
            ("370102004", "大明湖街道会员之家", "member_home"),
            ("370103001", "别处街道会员之家", "member_home"),
            ("370102001-00009", "泉城物流（山东）有限公司工会", "union"),
            ("370102001-00010", "泉城物流旧公司工会", "union"),
        ):
            handle(connection, event_of("organisation.founded", code, "2012-01-01", name=name, kind=kind))
        handle(connection, event_of("organisation.dissolved", "370102001-00010", "2020-01-01"))
    yield made
    made.close()


@pytest.mark.parametrize(
    ("employer", "names"),
    [
        ("泉城物流", ["泉城物流工会", "泉城物流（山东）有限公司工会"]),
        ("泉城物流(山东)", ["泉城物流（山东）有限公司工会"]),
        (" 泉城物流（山东） ", ["泉城物流（山东）有限公司工会"]),
        ("没有这家", []),
        ("%%", []),
        ("__", []),
    ],
)
def test_an_employer_finds_all_organisations_of_today_that_fit(
    places: Wiring, employer: str, names: list[str]
) -> None:
    found = find_join_places(places, WorkPlace(employer))
    assert [span.name for span in found.organisations] == names


def test_a_point_finds_the_members_homes_of_its_district_to_choose_from(places: Wiring) -> None:
    found = find_join_places(places, WorkPlace(lon=SPRING[0], lat=SPRING[1]))
    assert found.districts[0].code == DISTRICT
    homes = [span.code for span in found.homes if span.code.startswith(DISTRICT)]
    assert homes == ["370102003", "370102004"] and found.organisations == ()
    by_district = find_join_places(places, WorkPlace("美团", district=DISTRICT))
    assert [span.code for span in by_district.homes] == homes and by_district.organisations == ()


def test_a_point_near_a_border_finds_the_homes_of_both_sides(places: Wiring) -> None:
    outlines = places.outlines
    step = 0.0005
    lon = next(
        SPRING[0] - n * step
        for n in range(400)
        if outlines.assign([(SPRING[0] - n * step, SPRING[1])]).code[0] != DISTRICT
    )
    found = find_join_places(places, WorkPlace(lon=lon, lat=SPRING[1]))
    assert len(found.districts) > 1 and found.districts[0].code != DISTRICT
    assert DISTRICT in {one.code for one in found.districts}


@pytest.mark.parametrize(
    ("place", "code"),
    [
        (WorkPlace(), "join_place.nothing"),
        (WorkPlace("   "), "join_place.nothing"),
        (WorkPlace("泉"), "join_place.short"),
        (WorkPlace(lon=117.0), "join_place.half_point"),
        (WorkPlace(lon=36.6, lat=117.0), "join_place.no_district"),
        (WorkPlace(lon=-150.0, lat=0.0), "join_place.no_district"),
    ],
)
def test_a_place_that_says_nothing_is_refused(places: Wiring, place: WorkPlace, code: str) -> None:
    assert refusals.codes(find_join_places, places, place) == [code]


def test_what_was_found_can_be_joined(places: Wiring) -> None:
    from yihui.services.joining.requests import JoinPlace, begin_joining

    found = find_join_places(places, WorkPlace("泉城物流工会"))
    begun, _ = begin_joining(places, JoinPlace(organisation=found.organisations[0].code))
    assert begun.request.organisation == HERE
