"""What is exported opens harmlessly in a spreadsheet and comes back in unchanged, in every format."""

import csv
import io
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from core.calendars import Calendar
from core.sheets.table import Table
from geo.datum import Datum
from geo.formats.columns import guess_columns
from geo.formats.export import (
    EXPORT_FIELDS,
    render_stations_csv,
    render_stations_geojson,
    render_stations_geopackage,
    render_stations_geoparquet,
    render_stations_json,
    render_stations_xlsx,
)
from geo.formats.features import POINT_HEADERS, PlacedTable
from geo.formats.files import read_table
from geo.formats.places import Gazetteer
from geo.formats.rows import ImportContext, read_stations, resolve_datum
from geo.station import Access, Entry, Kind, Station, Status
from tests.tiers import ENDURES


class NoNames:
    districts = ()

    def find_by_name(self, name: str) -> tuple[()]:
        return ()


def read_back(table: Table) -> tuple[Station, ...]:
    columns = guess_columns(table.headers)
    if isinstance(table, PlacedTable):
        columns = columns.with_geometry(POINT_HEADERS, table.datum)
    reader = ImportContext("r", Gazetteer(NoNames()), lambda points: [None] * len(points), lambda _: True)
    reading = read_stations(table, columns, resolve_datum(columns, None, table.file), reader)
    assert not reading.faults
    return reading.stations


WORD = st.text(st.sampled_from("驿站甲乙丙A1=+-@'\" ,;"), min_size=1, max_size=12).map(str.strip).filter(bool)
LINE = WORD.map(lambda text: " ".join(text.split()))
STATION = st.builds(
    Station,
    id=LINE,
    name=LINE,
    kind=st.sampled_from(Kind),
    address=LINE,
    hours_text=LINE,
    phone=LINE,
    note=LINE,
    source=LINE,
    calendar=st.sampled_from(Calendar),
    entry=st.sampled_from([e for e in Entry if e is not Entry.UNKNOWN]),
    access=st.sampled_from([a for a in Access if a is not Access.UNKNOWN]),
    status=st.sampled_from(Status),
    facilities=st.frozensets(st.sampled_from(["water", "toilet", "wifi"])),
    verified_on=st.none() | st.dates(date(2000, 1, 1)),
    sample=st.booleans(),
    employer=st.just("") | LINE,
    accepts=st.frozensets(st.from_regex(r"[a-z][a-z0-9-]{0,9}", fullmatch=True), max_size=3),
    area_m2=st.none() | st.floats(0, 500, allow_subnormal=False) | st.integers(0, 500).map(float),
)
PLACED = st.builds(
    lambda station, lon, lat: station.model_copy(update={"lon": lon, "lat": lat}),
    STATION,
    st.floats(114.5, 122.5),
    st.floats(34.5, 38.5),
).filter(lambda station: station.lon != int(station.lon))


WRITERS: Mapping[str, Callable[[Sequence[Station]], bytes]] = {
    "x.csv": lambda stations: render_stations_csv(stations).encode(),
    "x.json": lambda stations: render_stations_json(stations).encode(),
    "x.xlsx": render_stations_xlsx,
    "x.geojson": lambda stations: render_stations_geojson(stations).encode(),
    "x.gpkg": render_stations_geopackage,
    "x.parquet": render_stations_geoparquet,
}


@pytest.mark.deeper
@pytest.mark.parametrize("file", WRITERS)
@settings(deadline=None, derandomize=True, max_examples=40 if ENDURES else 5)
@given(stations=st.lists(STATION | PLACED, min_size=1, max_size=5, unique_by=lambda s: s.id))
def test_what_is_written_is_read_back_unchanged(file: str, stations: list[Station]) -> None:
    assert read_back(read_table(WRITERS[file](stations), file)) == tuple(stations)


@pytest.mark.parametrize(
    "text", ["=1+1", "'=1", "''@x", "-1", "+86 531", "@x", "'", "_x000D_", "#REF!", "true", "1e5"]
)
@pytest.mark.parametrize("file", WRITERS)
def test_text_that_looks_like_something_else_stays_text(file: str, text: str) -> None:
    station = Station(id=text, name=text, kind=Kind.LIBRARY, note=text, phone=text, entry=Entry.SCAN)
    ((back),) = read_back(read_table(WRITERS[file]([station]), file))
    assert (back.id, back.name, back.note, back.phone) == (text,) * 4


def test_a_workbook_holds_no_formula_and_no_link() -> None:
    nasty = [
        Station(id=str(i), name=n, kind=Kind.LIBRARY)
        for i, n in enumerate(["=1+1", "{=1}", "http://x.cn", "@a"])
    ]
    with zipfile.ZipFile(io.BytesIO(render_stations_xlsx(nasty))) as archive:
        sheet, texts = archive.read("xl/worksheets/sheet1.xml"), archive.read("xl/sharedStrings.xml").decode()
    assert b"<f" not in sheet
    assert b"hyperlink" not in sheet.lower()
    assert not re.search(r"<t[^>]*>[=+@-]", texts)


def test_a_workbook_has_a_filter_and_its_days_are_dates() -> None:
    seen = Station(id="1", name="甲", kind=Kind.LIBRARY, verified_on=date(2026, 9, 1))
    content = render_stations_xlsx([seen, Station(id="2", name="乙", kind=Kind.LIBRARY)])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert b"<autoFilter" in archive.read("xl/worksheets/sheet1.xml")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert [row[EXPORT_FIELDS.index("verified_on")] for row in rows[1:]] == [date(2026, 9, 1), ""]
    back, _ = read_back(read_table(content, "x.xlsx"))
    assert back.verified_on == date(2026, 9, 1)


def test_no_cell_begins_like_a_formula() -> None:
    nasty = Station(
        id="1",
        name="=HYPERLINK(1)",
        kind="library",
        note="@x",
        phone="+86 1",
        address="＝1",
        hours_text="\n=1",
    )
    header, row = csv.reader(io.StringIO(render_stations_csv([nasty]).lstrip("\ufeff")))
    assert tuple(header) == EXPORT_FIELDS
    assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@", "＝", "\t", "\n"))]
    assert "'=HYPERLINK(1)" in row


def test_a_spreadsheet_in_another_datum_says_so() -> None:
    here = Station(id="1", name="甲", kind=Kind.LIBRARY, lon=117.02, lat=36.66, entry=Entry.SCAN)
    table = read_table(render_stations_xlsx([here], Datum.GCJ02), "x.xlsx")
    assert 0.004 < float(table.rows[0].cells["lon"]) - 117.02 < 0.008
    ((back),) = read_back(table)
    assert (back.lon, back.lat) == pytest.approx((117.02, 36.66), abs=1e-7)
