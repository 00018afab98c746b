"""GeoPackage, Parquet and XLSX files that a stranger made to keep a program busy or to fill its memory."""

import io
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.faults import FaultError
from core.sheets import sheet_xml
from core.sheets.workbooks import read_xlsx
from geo.formats.export import render_stations_geopackage, render_stations_geoparquet
from geo.formats.files import ROWS_LIMIT, read_features, read_table
from geo.formats.vector_files import UNPACKED_LIMIT_BYTES, find_geopackage_tables
from geo.station import Kind, Station
from tests.core.sheets.workbooks import raw_workbook, text_row, workbook

PLACE = Station(id="1", name="站", kind=Kind.LIBRARY, lon=117.02, lat=36.66)
ENDLESS = (
    "WITH RECURSIVE r(fid, geom) AS (SELECT 1, NULL UNION ALL SELECT fid + 1, NULL FROM r) SELECT * FROM r"
)
READERS: list[Callable[[bytes, str, str | None], object]] = [read_table, read_features]


@pytest.fixture
def change(tmp_path: Path) -> Callable[..., bytes]:
    """A sound GeoPackage, after some statements."""

    def changed(*statements: str) -> bytes:
        path = tmp_path / "x.gpkg"
        path.write_bytes(render_stations_geopackage([PLACE]))
        with closing(sqlite3.connect(path)) as database:
            for statement in statements:
                database.execute(statement)
            database.commit()
        return path.read_bytes()

    return changed


def listed_view(name: str = "endless") -> list[str]:
    return [
        f"CREATE VIEW {name} AS {ENDLESS}",
        f"INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES ('{name}', 'features', '{name}', 4326)",
        f"INSERT INTO gpkg_geometry_columns VALUES ('{name}', 'geom', 'POINT', 4326, 0, 0)",
    ]


def code_of(
    read: Callable[[bytes, str, str | None], object], content: bytes, layer: str | None = None
) -> str:
    with pytest.raises(FaultError) as caught:
        read(content, "x.gpkg", layer)
    assert caught.value.faults[0].file == "x.gpkg"
    return caught.value.code


@pytest.mark.parametrize("read", READERS)
def test_a_view_is_no_layer_and_the_table_beside_it_is_read(
    change: Callable[..., bytes], read: Callable[[bytes, str, str | None], object]
) -> None:
    content = change(*listed_view())
    assert read(content, "x.gpkg", None)
    assert code_of(read, content, "endless") == "geopackage.view"


@pytest.mark.parametrize("read", READERS)
def test_a_geopackage_of_views_alone_is_refused(
    change: Callable[..., bytes], read: Callable[[bytes, str, str | None], object]
) -> None:
    content = change("DELETE FROM gpkg_contents", "DELETE FROM gpkg_geometry_columns", *listed_view())
    assert code_of(read, content) == "geopackage.view"


def test_a_view_in_the_place_of_the_table_of_contents_is_refused(change: Callable[..., bytes]) -> None:
    endless = "WITH RECURSIVE r(n) AS (SELECT 'a' UNION ALL SELECT n FROM r) SELECT n AS table_name, 'features' AS data_type FROM r"
    content = change("DROP TABLE gpkg_contents", f"CREATE VIEW gpkg_contents AS {endless}")
    assert code_of(read_table, content) == "geopackage.no_layers"


def test_a_column_that_is_computed_is_refused(change: Callable[..., bytes]) -> None:
    content = change("ALTER TABLE stations ADD COLUMN much AS (zeroblob(100000000))")
    assert code_of(read_table, content) == "geopackage.view"


def test_a_file_that_takes_too_long_to_count_is_refused(change: Callable[..., bytes]) -> None:
    many = "INSERT INTO other SELECT n FROM (WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT 200000) SELECT n FROM r)"
    listed = (
        "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('other', 'attributes', 'o')"
    )
    content = change("CREATE TABLE other (fid INTEGER PRIMARY KEY)", many, listed)
    assert find_geopackage_tables(content, "x.gpkg", None, ROWS_LIMIT).counts["other"] == 200_000
    with pytest.raises(FaultError) as caught:
        find_geopackage_tables(content, "x.gpkg", None, ROWS_LIMIT, limit_s=-1)
    assert caught.value.code == "geopackage.too_slow"
    with pytest.raises(FaultError) as caught:
        find_geopackage_tables(content, "x.gpkg", None, 199_999)
    assert caught.value.code == "geopackage.too_many"


def test_a_geopackage_that_qgis_left_open_is_read(change: Callable[..., bytes]) -> None:
    content = bytearray(change())
    content[18:20] = b"\x02\x02"  # its header names a write-ahead log
    assert find_geopackage_tables(bytes(content), "x.gpkg", None, ROWS_LIMIT).counts == {"stations": 1}


# --- Parquet


def parquet(table: pa.Table) -> bytes:
    content = io.BytesIO()
    pq.write_table(table, content, compression="zstd", write_statistics=False, store_schema=False)
    return content.getvalue()


@contextmanager
def arrow_memory_below(most: int) -> Iterator[None]:
    before = pa.default_memory_pool().max_memory()
    yield
    assert pa.default_memory_pool().max_memory() <= max(before, most)


def repeated(value: str | bytes, type: pa.DataType) -> pa.DictionaryArray:
    """A thousand rows that name one entry of three megabytes."""
    return pa.DictionaryArray.from_arrays(pa.array([0] * 1_000, pa.int32()), pa.array([value], type))


LONG = "站" * 1_000_000  # 3 MB
COLUMNS: dict[str, Callable[[], pa.Array]] = {
    "text": lambda: repeated(LONG, pa.string()),
    "bytes": lambda: repeated(LONG.encode(), pa.binary()),
    "large text": lambda: repeated(LONG, pa.large_string()),
    "list": lambda: pa.ListArray.from_arrays(pa.array([0, 1_000], pa.int32()), repeated(LONG, pa.string())),
    "struct": lambda: pa.StructArray.from_arrays([repeated(LONG, pa.string())], ["zh"]),
    "rows": lambda: pa.nulls(ROWS_LIMIT + 1, pa.int8()),
}


@pytest.mark.parametrize("column", COLUMNS)
def test_three_kilobytes_of_parquet_do_not_become_three_gigabytes(column: str) -> None:
    content = parquet(pa.table({"name": COLUMNS[column]()}))
    assert len(content) < 10_000
    with arrow_memory_below(3 * UNPACKED_LIMIT_BYTES), pytest.raises(FaultError) as caught:
        read_table(content, "x.parquet")
    assert caught.value.code == "parquet.too_large"


def test_texts_of_parquet_stay_texts_whatever_their_type() -> None:
    table = pa.table(
        {
            "name": ["甲", None, "甲"],
            "kind": pa.array(["a", "b", "a"]).dictionary_encode(),
            "names": [{"zh": "甲"}, {"zh": "乙"}, None],
            "others": [["甲", "乙"], [], None],
            "tags": pa.array([[("甲", "a")], [], None], pa.map_(pa.string(), pa.string())),
        }
    )
    rows = read_table(parquet(table), "x.parquet").rows
    assert [row.cells["name"] for row in rows] == ["甲", "", "甲"]
    assert [row.cells["kind"] for row in rows] == ["a", "b", "a"]
    assert "乙" in rows[1].cells["names"]
    assert "乙" in rows[0].cells["others"]
    assert "甲" in rows[0].cells["tags"]
    assert read_table(render_stations_geoparquet([PLACE]), "x.parquet").rows


# --- XLSX

HEAD = text_row(1, "名称")


def code_of_workbook(content: bytes) -> str:
    return code_of(lambda content, file, _: read_xlsx(content, file), content)


@pytest.mark.parametrize(
    ("content", "limit"),
    [
        (raw_workbook(HEAD, strings="<si/>" * 60), "MAX_SHARED_TEXTS"),
        (
            raw_workbook(
                HEAD
                + "</sheetData><mergeCells>"
                + '<mergeCell ref="A1:B2"/>' * 60
                + "</mergeCells><sheetData>"
            ),
            "MAX_MARKED_CELLS",
        ),
        (raw_workbook(HEAD + "<row><c><f>A1</f></c></row>" * 60), "MAX_MARKED_CELLS"),
        (raw_workbook(HEAD + '<row><c t="e"><v>#REF!</v></c></row>' * 60), "MAX_MARKED_CELLS"),
        (
            raw_workbook(HEAD, extra={"xl/styles.xml": b"<styleSheet>" + b"<xf/>" * 120 + b"</styleSheet>"}),
            "MAX_PART_ELEMENTS",
        ),
    ],
    ids=["texts", "merged", "formulas", "errors", "formats"],
)
def test_a_workbook_of_many_small_things_is_refused(
    content: bytes, limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """243 kB of empty shared texts took 1.3 GB; the limits are lowered so that the test is quick."""
    monkeypatch.setattr(sheet_xml, limit, 50)
    assert code_of_workbook(content) == "workbook.too_many"


def test_two_cells_that_stand_far_apart_take_no_memory() -> None:
    far = '<row r="1000000"><c r="H1000000"><v>1</v></c></row>'
    assert code_of_workbook(raw_workbook(HEAD + far)) == "workbook.too_sparse"


def test_the_area_of_all_sheets_together_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet_xml, "MAX_WORKSHEET_CELLS", 10)
    rows = [["名称", "经度", "纬度"], ["站", 117.0, 36.6]]
    assert code_of_workbook(workbook({"甲": rows, "乙": rows})) == "workbook.too_wide"


def test_a_merged_range_that_reaches_beyond_all_values_is_cut() -> None:
    merged = '</sheetData><mergeCells><mergeCell ref="A2:A9"/></mergeCells><sheetData>'
    content = raw_workbook(text_row(1, "名称", "地址") + text_row(2, "站", "路") + merged)
    assert [dict(row.cells) for row in read_xlsx(content, "x.xlsx").rows] == [{"名称": "站", "地址": "路"}]
