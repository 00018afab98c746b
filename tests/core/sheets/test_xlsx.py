"""Workbooks as offices send them, and as attackers do."""

import io
import struct
import zipfile
from collections.abc import Sequence
from datetime import datetime
from functools import cache, partial

import pytest
import xlsxwriter

from core.faults import FaultError
from core.sheets.files import WORKBOOK_LIMIT_MB, refuse_large_file
from core.sheets.sheet_xml import UNPACKED_LIMIT_MB
from core.sheets.table import Table
from core.sheets.workbooks import read_xlsx
from tests.core.sheets.workbooks import Cell, raw_workbook, text_row, workbook
from tests.geo.formats.test_features import refused as refused_of

HEAD = ["名称", "经度", "纬度"]
ROW = ["驿站", 117.0204, 36.6683]


def read(rows: Sequence[Sequence[Cell]], *merged: str) -> Table:
    return read_xlsx(workbook({"甲": rows}, merged=merged), "x.xlsx")


refused = partial(refused_of, file="x.xlsx")


def test_cells_are_text_as_somebody_would_type_it() -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["电话", "区划代码", "经度", "核实日期", "示例", "时间"])
        sheet.write_row(1, 0, [13800000000, 370102, 117.0204])
        for column, day, shown in (
            (3, "2026-03-01", "yyyy-mm-dd"),
            (5, "2026-03-01 08:30", "yyyy-mm-dd hh:mm"),
        ):
            sheet.write_datetime(
                1, column, datetime.fromisoformat(day), book.add_format({"num_format": shown})
            )
        sheet.write_boolean(1, 4, True)
    (row,) = read_xlsx(content.getvalue(), "x.xlsx").rows
    assert list(row.cells.values()) == [
        *("13800000000", "370102", "117.0204"),
        *("2026-03-01", "true", "2026-03-01 08:30"),
    ]


def test_rows_are_numbered_as_in_the_sheet_and_blank_ones_passed_over() -> None:
    table = read([[None], HEAD, [None], ROW, [None], ROW])
    assert (table.counted, [row.number for row in table.rows]) == ("rows", [4, 6])


# --- merged cells


def test_a_title_merged_above_the_table_is_told_and_passed_over() -> None:
    table = read([["济南市驿站一览表", None, None], HEAD, ROW], "A1:C1")
    assert table.headers == tuple(HEAD)
    assert [note.value for note in table.notes] == ["济南市驿站一览表"]


def test_a_header_of_two_levels_keeps_what_the_upper_one_says() -> None:
    table = read(
        [["名称", "坐标（GCJ-02）", None, "电话"], [None, "经度", "纬度", None], [*ROW, "1"]],
        "A1:A2",
        "B1:C1",
        "D1:D2",
    )
    assert table.headers == ("名称", "经度（坐标 GCJ-02）", "纬度（坐标 GCJ-02）", "电话")
    assert table.rows[0].cells["经度（坐标 GCJ-02）"] == "117.0204"


def test_a_header_merged_over_two_columns_of_data_is_a_fault_with_the_column() -> None:
    table = read([["名称", "联系方式", None], ["驿站", "张三", "0531"]], "B1:C1")
    (fault,) = table.faults
    assert (fault.row, fault.field, fault.params["letters"]) == (2, "联系方式", "C")


def test_cells_merged_downwards_hold_for_each_of_their_rows() -> None:
    rows = [
        ["区县", "入会日期"],
        ["历下区", "甲"],
        [None, "乙"],
        [None, "丙"],
        ["市中区", "丁"],
        ["槐荫区", None],
    ]
    table = read(rows, "A2:A4", "B5:B6")
    assert [row.cells["区县"] for row in table.rows] == ["历下区", "历下区", "历下区", "市中区", "槐荫区"]
    assert [(note.short_code, note.row, note.field, note.value) for note in table.notes] == [
        ("filled_down", 3, "区县", "3–4"),
        ("filled_down", 6, "入会日期", "6"),
    ]


def test_a_heading_within_the_table_is_no_station_and_told() -> None:
    table = read([HEAD, ROW, ["以下为莱芜区", None, None], ROW], "A3:C3")
    assert [row.number for row in table.rows] == [2, 4]
    assert [(fault.row, fault.value) for fault in table.faults] == [(3, "以下为莱芜区")]


def test_a_column_without_a_name_is_told_with_what_it_holds() -> None:
    (note,) = read([["名称", "地址", None], ["甲", "一路", "x"], ["乙", "二路", "y"]]).notes
    assert (note.params["letters"], note.value) == ("C", "2")


# --- formulas and errors


def test_of_a_formula_the_stored_value_is_taken() -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEAD)
        sheet.write_row(1, 0, ["驿站"])
        sheet.write_formula(1, 1, "=117+0.0204", None, 117.0204)
        sheet.write_formula(1, 2, '="36.66"', None, "36.66")
    (row,) = read_xlsx(content.getvalue(), "x.xlsx").rows
    assert (row.cells["经度"], row.cells["纬度"], row.broken) == ("117.0204", "36.66", {})


def test_a_formula_without_a_stored_value_is_a_fault_of_its_cell() -> None:
    cells = '<row r="2"><c r="A2"><f>B2&amp;"站"</f></c><c r="B2"><f>1/0</f><v></v></c></row>'
    (row,) = read_xlsx(raw_workbook(text_row(1, "名称", "备注") + cells), "x.xlsx").rows
    assert {name: fault.value for name, fault in row.broken.items()} == {"名称": '=B2&"站"', "备注": "=1/0"}
    assert row.broken["名称"].params["cell"] == "A2"


def test_a_number_that_has_lost_digits_is_a_fault_that_does_not_quote_it() -> None:
    rows = [HEAD, [999_999_999_999_999, 10**15, -(10**15)], [123456789012345678, 1.5, "1234567890123456"]]
    first, second = read(rows).rows
    assert [(name, fault.code, fault.value) for name, fault in first.broken.items()] == [
        (HEAD[1], "cell.rounded", None),
        (HEAD[2], "cell.rounded", None),
    ]
    assert [*second.broken] == [HEAD[0]], "a text keeps its digits, and so does a fraction"


def test_an_error_in_a_cell_is_a_fault_and_no_empty_text() -> None:
    cells = '<row r="2"><c r="A2" t="e"><f>A9</f><v>#REF!</v></c></row>'
    (row,) = read_xlsx(raw_workbook(text_row(1, "名称") + cells), "x.xlsx").rows
    assert (row.broken["名称"].value, row.broken["名称"].params["cell"]) == ("#REF!", "A2")


# --- sheets


def test_of_several_sheets_none_is_chosen_silently() -> None:
    content = workbook({"济南": [HEAD, ROW], "青岛": [HEAD, ROW, ROW], "空": []})
    assert "济南 (2)、青岛 (3)" in refused(content)
    assert len(read_xlsx(content, "x.xlsx", "青岛").rows) == 2
    with pytest.raises(FaultError, match="烟台"):
        read_xlsx(content, "x.xlsx", "烟台")


def test_a_hidden_sheet_is_told_and_read_when_named() -> None:
    content = workbook({"甲": [HEAD, ROW], "旧": [HEAD, ROW, ROW]}, hidden=["旧"])
    table = read_xlsx(content, "x.xlsx")
    assert (len(table.rows), [note.value for note in table.notes]) == (1, ["旧"])
    assert len(read_xlsx(content, "x.xlsx", "旧").rows) == 2


# --- harm


def test_a_workbook_above_the_limit_is_refused_by_its_size() -> None:
    with pytest.raises(FaultError, match="200 MB"):
        refuse_large_file(200_000_000, "x.xlsx")
    refuse_large_file(WORKBOOK_LIMIT_MB * 1_000_000, "x.xlsx")


@cache
def bomb(megabytes: int) -> bytes:
    content = io.BytesIO()
    with (
        zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/workbook.xml", "w") as part,
    ):
        for _ in range(megabytes):
            part.write(b" " * 1_000_000)
    return content.getvalue()


def test_a_zip_bomb_is_refused_by_what_it_declares() -> None:
    content = bomb(UNPACKED_LIMIT_MB + 20)
    assert len(content) < 1_000_000
    assert f"{UNPACKED_LIMIT_MB + 20} MB" in refused(content)


def test_a_zip_bomb_that_lies_about_its_size_is_refused() -> None:
    content = bytearray(bomb(UNPACKED_LIMIT_MB + 20))
    place = content.index(b"PK\x01\x02")
    content[place + 24 : place + 28] = struct.pack("<I", 1_000)  # the size that its directory declares
    assert refused(bytes(content))


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_part_of_a_billion_laughs_is_refused_by_name(encoding: str) -> None:
    part = f'<?xml version="1.0" encoding="{encoding}"?>{LAUGHS}<a>&c;</a>'.encode(encoding)
    assert "xl/evil.xml" in refused(raw_workbook(text_row(1, "名称"), extra={"xl/evil.xml": part}))


def test_a_cell_at_the_end_of_the_world_takes_no_memory() -> None:
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    assert "XFD1048576" in refused(raw_workbook(text_row(1, "名称") + far))


def test_an_empty_formatted_cell_at_the_end_of_the_world_is_no_matter() -> None:
    far = '<row r="1048576"><c r="XFD1048576" s="0"/></row>'
    assert len(read_xlsx(raw_workbook(text_row(1, "名称") + text_row(2, "甲") + far), "x.xlsx").rows) == 1


def test_a_text_shared_by_too_many_cells_is_refused() -> None:
    shared = f"<si><t>{'x' * 2_000_000}</t></si>"
    cells = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 400))
    assert "characters" in refused(raw_workbook(cells, strings=shared))


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04....",
        b"\xd0\xcf\x11\xe0" + b"\0" * 600,
        workbook({"空": []}),
        workbook({"甲": [HEAD]}),
        raw_workbook("<row><c>"),
        workbook({"甲": [HEAD, ROW]})[:-300],
    ],
    ids=["torn", "old or locked", "empty", "only a header", "torn sheet", "cut off"],
)
def test_what_is_no_register_is_told(content: bytes) -> None:
    assert refused(content)


def test_a_zip_of_other_things_is_no_workbook() -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("stations.csv", "name\n")
    assert "no workbook" in refused(content.getvalue())


@pytest.mark.parametrize("declared", ["GBK", "Big5", "ISO-8859-1", "UTF-16", "nonsense"])
def test_the_encoding_that_the_parts_declare_gives_way_to_their_bytes(declared: str) -> None:
    def parts_of(encoding: str) -> bytes:
        changed = io.BytesIO()
        content = io.BytesIO(workbook({"甲": [["名称"], ["驿站"]]}))
        with zipfile.ZipFile(content) as old, zipfile.ZipFile(changed, "w") as new:
            for name in old.namelist():
                text = old.read(name).decode().replace('encoding="UTF-8"', f'encoding="{declared}"')
                new.writestr(name, text.encode(encoding))
        return changed.getvalue()

    assert [row.cells for row in read_xlsx(parts_of("utf-8"), "a.xlsx").rows] == [{"名称": "驿站"}]
    with pytest.raises(FaultError):
        read_xlsx(parts_of("gb18030"), "a.xlsx")
