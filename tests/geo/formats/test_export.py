"""What is exported opens harmlessly in a spreadsheet and comes back in unchanged."""

import csv
import io
import json
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from geo.crs import Datum
from geo.formats.columns import guess_columns
from geo.formats.csv import read_csv
from geo.formats.export import FIELDS, write_csv, write_geojson, write_json
from geo.formats.json_records import read_json_records
from geo.formats.places import Gazetteer
from geo.formats.rows import Reader, read_stations
from geo.formats.table import Table
from geo.station import Access, Calendar, Entry, Kind, Station, Status


class NoNames:
    districts = ()

    def by_name(self, name: str) -> tuple[()]:
        return ()


def read_back(table: Table) -> tuple[Station, ...]:
    columns = guess_columns(table.headers)
    reader = Reader("r", Gazetteer(NoNames()), lambda points: [None] * len(points), lambda _: True)
    return read_stations(table, columns, None, reader).stations


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
)
PLACED = st.builds(
    lambda station, lon, lat: station.model_copy(update={"lon": lon, "lat": lat}),
    STATION,
    st.floats(114.5, 122.5),
    st.floats(34.5, 38.5),
).filter(lambda station: station.lon != int(station.lon))


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.lists(STATION | PLACED, min_size=1, max_size=5, unique_by=lambda s: s.id))
def test_what_is_written_is_read_back_unchanged(stations: list[Station]) -> None:
    assert read_back(read_csv(write_csv(stations).encode(), "x.csv")) == tuple(stations)
    assert read_back(read_json_records(write_json(stations).encode(), "x.json")) == tuple(stations)


def test_no_cell_begins_like_a_formula() -> None:
    nasty = Station(
        id="1",
        name="=HYPERLINK(1)",
        kind="library",
        note="@x",
        phone="+86 1",
        address="-1",
        hours_text="\t=1",
    )
    header, row = csv.reader(io.StringIO(write_csv([nasty]).lstrip("\ufeff")))
    assert tuple(header) == FIELDS
    assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@", "\t"))]
    assert "'=HYPERLINK(1)" in row


def test_a_place_not_placed_has_no_geometry_and_another_datum_is_named() -> None:
    here = Station(id="1", name="甲", kind="library", lon=117.02, lat=36.66)
    nowhere = Station(id="2", name="乙", kind="library")
    features = json.loads(write_geojson([here, nowhere], Datum.GCJ02))["features"]
    assert features[1]["geometry"] is None
    lon, _ = features[0]["geometry"]["coordinates"]
    assert 0.004 < lon - 117.02 < 0.008
    assert features[0]["properties"]["datum"] == "gcj02"
    assert json.loads(write_geojson([here]))["features"][0]["geometry"]["coordinates"] == [117.02, 36.66]
