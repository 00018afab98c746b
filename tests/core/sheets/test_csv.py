"""CSV as people send it: what is read, and what is told of the rest."""

import csv as reference
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.faults import FaultError
from core.sheets.csv import read_csv
from core.sheets.table import plain_text
from tests.profile import searched

TEXT = "名称,地址\n驿站,历下区泉城路\n"


def refused(content: bytes) -> FaultError:
    with pytest.raises(FaultError) as caught:
        read_csv(content, "stations.csv")
    return caught.value


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (TEXT.encode(), "plain UTF-8"),
        (TEXT.encode("utf-8-sig"), "UTF-8 with a byte order mark, as Excel saves it"),
        (TEXT.encode("utf-16"), "Excel's Unicode text"),
        (TEXT.replace("\n", "\r\n").encode(), "CRLF"),
        (TEXT.replace(",", "\t").encode(), "tabs"),
        (TEXT.replace(",", ";").encode(), "semicolons"),
        (("\n" + TEXT + "\n\n").encode(), "blank lines"),
    ],
)
def test_the_same_table_comes_out_of_every_way_to_save_it(content: bytes, why: str) -> None:
    table = read_csv(content, "stations.csv")
    assert table.headers == ("名称", "地址"), why
    assert [dict(row.cells) for row in table.rows] == [{"名称": "驿站", "地址": "历下区泉城路"}], why
    assert not table.notes
    assert not table.faults


def test_rows_are_counted_in_true_lines_of_the_file_even_after_a_quoted_line_break() -> None:
    table = read_csv('名称,备注\r\n甲,"一\r\n二\r\n三"\r\n\r\n乙,\r\n丙\r\n'.encode(), "stations.csv")
    assert [row.number for row in table.rows] == [2, 6]
    assert table.rows[0].lines(["备注"]) == "一\n二\n三"
    (ragged,) = table.faults
    assert (ragged.row, ragged.value) == (7, "1")


@pytest.mark.parametrize("content", [b"", b"\n \r\n", "\ufeff".encode()])
def test_an_empty_file_is_told_as_such(content: bytes) -> None:
    (fault,) = refused(content).faults
    assert fault.message == "the file is empty"
    assert fault.file == "stations.csv"
    assert fault.remedy


def test_a_header_without_rows_is_told_as_such() -> None:
    assert refused("名称,地址\n".encode()).faults[0].message == "the file has a header but no rows"


def test_bytes_in_no_known_encoding_are_told_with_their_line() -> None:
    (fault,) = refused("名称\n驿站\n".encode() + b"\xff\xff\xff\n").faults
    assert fault.row == 3
    assert fault.value == "ff ff ff 0a"


def test_a_workbook_is_no_csv() -> None:
    assert "CSV" in refused(b"PK\x03\x04rest").faults[0].message


def test_a_quotation_mark_that_is_never_closed_is_told_with_the_row_where_it_opens() -> None:
    (fault,) = refused('名称,备注\n甲,好\n乙,"没有\n丙,好\n'.encode()).faults
    assert fault.row == 3


def test_a_header_that_stands_twice_is_refused() -> None:
    (fault,) = refused("名称,名称\n甲,乙\n".encode()).faults
    assert (fault.row, fault.value) == (1, "名称")


CELL = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00", exclude_categories=["Cs", "Cc"]), max_size=8
)


@searched(100)
@given(
    st.lists(st.lists(st.one_of(CELL, st.just("一\n二"), st.just('"')), min_size=3, max_size=3), max_size=8)
)
def test_what_a_csv_writer_writes_is_read_back_with_its_lines(rows: list[list[str]]) -> None:
    text = io.StringIO(newline="")
    writer = reference.writer(text, lineterminator="\r\n")
    writer.writerow(["a", "b", "c"])
    begins = []
    for row in rows:
        begins.append(text.getvalue().count("\n") + 1)
        writer.writerow(row)
    seen = [[plain_text(cell) for cell in row] for row in rows]
    expected = [
        (line, row) for line, row in zip(begins, seen, strict=True) if any(cell.strip() for cell in row)
    ]
    if not expected:
        return
    table = read_csv(text.getvalue().encode("utf-8"), "x.csv")
    assert [(row.number, list(row.cells.values())) for row in table.rows] == expected


def test_a_title_above_the_header_is_skipped_and_told() -> None:
    for title in ("济南市一览表,,", "济南市一览表", ",济南市一览表,\n2026 年,,"):
        table = read_csv(f"{title}\n,,\n名称,经度,纬度\n甲,117.02,36.67\n".encode(), "t.csv")
        assert table.headers == ("名称", "经度", "纬度")
        assert [[*row.cells.values()] for row in table.rows] == [["甲", "117.02", "36.67"]]
        assert {note.code for note in table.notes} == {"table.title"}
    one_column = read_csv("名称\n甲\n乙\n".encode(), "t.csv")
    assert (one_column.headers, len(one_column.rows), one_column.notes) == (("名称",), 2, ())


@pytest.mark.parametrize("line", ["sep=;", '"sep=;"', "SEP=;\r"])
def test_the_line_in_which_excel_states_the_separator_is_no_header(line: str) -> None:
    table = read_csv(f"{line}\n名称;地址\n甲;一路,二楼\n".encode(), "t.csv")
    assert table.headers == ("名称", "地址")
    assert [(row.number, [*row.cells.values()]) for row in table.rows] == [(3, ["甲", "一路,二楼"])]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ('="007"', "007"),
        ('"=""007"""', "007"),
        ("36.\u200b67\u200d\u2061\ufe0f\u3164", "36.67 "),
        ("\ufeff\u202a甲\u202c", "甲"),
        ("'=1+1", "=1+1"),
        ("甲\u200d乙\U000e0041", "甲乙"),
        ("1\u202e23", "1\u202e23"),
        ('="', '="'),
    ],
)
def test_a_cell_is_read_as_it_is_meant(written: str, meant: str) -> None:
    (row,) = read_csv(f"\u200ba\u2060,b\n{written},x\n".encode(), "t.csv").rows
    assert row.cells["a"] == meant
