"""The riders' street map: what tilemaker takes into tiles by our profile, from which zoom, and how large that is."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.faults import FaultError
from geo.place_names.query_words import MAX_NAME_CHARS, clean_name
from tests.street_map_town import make_mapped_town
from tests.street_town import JINAN, Extract
from tests.yihui.files.street_map_tiles import iter_features, list_values, read_tiles
from tests.yihui.http.pictures import write_mbtiles
from yihui.files.street_map.reading import StreetMap
from yihui.services.streets.map_building import build_street_map

MOST_TOWN_BYTES = 1_500_000  # what a phone saves
GZIP = b"\x1f\x8b"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("town")
    file = folder / "map.mbtiles"
    build_street_map(make_mapped_town().write(folder / "town.osm.pbf"), file)
    return file


def build(extract: Extract, folder: Path) -> Path:
    build_street_map(extract.write(folder / "own.osm.pbf"), folder / "map.mbtiles")
    return folder / "map.mbtiles"


def add_spot(extract: Extract, at: int, **tags: str) -> None:
    extract.add_node(JINAN[0] + 0.0004 * (at % 40), JINAN[1] + 0.0004 * (at // 40), **tags)


@pytest.mark.needs("tilemaker")
def test_a_town_has_streets_water_green_and_names_and_houses_close_by(town: Path, tmp_path: Path) -> None:
    layers = {name for name, _ in iter_features(town, tmp_path, 14)}
    assert layers == {
        *("road", "road_name", "water", "water_name", "waterway", "green", "ground", "building", "spot")
    }
    assert "building" not in {name for name, _ in iter_features(town, tmp_path, 13)}
    assert list_values(town, tmp_path, 14, "road", "kind") == {
        *("primary", "secondary", "minor", "service", "path", "rail")
    }
    assert list_values(town, tmp_path, 9, "road", "kind") == {"primary", "rail"}
    assert "泉城路" in list_values(town, tmp_path, 14, "road_name", "name")
    assert {"山东师范大学", "恒隆广场", "植物园"} <= list_values(town, tmp_path, 14, "spot", "name")
    assert list_values(town, tmp_path, 14, "water_name", "name") == {"大明湖"}


@pytest.mark.needs("tilemaker")
def test_each_tile_is_packed_and_a_town_fits_on_a_phone(town: Path) -> None:
    tiles = read_tiles(town)
    assert {tile[0] for tile in tiles} == set(range(6, 15))
    assert all(data.startswith(GZIP) for data in tiles.values())
    assert sum(map(len, tiles.values())) <= MOST_TOWN_BYTES
    opened = StreetMap.open(town)
    assert opened.zooms == (6, 14)
    assert {tile: opened.tile(*tile) for tile in tiles} == tiles
    assert [opened.tile(14, 0, 0), opened.tile(6, 64, 0), opened.tile(-1, 0, 0)] == [None] * 3
    opened.close()


@pytest.mark.endure
@pytest.mark.needs("tilemaker")
def test_boundaries_and_names_of_cities_are_left_to_the_outlines(tmp_path: Path) -> None:
    extract = make_mapped_town()
    line = [extract.add_node(117.0 + 0.01 * step, 36.66) for step in range(4)]
    extract.add_way(line, boundary="administrative", admin_level="4", name="省界")
    add_spot(extract, 1, place="city", name="济南市")
    add_spot(extract, 2, place="town", name="港沟镇")
    file = build(extract, tmp_path)
    names = {values.get("name") for zoom in (9, 14) for _, values in iter_features(file, tmp_path, zoom)}
    assert "港沟镇" in names
    assert not names & {"省界", "济南市"}


@pytest.mark.endure
@pytest.mark.needs("tilemaker")
def test_names_are_chinese_first_and_one_of_several(tmp_path: Path) -> None:
    extract = Extract()
    add_spot(extract, 1, amenity="school", name="School", name__zh="学校")
    add_spot(extract, 50, amenity="school", name="甲校;乙校")
    add_spot(extract, 100, amenity="school", name__en="English alone")
    add_spot(extract, 150, amenity="school", name="\u202e \u200b")
    file = build(extract, tmp_path)
    assert list_values(file, tmp_path, 14, "spot", "name") == {"学校", "甲校"}


@pytest.mark.endure
@pytest.mark.needs("tilemaker")
def test_small_water_is_named_close_by_alone_and_a_fountain_never(tmp_path: Path) -> None:
    extract = Extract()
    for at, (name, side) in enumerate({"喷泉": 0.00007, "小池": 0.0004, "水库": 0.01}.items()):
        lon, lat = JINAN[0] + 0.001 * at, JINAN[1]
        corners = ((lon, lat), (lon + side, lat), (lon + side, lat + side), (lon, lat + side))
        nodes = [extract.add_node(*corner) for corner in corners]
        extract.add_way([*nodes, nodes[0]], natural="water", name=name)
    road = [extract.add_node(JINAN[0] + 0.01 * step, JINAN[1] - 0.001) for step in range(-1, 5)]
    extract.add_way(road, highway="primary")
    file = build(extract, tmp_path)
    names = {zoom: list_values(file, tmp_path, zoom, "water_name", "name") for zoom in (9, 13, 14)}
    assert names[9] == set()
    assert names[13] == {"水库"}
    assert names[14] == {"小池", "水库"}


HOSTILE = {
    "<b>粗</b><script>": "<b>粗</b><script>",  # canvas text knows no markup
    "泉\u202e城\u200b路\ufeff": "泉城路",
    "\u2066泉城\u2069 \t 路\u061c": "泉城 路",
    "a\u00adb\u2028c\x85d\x07e": "ab c d e",
    "葛\U000e0100路\ufe0f": "葛路",
    "\U000e0100": None,
    "路" * MAX_NAME_CHARS: "路" * MAX_NAME_CHARS,
    "路" * (MAX_NAME_CHARS + 1): None,
    "x" * 1000: None,  # pyosmium writes no longer value
}


@pytest.mark.endure
@pytest.mark.needs("tilemaker")
def test_marks_that_turn_a_text_round_are_dropped_and_long_names_left_out(tmp_path: Path) -> None:
    extract = Extract()
    for at, name in enumerate(HOSTILE):
        add_spot(extract, at * 41, amenity="school", name=name)
    found = list_values(build(extract, tmp_path), tmp_path, 14, "spot", "name")
    assert found == {shown for shown in HOSTILE.values() if shown}


LETTERS = st.characters(exclude_categories=("Cs", "Co", "Cn", "Cf"))
MARKS = "\u00ad\u061c\u200b\u200e\u200f\u202a\u202e\u2060\u2066\u2069\ufeff\U000e0041\ufe0f\U000e0100"


@pytest.mark.endure
@pytest.mark.needs("tilemaker")
@settings(max_examples=8, deadline=None)
@given(st.lists(st.text(LETTERS | st.sampled_from(MARKS), max_size=8), min_size=40, max_size=40))
def test_a_name_is_shown_as_the_search_shows_it(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    """The search cleans names in Python, by Unicode's categories; the profile does it in Lua, by bytes."""
    folder = tmp_path_factory.mktemp("names")
    extract = Extract()
    add_spot(extract, 0, amenity="school", name="学校")
    plain = [name.replace(";", "").replace("\0", "") for name in names]
    for at, name in enumerate(plain, 1):
        add_spot(extract, at * 37, amenity="school", name=name)
    found = list_values(build(extract, folder), folder, 14, "spot", "name")
    assert found == {clean_name(name) for name in (*plain, "学校")} - {None}


@pytest.mark.parametrize(
    ("tiles", "metadata"),
    [
        ({}, {"format": "pbf"}),
        ({(6, 1, 1): GZIP}, {"format": "png"}),
        ({(6, 1, 1): b"{}"}, {"format": "pbf"}),
    ],
    ids=["no tile", "pictures", "not packed"],
)
def test_a_file_that_is_no_street_map_is_refused(
    tmp_path: Path, tiles: dict[tuple[int, int, int], bytes], metadata: dict[str, str]
) -> None:
    file = tmp_path / "map.mbtiles"
    write_mbtiles(file, tiles, metadata)
    with pytest.raises(FaultError, match="this is no street map of ours"):
        StreetMap.open(file)


@pytest.mark.parametrize("content", [b"", b"no database at all"])
def test_a_file_that_is_no_database_is_no_street_map(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "map.mbtiles"
    file.write_bytes(content)
    with pytest.raises(FaultError, match="this is no street map of ours"):
        StreetMap.open(file)
