"""Whatever a file holds, it is read or told; nothing but FaultError ever comes out."""

import contextlib
import json
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.faults import FaultError
from core.sheets.csv import MAX_CELL_CHARS, read_csv
from core.sheets.json_records import read_json_records
from core.sheets.table import Table
from geo.datum import Datum
from geo.formats.columns import HEADER_SYNONYMS, check_columns, guess_columns
from geo.formats.export import (
    render_stations_geojson,
    render_stations_geopackage,
    render_stations_geoparquet,
    render_stations_xlsx,
)
from geo.formats.files import read_table
from geo.formats.mapping_file import read_mapping_file
from geo.formats.places import Gazetteer
from geo.formats.rows import ImportContext, read_stations, resolve_datum
from geo.station import Kind, Station
from tests.geo.formats.test_export import NoNames
from tests.profile import searched
from tests.tiers import ENDURES
from tests.yihui.refusals import faults_of

PLACE = Station(id="1", name="站", kind=Kind.LIBRARY, lon=117.02, lat=36.66, note="注" * 50)


def stations_of(table: Table) -> Sequence[object]:
    columns = guess_columns(table.headers).with_constants({"kind": "library"})
    check_columns(columns, table.headers, table.file)
    datum = resolve_datum(columns, None if columns.datum else Datum.BD09, table.file)
    reader = ImportContext(
        "r", Gazetteer(NoNames()), lambda points: [None] * len(points), lambda text: len(text) % 2 == 0
    )
    reading = read_stations(table, columns, datum, reader)
    assert len(reading.stations) + reading.rejected_count == len(table.rows) + len(table.faults)
    assert reading.rejected_count == 0 or reading.errors
    for station in reading.stations:
        station.model_dump_json().encode()  # what can't be encoded can't be kept
        assert "\x00" not in station.name + station.note
    for fault in reading.faults:
        assert fault.row
        assert fault.text
        assert fault.remedy.format_map({"value": fault.value, **fault.params})
    return reading.stations


@searched(300)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_table_or_told(content: bytes) -> None:
    for read in (read_csv, read_json_records):
        with contextlib.suppress(FaultError):
            stations_of(read(content, "x"))
    with contextlib.suppress(FaultError):
        read_mapping_file(content, "x.yaml")


WHOLE = {
    "x.xlsx": render_stations_xlsx([PLACE]),
    "x.gpkg": render_stations_geopackage([PLACE]),
    "x.parquet": render_stations_geoparquet([PLACE]),
    "x.geojson": render_stations_geojson([PLACE]).encode(),
}


@pytest.mark.parametrize("file", WHOLE)
@pytest.mark.deeper
@settings(deadline=None, derandomize=True, max_examples=250 if ENDURES else 25)
@given(data=st.data())
def test_a_file_that_was_cut_or_scratched_is_read_or_told(file: str, data: st.DataObject) -> None:
    """Some of its bytes are others, or its end is missing."""
    content = bytearray(WHOLE[file])
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=8)):
        content[place] = data.draw(st.integers(0, 255))
    end = data.draw(st.none() | st.integers(0, len(content)))
    with contextlib.suppress(FaultError):
        table = read_table(bytes(content[:end]), file)
        assert table.rows or table.faults


def read_scratched_footers() -> None:
    """Read many Parquet files whose footers hold other bytes."""
    whole, chance = WHOLE["x.parquet"], random.Random(1)
    footer = int.from_bytes(whole[-8:-4], "little")
    for _ in range(1_500):
        content = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            place = len(whole) - 8 - footer + chance.randrange(900)
            content[place] = chance.choice([chance.randrange(256), 0x15, 0x1C, 0x19, 0x2C, 0x3C])
        with contextlib.suppress(FaultError):
            read_table(bytes(content), "x.parquet")


@pytest.mark.endure
def test_no_footer_of_a_parquet_file_ends_the_process() -> None:
    """In a process of its own: about one in a hundred of these files ended it before columns were scanned first."""
    work = f"from {__name__} import read_scratched_footers; read_scratched_footers()"
    done = subprocess.run(
        [sys.executable, "-c", work], cwd=Path(__file__).parents[3], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


HEADER = st.sampled_from([name for names in HEADER_SYNONYMS.values() for name in names])
CELL = st.one_of(
    st.sampled_from(
        [
            *("", "117.02", "36.66", "36", "nan", "-0", "1e400"),
            *("wgs84", "９", "历下区", "2026-02-30", "=1", "\x00", "\ud800"),
        ]
    ),
    st.text(max_size=6),
    st.floats().map(repr),
)
VALUE = st.one_of(CELL, st.none(), st.booleans(), st.floats(), st.integers(), st.lists(CELL, max_size=2))


@pytest.mark.deeper
@settings(deadline=None, derandomize=True, max_examples=300 if ENDURES else 30)
@given(st.lists(st.dictionaries(HEADER, VALUE, max_size=8) | VALUE, max_size=4))
def test_any_records_are_stations_or_told(records: list[object]) -> None:
    with contextlib.suppress(FaultError):
        stations_of(read_json_records(json.dumps(records).encode(), "x.json"))


@searched(200)
@given(
    st.lists(
        st.sampled_from(["lon", "lat", "id", "address", "district", "sample", "type"]),
        unique=True,
        max_size=6,
    ),
    st.lists(st.lists(CELL, min_size=7, max_size=7), min_size=1, max_size=4),
)
def test_any_rows_under_good_headers_are_stations_or_told(others: list[str], rows: list[list[str]]) -> None:
    headers = ["name", *others]
    records = [dict(zip(headers, row, strict=False)) for row in rows]
    with contextlib.suppress(FaultError):
        stations_of(read_json_records(json.dumps(records).encode(), "x.json"))


def test_a_cell_of_a_million_characters_is_told() -> None:
    content = b"name,note\na," + b"x" * (MAX_CELL_CHARS + 1) + b"\n"
    assert faults_of(read_csv, content, "x.csv")[0].row == 2


def test_ten_thousand_columns_are_no_trouble() -> None:
    content = ",".join(f"c{i}" for i in range(10_000)) + "\n" + "," * 9_999 + "x\n"
    assert len(read_csv(content.encode(), "x.csv").headers) == 10_000
