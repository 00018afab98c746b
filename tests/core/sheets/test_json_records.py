"""JSON records: an array of objects, or an object that holds one."""

import json

import pytest

from core.sheets.json_records import read_json_records
from tests.yihui.refusals import faults_of

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
    (fault,) = faults_of(read_json_records, content, "x.json")
    assert fault.file == "x.json"
    assert fault.remedy


def test_a_record_that_is_no_object_is_told_and_the_others_are_read() -> None:
    table = read_json_records(b'[{"name": "a"}, 7]', "x.json")
    assert len(table.rows) == 1
    assert (table.faults[0].row, table.faults[0].value) == (2, "7")
