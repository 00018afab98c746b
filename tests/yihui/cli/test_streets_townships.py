"""yihui streets build: the part townships, from whole and broken relations, resumed and left out."""

from pathlib import Path

import geopandas as gpd
import osmium
import pytest
import shapely

from tests.street_town import Extract
from tests.township_town import LIXIA_WEST, add_square, add_townships, write_townships
from tests.yihui.cli.test_streets import build
from tests.yihui.commands import Command
from tests.yihui.refusals import faults_of
from yihui.files.township_outlines import read_township_outlines


def rows(folder: Path) -> list[list[object]]:
    found = read_township_outlines(folder / "townships.gpkg")
    assert all(found.geometry.is_valid)
    return found[["name", "code", "county", "level"]].to_numpy().tolist()


WHOLE = [
    ["<b>智远</b>街道", "", "370102", 8],
    ["建筑新村街道", "", "370102", 8],
    ["泉城路街道", "370102001", "370102", 8],
    ["文昌街道", "370113001", "370113", 8],
]


def test_townships_are_built_with_their_county_and_their_code(yihui: Command, tmp_path: Path) -> None:
    folder = tmp_path / "streets"
    part = build(yihui, write_townships(tmp_path / "a.osm.pbf"), folder, part="townships")
    assert (part["part"], part["new"]) == ("townships", True)
    assert part["counts"]["townships"] == 4  # type: ignore[index]
    assert part["counts"]["counties"] == 2  # type: ignore[index]
    assert part["size_bytes"] == (folder / "townships.gpkg").stat().st_size
    assert rows(folder) == WHOLE


def test_what_is_no_township_is_left_out_and_counted(yihui: Command, tmp_path: Path) -> None:
    extract = add_townships(Extract())
    inside = (117.03, 36.65, 117.04, 36.66)
    add_square(extract, inside, name="某村", admin_level="9")
    add_square(extract, inside, name="大明湖", admin_level="9")
    add_square(extract, inside, name="长" * 300)
    add_square(extract, (122.9, 34.0, 123.0, 34.1), name="海上镇")
    add_square(extract, (118.79, 32.0, 118.85, 32.1), name="外省镇")
    add_square(extract, inside, name="区", admin_level="6")
    add_square(extract, inside, name="破碎镇", whole=False)
    nodes = [extract.add_node(*place) for place in ((117, 36), (117.1, 36), (117.1, 36.1))]
    extract.add_relation(
        {extract.add_way(nodes): "outer"},
        type="boundary",
        boundary="administrative",
        admin_level="8",
        name="没合上镇",
    )
    part = build(yihui, extract.write(tmp_path / "a.osm.pbf"), tmp_path / "streets", part="townships")
    assert part["counts"] == {
        "townships": 4,
        "counties": 2,
        "broken": 2,
        "nameless": 1,
        "villages": 1,
        "outside": 2,
        "nested": 1,
    }
    assert rows(tmp_path / "streets") == WHOLE


@pytest.mark.endure
@pytest.mark.parametrize("ref", ["370103001", "370102000"], ids=["another county", "the whole county"])
def test_a_code_of_another_or_the_whole_county_is_not_believed(
    yihui: Command, tmp_path: Path, ref: str
) -> None:
    extract = Extract()
    add_square(extract, LIXIA_WEST, name="泉城路街道", ref=ref)
    build(yihui, extract.write(tmp_path / "a.osm.pbf"), tmp_path / "streets", part="townships")
    assert rows(tmp_path / "streets") == [["泉城路街道", "", "370102", 8]]


def assert_damaged(file: Path) -> None:
    assert faults_of(read_township_outlines, file)[0].code == "township_file.damaged"


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\x00" + bytes(5_000), b"something else"])
def test_a_damaged_file_of_townships_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "townships.gpkg").write_bytes(content)
    assert_damaged(tmp_path / "townships.gpkg")


@pytest.mark.endure
def test_a_relation_whose_tags_are_no_text_is_left_out(yihui: Command, tmp_path: Path) -> None:
    extract = add_townships(Extract())
    add_square(extract, (117.02, 36.60, 117.06, 36.64), name="千佛山街道", admin_level="level-8")
    file, packed = tmp_path / "a.osm.pbf", extract.write(tmp_path / "packed.osm.pbf")
    with osmium.SimpleWriter(osmium.io.File(str(file), "pbf,pbf_compression=none")) as writer:
        for thing in osmium.FileProcessor(str(packed)):
            writer.add(thing)
    content = file.read_bytes()
    assert content.count(b"level-8") == 1
    file.write_bytes(content.replace(b"level-8", b"\xff" * 7))
    part = build(yihui, file, tmp_path / "streets", part="townships")
    assert part["counts"]["townships"] == 4  # type: ignore[index]


@pytest.mark.parametrize("shape", [None, shapely.MultiPolygon(), shapely.LineString([(117, 36), (118, 37)])])
def test_townships_without_ground_are_damaged(tmp_path: Path, shape: shapely.Geometry | None) -> None:
    columns = {"name": ["甲镇"], "code": [""], "county": ["370102"], "level": [8]}
    frame = gpd.GeoDataFrame(columns, geometry=[shape], crs="EPSG:4326")
    frame.to_file(tmp_path / "townships.gpkg", layer="townships", driver="GPKG")
    assert_damaged(tmp_path / "townships.gpkg")
