"""Joining by sheet."""

from pathlib import Path

import pytest
import xlsxwriter
from sqlalchemy import select

from members.joining.tables import join_requests
from tests.yihui import refusals
from tests.yihui.services.joining_people import (
    HERE,
    THERE,
    changes_of,
    id_number,
    join,
    person,
)
from tests.yihui.services.test_joining import stored_secrets
from yihui.bootstrap import Wiring
from yihui.cases.joining.batch import join_batch, read_batch
from yihui.files.tables import SheetReader

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
