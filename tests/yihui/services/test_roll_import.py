"""A roll of any size is checked whole before anything is stored, in constant memory."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from core.faults import Fault, FaultError
from core.sheets.csv import CsvFile, read_csv
from members import RollEntry, RollParser
from members.tables import member_changes
from tests.members.rolls import parse_roll
from tests.profile import searched
from tests.yihui.refusals import faults_of
from yihui.bootstrap import Settings, Wiring
from yihui.files.tables import SheetReader
from yihui.samples.office import render_workbook
from yihui.samples.roll import SHEET_ORGANISATION, generate_union_sheet, id_number
from yihui.services.members import roll_import
from yihui.services.members.roll_import import RollImport, RollOrder
from yihui.services.members.roll_import import import_roll as import_order
from yihui.services.members.vault_upkeep import create_vault_key

NOW = datetime(2026, 10, 3, tzinfo=UTC)
HEADER = "身份证号,姓名,手机号,组织代码,入会日期"
NUMBERS = [id_number("370202", date(1990, 1, day)) for day in range(1, 9)]


def line(person: int = 0, name: str = "张三", phone: str = "13812345678", joined: str = "2020-05-01") -> str:
    return f"{NUMBERS[person]},{name},{phone},370202001-00017,{joined}"


@pytest.fixture
def wiring(target: str, tmp_path: Path) -> Iterator[Wiring]:
    made = Wiring(Settings(target, tmp_path), lambda: NOW)
    yield made
    made.close()


def write_roll(folder: Path, *lines: str) -> Path:
    file = folder / "roll.csv"
    file.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    return file


def import_roll(wiring: Wiring, file: Path, *, partial: bool) -> RollImport:
    return import_order(wiring, RollOrder(file), SheetReader(), partial=partial)


def count_changes(wiring: Wiring) -> int:
    with wiring.database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(member_changes)).scalar_one())


def test_one_fault_among_the_rows_stores_nothing(wiring: Wiring, tmp_path: Path) -> None:
    lines = [line(person) for person in range(6)]
    lines.insert(4, line(6, joined="2020-02-30"))
    assert [
        (fault.file, fault.row, fault.field)
        for fault in faults_of(import_roll, wiring, write_roll(tmp_path, *lines), partial=False)
    ] == [("roll.csv", 6, "入会日期")]
    assert count_changes(wiring) == 0


@pytest.fixture
def union_sheet(tmp_path: Path) -> Path:
    """A union's sheet, as the demo writes it: titles, coded changes of membership, a total and a note."""
    file = tmp_path / "union-sheet.xlsx"
    file.write_bytes(render_workbook(generate_union_sheet(1, SHEET_ORGANISATION), "会员"))
    return file


def test_a_unions_sheet_is_imported_into_the_organisation_that_was_chosen(
    wiring: Wiring, union_sheet: Path
) -> None:
    notes: list[Fault] = []
    order = RollOrder(union_sheet, SHEET_ORGANISATION)
    done = import_order(wiring, order, SheetReader(tell=notes.extend), partial=False)
    assert (done.tally.handled, done.left_out, done.faulty_rows) == (4, 1, 0)
    assert {(note.code, note.row, note.value) for note in notes if note.code != "table.title"} == {
        ("roll.unused", None, "序号"),
        ("roll.left", 8, "转出"),
        ("table.total", 9, None),
        ("table.total", 10, None),
    }
    assert [note.row for note in notes if note.code == "table.title"] == [1, 2]


@pytest.mark.parametrize("cell", ["港澳通行证", "护照"])
def test_the_number_of_another_document_is_no_id_number(wiring: Wiring, union_sheet: Path, cell: str) -> None:
    rows = [
        tuple(cell if text == "居民身份证" else text for text in row)
        for row in generate_union_sheet(1, SHEET_ORGANISATION)
    ]
    union_sheet.write_bytes(render_workbook(rows, "会员"))
    order = RollOrder(union_sheet, SHEET_ORGANISATION)
    found = faults_of(import_order, wiring, order, SheetReader(), partial=False)
    assert [(one.short_code, one.row) for one in found] == [("other_document", row) for row in (4, 5, 6, 7)]


def test_a_page_that_a_program_named_as_a_workbook_is_called_a_page(wiring: Wiring, tmp_path: Path) -> None:
    page = tmp_path / "roll.xls"
    page.write_text("<html><table><tr><td>姓名</td></tr></table>", "utf-16")
    (found,) = faults_of(import_order, wiring, RollOrder(page), SheetReader(), partial=False)
    assert found.code == "file.page"


def test_one_organisation_is_chosen_for_a_roll_without_and_none_for_a_roll_with_a_column(
    wiring: Wiring, union_sheet: Path, tmp_path: Path
) -> None:
    with_column = write_roll(tmp_path, line())
    for file, organisation, code in (
        (union_sheet, None, "no_organisation"),
        (union_sheet, "某工会", "invalid_organisation"),
        (with_column, SHEET_ORGANISATION, "two_organisations"),
    ):
        found = faults_of(import_order, wiring, RollOrder(file, organisation), SheetReader(), partial=True)
        assert [fault.short_code for fault in found] == [code]


def test_a_province_adds_columns_and_words_and_an_unknown_change_is_refused(
    wiring: Wiring, tmp_path: Path
) -> None:
    file, columns = tmp_path / "roll.csv", tmp_path / "columns.yaml"
    head, tail = "证件号,加入日期,组织代码,状态", "2020-05-01,370202"
    lines = [f"{NUMBERS[n]},{tail},{change}" for n, change in enumerate(("在会", "7", "退会", ""))]
    file.write_text("\n".join([head, *lines]), "utf-8")
    columns.write_text(
        "columns: {id_number: [证件号], joined_on: [加入日期], change: [状态]}\nwords: {change: {在会: member}}\n",
        "utf-8",
    )
    order = RollOrder(file, columns=columns)
    done = import_order(wiring, order, SheetReader(), partial=True)
    assert (done.tally.handled, done.left_out) == (2, 1)
    assert [(fault.short_code, fault.row, fault.value) for fault in done.faults] == [
        ("unknown_change", 3, "7")
    ]
    columns.write_text("columns: {shoe_size: [鞋码]}\n", "utf-8")
    with pytest.raises(FaultError):
        import_order(wiring, order, SheetReader(), partial=True)


def test_another_birthday_or_sex_than_the_id_numbers_is_noted_by_row(wiring: Wiring, tmp_path: Path) -> None:
    file, notes = tmp_path / "roll.csv", list[Fault]()
    lines = [
        f"{NUMBERS[0]},370202,2020-05-01,1990-01-01,女",
        f"{NUMBERS[1]},370202,2020-05-01,1990-01-09,男",
    ]
    file.write_text("\n".join(["身份证号,组织代码,入会日期,出生日期,性别", *lines]), "utf-8")
    done = import_order(wiring, RollOrder(file), SheetReader(tell=notes.extend), partial=False)
    assert done.tally.handled == 2
    assert [(note.short_code, note.row) for note in notes] == [("other_birthday", 3), ("other_sex", 3)]


def test_partial_imports_the_other_rows_and_the_first_of_a_person(wiring: Wiring, tmp_path: Path) -> None:
    file = write_roll(tmp_path, line(0), line(1, joined=""), "a,b", line(2), line(0, joined="2021-01-01"))
    done = import_roll(wiring, file, partial=True)
    assert (done.tally.handled, done.faulty_rows) == (2, 3)
    assert [fault.row for fault in done.faults] == [3, 4, 6]
    assert import_roll(wiring, file, partial=True).tally.duplicates == 2


def test_a_roll_without_a_good_row_is_refused_with_partial_too(wiring: Wiring, tmp_path: Path) -> None:
    with pytest.raises(FaultError):
        import_roll(wiring, write_roll(tmp_path, "a,b"), partial=True)


def test_further_faulty_rows_are_counted(
    wiring: Wiring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roll_import, "_KEPT_FAULTS", 2)
    file = write_roll(tmp_path, *[line(0, joined="")] * 5, line(1), line(1))
    *kept, rest = faults_of(import_roll, wiring, file, partial=False)
    assert [fault.row for fault in kept] == [2, 3]
    assert (rest.short_code, rest.value) == ("more_rows", "4")
    assert import_roll(wiring, file, partial=True).faulty_rows == 6


@pytest.mark.parametrize("broken", [{"name": "13812345678"}, {"phone": "12345"}])
def test_a_wrong_name_or_phone_refuses_its_row_where_a_vault_would_keep_it(
    wiring: Wiring, tmp_path: Path, broken: dict[str, str]
) -> None:
    file = write_roll(tmp_path, line(0), line(1, **broken))
    assert import_roll(wiring, file, partial=False).faulty_rows == 0  # not read without a vault
    create_vault_key(wiring)
    wiring.close()
    with_vault = Wiring(wiring.settings, lambda: NOW)
    assert {fault.row for fault in faults_of(import_roll, with_vault, file, partial=False)} == {3}
    with_vault.close()


@searched(60, anew=True)
@given(
    st.lists(
        st.builds(
            line,
            st.integers(0, 4),
            phone=st.sampled_from(["13812345678", "", "1"]),
            joined=st.sampled_from(["2020-05-01", "2020-13-01", "2027-01-01", ""]),
        )
        | st.sampled_from(["", "a,b", ",,,,"]),
        min_size=1,
        max_size=12,
    ).filter(lambda lines: any(line.strip(",") for line in lines)),
    st.booleans(),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]),
)
def test_two_readings_find_what_one_in_memory_finds(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], for_vault: bool, encoding: str
) -> None:
    content = "\r\n".join([HEADER, *lines]).encode(encoding)
    file = tmp_path_factory.mktemp("roll") / "roll.csv"
    file.write_bytes(content)
    key, today = b"k" * 32, date(2026, 10, 3)
    enrolled, faults = parse_roll(read_csv(content, file.name), key, today, for_vault=for_vault)
    wiring = Wiring(Settings(":memory:", file.parent), lambda: NOW)
    with file.open("rb") as stream:
        table = CsvFile(stream, file.name)
        parser = RollParser(table, key, today, for_vault=for_vault)

        def rows() -> Iterator[roll_import._ParsedRow]:
            return roll_import._parse_rows(table, parser, wiring, lambda: None)

        check = roll_import._check_rows(rows(), parser)
        good = [entry for entry, _ in roll_import._good_rows(rows(), check)]
    assert good == enrolled
    assert all(isinstance(entry, RollEntry) for entry in good)
    assert sorted(map(str, check.faults)) == sorted(map(str, faults))
    assert check.good == len(enrolled)
    assert check.faulty_rows == len({fault.row for fault in faults})
