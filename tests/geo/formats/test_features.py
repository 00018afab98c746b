"""GeoJSON, GeoPackage and GeoParquet: what a GIS writes, in the CRS that it names."""

import io
import json
import sqlite3
import zipfile
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely

from core.faults import FaultError
from core.sheets.table import Table
from geo.datum import Datum
from geo.formats.features import POINT_HEADERS, PlacedTable
from geo.formats.files import read_table
from tests.core.sheets.workbooks import workbook
from tests.geo.formats.shapefiles import zipped

HERE = (117.0204, 36.6683)
IN_UTM = (501823.48, 4058057.37)  # zone 50, of HERE


def read_placed(content: bytes, file: str) -> PlacedTable:
    table = read_table(content, file)
    assert isinstance(table, PlacedTable)
    return table


def gpkg(frame: gpd.GeoDataFrame, *layers: str) -> bytes:
    content = io.BytesIO()
    for layer in layers or ("stations",):
        content.seek(0)
        pyogrio.write_dataframe(frame, content, layer=layer, driver="GPKG")
    return content.getvalue()


def parquet(frame: gpd.GeoDataFrame) -> bytes:
    content = io.BytesIO()
    frame.to_parquet(content)
    return content.getvalue()


def geojson(*features: object, **more: object) -> bytes:
    return json.dumps({"type": "FeatureCollection", **more, "features": features}).encode()


def feature(geometry: object, **properties: object) -> dict[str, object]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def frame(crs: str | int | None, geometry: shapely.Geometry | None = None) -> gpd.GeoDataFrame:
    if geometry is None:
        geometry = gpd.GeoSeries([shapely.Point(HERE)], crs=4326).to_crs(crs or 4326).iloc[0]
    return gpd.GeoDataFrame({"name": ["甲", "乙"]}, geometry=[geometry, None], crs=crs)


WRITERS: Mapping[str, Callable[[gpd.GeoDataFrame], bytes]] = {"x.gpkg": gpkg, "x.parquet": parquet}


def point_of(table: Table, row: int = 0) -> tuple[float, float]:
    lon, lat = (float(table.rows[row].cells[header]) for header in POINT_HEADERS)
    return lon, lat


def refused(content: bytes, file: str, layer: str | None = None) -> str:
    with pytest.raises(FaultError) as caught:
        read_table(content, file, layer)
    (fault,) = caught.value.faults
    assert fault.file == file
    assert fault.remedy
    return fault.message.format_map(fault.values)


# --- the CRS says the datum


@pytest.mark.parametrize("file", WRITERS)
@pytest.mark.parametrize(
    ("crs", "datum"),
    [
        (4326, Datum.WGS84),
        (4490, Datum.CGCS2000),
        (32650, Datum.WGS84),  # UTM
        (4548, Datum.CGCS2000),  # Gauss-Krüger, 3 degrees
        (3857, Datum.WGS84),  # of web maps
    ],
)
def test_a_crs_on_wgs84_or_cgcs2000_comes_out_as_lon_lat(file: str, crs: int, datum: Datum) -> None:
    table = read_placed(WRITERS[file](frame(crs)), file)
    assert table.datum is datum
    assert point_of(table) == pytest.approx(HERE, abs=1e-9)
    assert table.rows[1].cells == {"name": "乙", POINT_HEADERS[0]: "", POINT_HEADERS[1]: ""}


@pytest.mark.parametrize("file", WRITERS)
@pytest.mark.parametrize(("crs", "name"), [(4214, "Beijing 1954"), (2334, "Xian 1980"), (4258, "ETRS89")])
def test_a_crs_whose_way_to_wgs84_is_not_known_is_refused_by_name(file: str, crs: int, name: str) -> None:
    assert name in refused(WRITERS[file](frame(crs)), file)


def test_a_feature_with_a_crs_of_its_own_is_refused_unless_it_is_wgs84() -> None:
    own = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}
    same = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    point = {"type": "Point", "coordinates": HERE}
    features = [
        {"type": "Feature", "properties": {"name": "甲"}, "geometry": point, "crs": own},
        {"type": "Feature", "properties": {"name": "乙"}, "geometry": point | {"crs": own}},
        {"type": "Feature", "properties": {"name": "丙"}, "geometry": point | {"crs": "EPSG:4490"}},
        {"type": "Feature", "properties": {"name": "丁"}, "geometry": point, "crs": same},
    ]
    table = read_table(json.dumps({"type": "FeatureCollection", "features": features}).encode(), "f.geojson")
    assert [(fault.code, fault.row) for fault in table.faults] == [
        ("geojson.crs_of_feature", row) for row in (1, 2, 3)
    ]
    assert [row.cells["name"] for row in table.rows] == ["丁"]


@pytest.mark.parametrize("file", WRITERS)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_without_a_crs_the_file_says_nothing_of_the_datum(file: str) -> None:
    table = read_placed(WRITERS[file](frame(None)), file)
    assert (table.datum, table.has_points) == (None, True)


def test_a_parquet_file_without_a_crs_is_wgs84_by_the_specification() -> None:
    content = parquet(frame(4326))
    table = pq.read_table(io.BytesIO(content))
    about = json.loads(table.schema.metadata[b"geo"])
    del about["columns"]["geometry"]["crs"]
    bare = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({b"geo": json.dumps(about).encode()}), bare)
    assert read_placed(bare.getvalue(), "x.parquet").datum is Datum.WGS84


def test_geojson_is_wgs84_and_an_old_crs_is_obeyed() -> None:
    point = {"type": "Point", "coordinates": [*HERE, 42.0]}
    assert read_placed(geojson(feature(point, name="甲")), "x.geojson").datum is Datum.WGS84
    crs84 = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    assert point_of(read_table(geojson(feature(point), crs=crs84), "x.geojson")) == HERE
    utm = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32650"}}
    there = {"type": "Point", "coordinates": IN_UTM}
    table = read_table(geojson(feature(there), crs=utm), "x.geojson")
    assert point_of(table) == pytest.approx(HERE, abs=1e-3)
    beijing = {"type": "name", "properties": {"name": "EPSG:4214"}}
    assert "Beijing 1954" in refused(geojson(feature(point), crs=beijing), "x.geojson")
    assert "nonsense" in refused(geojson(feature(point), crs={"nonsense": 1}), "x.geojson")


def test_json_that_is_geojson_is_read_as_such() -> None:
    table = read_placed(geojson(feature({"type": "Point", "coordinates": HERE}, name="甲")), "x.json")
    assert (table.has_points, table.rows[0].cells["name"]) == (True, "甲")


# --- geometry that is no point


@pytest.mark.parametrize("file", WRITERS)
def test_an_area_is_a_fault_of_its_row(file: str) -> None:
    table = read_table(WRITERS[file](frame(4326, shapely.Point(HERE).buffer(0.01))), file)
    assert [(fault.row, fault.value) for fault in table.faults] == [(1, "Polygon")]
    assert [row.number for row in table.rows] == [2]


@pytest.mark.parametrize("file", WRITERS)
def test_several_points_that_are_but_one_are_a_point(file: str) -> None:
    assert point_of(read_table(WRITERS[file](frame(4326, shapely.MultiPoint([HERE]))), file)) == HERE


@pytest.mark.parametrize("file", WRITERS)
def test_an_empty_point_is_not_placed(file: str) -> None:
    table = read_table(WRITERS[file](frame(4326, shapely.Point())), file)
    assert table.rows[0].cells[POINT_HEADERS[0]] == ""


@pytest.mark.parametrize(
    ("geometry", "value"),
    [
        ({"type": "LineString", "coordinates": [[117, 36], [118, 36]]}, "LineString"),
        ({"type": "Feature", "geometry": None}, "Feature"),
        ({"type": "Point", "coordinates": [10**400, 36]}, "1000"),
        ({"type": "Point", "coordinates": ["117", "36"]}, "117"),
        ({"type": "Point", "coordinates": [117.0]}, "117.0"),
        ({"type": "Point", "coordinates": [True, False]}, "True"),
        ({"type": "Point"}, "None"),
        ("here", "here"),
    ],
)
def test_geometry_that_is_no_point_is_told_with_what_it_is(geometry: object, value: str) -> None:
    table = read_table(geojson(feature(geometry, name="甲"), feature(None, name="乙")), "x.geojson")
    (fault,) = table.faults
    assert fault.row == 1
    assert value in (fault.value or "")
    assert len(table.rows) == 1


def test_what_is_no_feature_is_told() -> None:
    table = read_table(geojson("甲", feature(None, name="乙")), "x.geojson")
    assert [fault.row for fault in table.faults] == [1]


# --- layers


def test_of_several_layers_none_is_chosen_silently(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("layers") / "x.gpkg"
    for layer in ("济南", "青岛"):
        pyogrio.write_dataframe(frame(4326), path, layer=layer)
    content = path.read_bytes()
    assert "济南 (2)、青岛 (2)" in refused(content, "x.gpkg")
    assert len(read_table(content, "x.gpkg", "青岛").rows) == 2
    assert "烟台" in refused(content, "x.gpkg", "烟台")


def test_a_layer_is_refused_where_a_format_has_none() -> None:
    assert "甲" in refused(b"name\nx\n", "x.csv", "甲")


# --- torn files


@pytest.mark.parametrize(
    ("content", "file"),
    [
        (b"SQLite format 3\x00" + b"\x01" * 500, "x.gpkg"),
        (gpkg(frame(4326))[:9_000], "x.gpkg"),
        (b"PAR1" + b"\x01" * 500, "x.parquet"),
        (parquet(frame(4326))[:-20], "x.parquet"),
        (geojson(), "x.geojson"),
        (b'{"type": "Topology"}', "x.geojson"),
        (b"[1, 2]", "x.geojson"),
        (b'{"type": "FeatureCollection", "features": [', "x.geojson"),
    ],
)
def test_a_torn_file_is_told(content: bytes, file: str) -> None:
    assert refused(content, file)


def test_a_float_of_more_than_15_digits_has_lost_the_others() -> None:
    float_, whole = 6222020200112233445.0, 6222020200112233445
    layer = frame(4326).assign(id=float_, code=whole)
    files = {file: write(layer) for file, write in WRITERS.items()}
    files["x.geojson"] = geojson(feature(None, id=float_, code=whole))
    files["x.json"] = json.dumps([{"id": float_, "code": whole}]).encode()
    for file, content in files.items():
        row = read_table(content, file).rows[0]
        assert ([*row.broken], row.cells["code"]) == (["id"], str(whole))


def test_parquet_without_geometry_is_a_table_like_any_other() -> None:
    content = io.BytesIO()
    pq.write_table(pa.table({"name": ["甲"], "lon": [117.02], "lat": [36.66]}), content)
    table = read_placed(content.getvalue(), "x.parquet")
    assert (table.has_points, table.rows[0].cells) == (False, {"name": "甲", "lon": "117.02", "lat": "36.66"})


@pytest.mark.parametrize("part", [".shp", ".shx", ".dbf"])
def test_a_shapefile_whose_part_was_cut_off_is_refused_whole(tmp_path: Path, part: str) -> None:
    whole = zipped(tmp_path, frame(4326, shapely.Point(HERE)).dropna())
    assert len(read_table(whole, "x.zip").rows) == 1
    for kept in (0, 0.5, 0.95):
        cut = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(whole)) as source, zipfile.ZipFile(cut, "w") as archive:
            for name in source.namelist():
                content = source.read(name)
                archive.writestr(
                    name, content[: int(kept * len(content))] if name.endswith(part) else content
                )
        assert "damaged" in refused(cut.getvalue(), "x.zip")


@pytest.mark.parametrize(
    "table",
    [
        pa.Table.from_arrays([pa.array(["甲"]), pa.array(["乙"])], ["name", "name"]),
        pa.table({"name": ["甲"], "day": pa.array([2**30], pa.date32())}),
        pa.table({"name": ["甲"]}).replace_schema_metadata({b"geo": b"[" * 100_000}),
        pa.table({"name": ["甲"]}).replace_schema_metadata(
            {b"geo": b'{"primary_column": "g", "columns": {"g": {"encoding": "WKB"}}}'}
        ),
    ],
    ids=["one name twice", "a day beyond all calendars", "deep metadata", "no such column"],
)
def test_a_strange_parquet_file_is_read_or_refused(table: pa.Table) -> None:
    content = io.BytesIO()
    pq.write_table(table, content)
    try:
        assert read_table(content.getvalue(), "x.parquet").rows
    except FaultError as error:
        assert error.faults[0].file == "x.parquet"


def test_styles_of_a_layer_are_no_layer_and_a_workbook_stays_one_under_any_name(tmp_path: Path) -> None:
    place = tmp_path / "x.gpkg"
    place.write_bytes(gpkg(frame(4326)))
    with closing(sqlite3.connect(place)) as database:
        database.execute("CREATE TABLE layer_styles (id INTEGER PRIMARY KEY)")
        database.execute(
            "INSERT INTO gpkg_contents (table_name, data_type) VALUES ('layer_styles', 'attributes')"
        )
        database.commit()
    assert len(read_table(place.read_bytes(), "x.gpkg").rows) == 2
    assert read_table(workbook({"甲": [["名称"], ["站"]]}), "x.zip").rows


def test_a_kind_that_is_not_read_says_what_to_do() -> None:
    for name in ("a.shp", "a.kml", "a.pdf"):
        assert f".{name[2:]}" in refused(b"x", name)
    assert read_table(b"name\tlon\nx\t117\n", "a.tab").rows
    assert read_table(b"name,lon\nx,117\n", "numbers").rows
