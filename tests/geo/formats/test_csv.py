"""CSV and JSON records: delimiters, encodings, records."""

import csv as reference
import io
import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.faults import FaultError
from geo.formats.csv import read_csv
from geo.formats.geojson import read_json_records
from geo.formats.text_encoding import decode_text_file
from tests.tiers import budget

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


@pytest.mark.deeper
@settings(max_examples=budget(100), deadline=None, derandomize=True)
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
    expected = [
        (line, row) for line, row in zip(begins, rows, strict=True) if any(cell.strip() for cell in row)
    ]
    if not expected:
        return
    table = read_csv(text.getvalue().encode("utf-8"), "x.csv")
    from geo.formats.cells import unescape_formula

    assert [(row.number, list(row.cells.values())) for row in table.rows] == [
        (line, [unescape_formula(cell) for cell in row]) for line, row in expected
    ]


def test_a_title_above_the_header_is_skipped_and_told() -> None:
    for title in ("济南市一览表,,", "济南市一览表", ",济南市一览表,\n2026 年,,"):
        table = read_csv(f"{title}\n,,\n名称,经度,纬度\n甲,117.02,36.67\n".encode(), "t.csv")
        assert table.headers == ("名称", "经度", "纬度")
        assert [[*row.cells.values()] for row in table.rows] == [["甲", "117.02", "36.67"]]
        assert {note.code for note in table.notes} == {"csv.title"}
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


SIMPLIFIED = "名称,类型,地址\n泉城路驿站,户外劳动者驿站,济南市历下区泉城路1号\n饕餮街驿站,驿站,淄博市临淄区\n"
TRADITIONAL = "名稱,類型,地址\n臺北車站哺集乳室,哺乳室,臺北市中正區北平西路3號\n東門驛站,驛站,歷下區\n"
WRITTEN_WRONG = re.compile(r"[\ue000-\uf8ff\ufffd]")


@pytest.mark.parametrize("encoding", ["big5", "cp950", "big5hkscs"])
def test_big5_is_read_and_announced(encoding: str) -> None:
    text, (note,) = decode_text_file(TRADITIONAL.encode(encoding), "a.csv")
    assert text == TRADITIONAL
    assert (note.value, note.severity) == ("Big5", "warning")


@pytest.mark.parametrize("text", [SIMPLIFIED, TRADITIONAL])
def test_gb18030_is_read_and_announced_in_both_scripts(text: str) -> None:
    read, (note,) = decode_text_file(text.encode("gb18030"), "a.csv")
    assert read == text
    assert note.value == "GB18030"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("name\n驿站\n", "gb18030"),
        ("a,b\n重,啊\n", "gb18030"),
        ("name\n驛站\n", "big5"),
        ("名稱\n恒春裏\n", "cp950"),  # with characters that only some variants of Big5 have
        ("名稱,地址\n着衫間,西營盤正街\n", "big5hkscs"),
    ],
)
def test_a_few_characters_are_enough(text: str, encoding: str) -> None:
    assert decode_text_file(text.encode(encoding), "a.csv")[0] == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("名称,住所\nひまわり駅,東京都千代田区丸の内\nさくら駅,大阪市北区梅田\n", "shift_jis"),
        (
            "이름,주소\n서울역,서울특별시 중구 한강대로\n부산역,부산광역시 동구 중앙대로\n인천공항,인천광역시 중구 공항로\n",
            "cp949",
        ),
        ("name,address\nCafé Müller,Straße des 17. Juni, München\n", "cp1252"),
    ],
)
def test_another_encoding_is_refused_and_never_guessed(text: str, encoding: str) -> None:
    with pytest.raises(FaultError) as caught:
        decode_text_file(text.encode(encoding), "a.csv")
    assert caught.value.short_code in ("mojibake", "undecodable")
    assert caught.value.faults[0].row is not None


@pytest.mark.parametrize(
    "wrong",
    [
        SIMPLIFIED.encode().decode("latin-1"),
        SIMPLIFIED.encode().decode("cp1252", "replace"),
        SIMPLIFIED.encode().decode("gb18030", "replace"),
        "名称,地址\n锟斤拷锟斤拷,历下区\n",
    ],
)
def test_text_that_was_broken_before_it_was_saved_is_refused(wrong: str) -> None:
    with pytest.raises(FaultError) as caught:
        decode_text_file(wrong.encode(), "a.csv")
    assert caught.value.short_code == "broken_text"


@pytest.mark.parametrize(
    "text", [SIMPLIFIED, TRADITIONAL, "name\nCafé «Été» à 5 €\n", "名称\n联通驿站\n", "ÄÖÜäöü ß\n"]
)
def test_utf_8_is_read_as_it_is(text: str) -> None:
    assert decode_text_file(text.encode(), "a.csv") == (text, ())


@pytest.mark.needs("shared")
def test_real_rows_are_read_in_the_encoding_in_which_they_were_saved(shared: Path) -> None:
    rows = json.loads((shared / "stations" / "tw_nursing_rooms_geocoded.json").read_text("utf-8"))
    rows = rows if isinstance(rows, list) else rows["data"]
    lines = [f"{row['name']},{row['address']}\n" for row in rows][::40]
    for encoding in ("big5hkscs", "gb18030"):
        for line in lines:
            content = line.encode(encoding, "ignore")
            text, _ = decode_text_file(content, "a.csv")
            assert text == content.decode(encoding), line
            assert not WRITTEN_WRONG.search(text)


RECORDS = [
    {"name": "甲", "lon": 117.0201, "open": True, "note": None},
    {"name": "乙", "tags": ["a", "b"], "n": 3},
]


@pytest.mark.parametrize("document", [RECORDS, {"total_count": 2, "data": RECORDS}])
def test_records_become_rows_counted_from_one(document: object) -> None:
    table = read_json_records(json.dumps(document).encode(), "x.json")
    assert table.headers == ("name", "lon", "open", "note", "tags", "n")
    assert [row.number for row in table.rows] == [1, 2]
    assert dict(table.rows[0].cells) == {"name": "甲", "lon": "117.0201", "open": "true", "note": ""}
    assert dict(table.rows[1].cells) == {"name": "乙", "tags": "a,b", "n": "3"}


@pytest.mark.parametrize(
    "content",
    [
        b"",  # nothing
        b"{",  # torn
        b"[]",  # no station in it
        b'{"features": []}',  # no list where one is looked for
        b'"text"',
        b"[" * 100_000,  # nested too deeply for the parser
        b'[{"n": 1' + b"0" * 5000 + b"}]",  # a number that Python won't convert
    ],
)
def test_what_is_no_list_of_stations_is_told_and_not_raised(content: bytes) -> None:
    with pytest.raises(FaultError) as caught:
        read_json_records(content, "x.json")
    (fault,) = caught.value.faults
    assert fault.file == "x.json"
    assert fault.remedy


def test_a_record_that_is_no_object_is_told_and_the_others_are_read() -> None:
    table = read_json_records(b'[{"name": "a"}, 7]', "x.json")
    assert len(table.rows) == 1
    assert (table.faults[0].row, table.faults[0].value) == (2, "7")
