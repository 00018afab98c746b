"""A zipped Shapefile as demand: its attributes in the encodings of China, and what its parts may lack."""

import io
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from tests.geo.formats.shapefiles import PARTS, zipped
from tests.yihui.planning.demand.reading import HERE, THERE, Read, faults_of
from yihui.planning.demand.columns import LocatedBy


@pytest.fixture
def streets() -> gpd.GeoDataFrame:
    squares = [shapely.box(x, y, x + 0.002, y + 0.002) for x, y in (HERE, THERE)]
    columns = {"名称": ["泉城路街道", "杆石桥街道"], "常住人口": [120, 30]}
    return gpd.GeoDataFrame(columns, geometry=squares, crs="EPSG:4490")


@pytest.mark.parametrize("encoding", ["UTF-8", "GBK"])
@pytest.mark.parametrize("without", [(), (".cpg",)], ids=["with cpg", "without cpg"])
def test_a_zipped_shapefile_is_read_in_the_encoding_that_it_has(
    read: Read, tmp_path: Path, streets: gpd.GeoDataFrame, encoding: str, without: tuple[str, ...]
) -> None:
    # A name has ten bytes: 常住人口 would have twelve in UTF-8.
    column = "常住人" if encoding == "UTF-8" else None
    reading = read(
        zipped(tmp_path, streets, encoding, without, inside="下载/"), "街道.zip", demand_column=column
    )
    assert reading.by is LocatedBy.GEOMETRY and reading.demand.total == 150
    assert reading.column == (column or "常住人口")
    guessed = {note.code for note in reading.notes if note.code.startswith("encoding.")}
    assert guessed == ({"encoding.gb18030"} if encoding == "GBK" and without else set())


@pytest.mark.endure
def test_points_of_a_shapefile_in_metres_are_read_in_its_crs(
    read: Read, tmp_path: Path, streets: gpd.GeoDataFrame
) -> None:
    points = streets.set_geometry(gpd.points_from_xy(*zip(HERE, THERE, strict=True), crs=4490)).to_crs(4547)
    reading = read(zipped(tmp_path, points.rename(columns={"常住人口": "人口"})), "点.zip")
    assert np.abs(reading.demand.points - (HERE, THERE)).max() < 1e-7
    assert reading.demand.weight.tolist() == [120, 30]


@pytest.mark.endure
def test_of_several_layers_one_is_named(read: Read, tmp_path: Path, streets: gpd.GeoDataFrame) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, rows in (("甲", 1), ("乙", 2)):
            with zipfile.ZipFile(io.BytesIO(zipped(tmp_path, streets.iloc[:rows], "GBK", name=name))) as one:
                for part in one.namelist():
                    archive.writestr(part, one.read(part))
    (fault,) = faults_of(read, packed.getvalue(), "两层.zip")
    assert fault.field == "--layer" and fault.value is not None and "甲 (1)" in fault.value
    assert read(packed.getvalue(), "两层.zip", layer="甲").demand.total == 120


@pytest.mark.endure
def test_a_shapefile_without_its_crs_is_read_only_by_a_word(
    read: Read, tmp_path: Path, streets: gpd.GeoDataFrame
) -> None:
    content = zipped(tmp_path, streets, "GBK", (".prj",))
    (fault,) = faults_of(read, content, "a.zip")
    assert fault.field == "--crs"
    assert read(content, "a.zip", crs="EPSG:4490").demand.total == 150


@pytest.mark.endure
@pytest.mark.parametrize("lost", [".shx", ".dbf"])
def test_missing_parts_are_named(read: Read, tmp_path: Path, streets: gpd.GeoDataFrame, lost: str) -> None:
    (fault,) = faults_of(read, zipped(tmp_path, streets, without=(lost,)), "a.zip")
    assert fault.code == "shapefile.parts" and fault.params["parts"] == lost and fault.value == "街道"


@pytest.mark.endure
def test_a_zip_without_a_shapefile_is_refused(read: Read, tmp_path: Path, streets: gpd.GeoDataFrame) -> None:
    for content in (zipped(tmp_path, streets, without=PARTS), zipped(tmp_path, streets, without=(".shp",))):
        (fault,) = faults_of(read, content, "a.zip")
        assert fault.code == "shapefile.absent"


@pytest.mark.endure
def test_a_shapefile_without_records_or_with_a_cut_table_is_refused(
    read: Read, tmp_path: Path, streets: gpd.GeoDataFrame
) -> None:
    assert [f.code for f in faults_of(read, zipped(tmp_path, streets.iloc[:0]), "a.zip")] == [
        "features.no_features"
    ]
    zipped(tmp_path, streets)
    cut = io.BytesIO()
    with zipfile.ZipFile(cut, "w") as archive:
        for end in PARTS:
            part = (tmp_path / f"街道{end}").read_bytes()
            archive.writestr(f"街道{end}", part[:20] if end == ".dbf" else part)
    assert [f.code for f in faults_of(read, cut.getvalue(), "a.zip")] == ["shapefile.damaged"]


@pytest.mark.endure
def test_a_zip_bomb_is_refused_before_it_is_unpacked(read: Read) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.shp", "w") as part:
        for _ in range(400):
            part.write(bytes(1 << 20))
    (fault,) = faults_of(read, packed.getvalue(), "bomb.zip")
    assert fault.code == "shapefile.zip_too_large" and float((fault.value or "").replace(",", "")) >= 400
    (fault,) = faults_of(read, b"PK\x03\x04torn", "torn.zip")
    assert fault.code == "shapefile.zip_unreadable"
