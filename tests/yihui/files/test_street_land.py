"""The land of an extract: measured on real PBF files, stored whole, and what odd tags and damage get."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from pyproj import Geod

from core.faults import FaultError
from geo.coverage.buildings import ASSUMED_LEVELS, MAX_FOOTPRINT_M2, UNKNOWN_KIND_SHARE
from geo.coverage.cells import cells_at_points
from geo.coverage.land import LandCells
from tests.street_town import Extract, keywords, make_town
from yihui.files.street_land.extract import LAND_RESOLUTION, MAX_RESIDENTIAL_M2, ExtractedLand, read_land
from yihui.files.street_land.storing import FORM, read_stored_land, write_land

pytestmark = pytest.mark.endure

GEOD = Geod(ellps="WGS84")
LON, LAT = 117.0213, 36.6541
HALF = 0.0001  # degrees: a building of about 18 × 22 m


def square(lon: float, lat: float, half: float = HALF) -> list[tuple[float, float]]:
    return [
        (lon - half, lat - half),
        (lon + half, lat - half),
        (lon + half, lat + half),
        (lon - half, lat + half),
    ]


def draw(
    extract: Extract, tags: Mapping[str, str], lon: float = LON, lat: float = LAT, half: float = HALF
) -> float:
    """Add a closed way; return its geodesic area in m²."""
    corners = square(lon, lat, half)
    nodes = [extract.add_node(*corner) for corner in corners]
    extract.add_way([*nodes, nodes[0]], **keywords(tags))
    return abs(GEOD.polygon_area_perimeter(*zip(*corners, strict=True))[0])


def read(extract: Extract, tmp_path: Path) -> ExtractedLand:
    return read_land(extract.write(tmp_path / "land.osm.pbf"))


def test_a_building_is_its_footprint_times_levels_in_its_cell(tmp_path: Path) -> None:
    extract = Extract()
    ground_m2 = draw(extract, {"building": "apartments", "building:levels": "11"})
    ground_m2 += draw(extract, {"building": "apartments", "building:levels": "11"}, LON + HALF * 2)
    found = read(extract, tmp_path)
    assert found.counts.buildings == 2
    assert found.land.floor_m2.sum() == pytest.approx(11 * ground_m2, rel=1e-4)
    assert found.land.residential_m2.sum() == found.land.road_m.sum() == 0
    cells = cells_at_points(found.land.points, LAND_RESOLUTION)
    assert set(cells.tolist()) == set(
        cells_at_points([(LON, LAT), (LON + HALF * 2, LAT)], LAND_RESOLUTION).tolist()
    )


@pytest.mark.parametrize(
    ("kind", "levels", "times"),
    [
        ("yes", "<b>9", ASSUMED_LEVELS["yes"] * UNKNOWN_KIND_SHARE),
        ("apartments", "-2", ASSUMED_LEVELS["apartments"]),
        ("apartments", "3.5", 3.5),
        ("apartments", "５", 5.0),
        ("apartments", "40000", ASSUMED_LEVELS["apartments"]),
        ("<script>alert(1)</script>", "2", 2.0 * UNKNOWN_KIND_SHARE),
        ("school", "5", 0.0),
    ],
)
def test_odd_tags_are_read_or_ignored_with_sense(
    tmp_path: Path, kind: str, levels: str, times: float
) -> None:
    extract = Extract()
    ground_m2 = draw(extract, {"building": kind, "building:levels": levels})
    assert read(extract, tmp_path).land.floor_m2.sum() == pytest.approx(times * ground_m2, rel=1e-4)


@pytest.mark.parametrize("use", ["amenity", "office", "industrial", "leisure"])
def test_a_building_of_no_kind_with_another_use_has_no_homes(tmp_path: Path, use: str) -> None:
    extract = Extract()
    draw(extract, {"building": "yes", use: "school"})
    ground_m2 = draw(extract, {"building": "apartments", use: "kindergarten"}, lat=LAT + 0.001)
    assert read(extract, tmp_path).land.floor_m2.sum() == pytest.approx(
        ASSUMED_LEVELS["apartments"] * ground_m2, rel=1e-4
    )


@pytest.mark.parametrize("kind", ["building", "landuse"])
@pytest.mark.parametrize("inner_first", [False, True])
def test_what_is_drawn_as_a_way_and_as_a_relation_of_it_counts_once(
    tmp_path: Path, kind: str, inner_first: bool
) -> None:
    """A house with a courtyard: the relation counts, without the courtyard, and not its outer way as well."""
    extract, column = Extract(), "floor_m2" if kind == "building" else "residential_m2"
    tags = (
        {"building": "apartments", "building:levels": "3"}
        if kind == "building"
        else {"landuse": "residential"}
    )
    times = 3 if kind == "building" else 1
    ways: dict[int, str] = {}
    ground_m2 = {}
    for role in ("inner", "outer") if inner_first else ("outer", "inner"):
        size, own = (HALF / 2, {}) if role == "inner" else (HALF, tags)
        ground_m2[role] = draw(extract, own, half=size)
        ways[len(extract.ways)] = role
    ring_m2 = ground_m2["outer"] - ground_m2["inner"]
    alone = read(extract, tmp_path).land
    assert getattr(alone, column).sum() == pytest.approx(times * ground_m2["outer"], rel=1e-4)
    extract.add_relation(ways, type="multipolygon", **keywords(tags))
    found = read(extract, tmp_path).land
    assert getattr(found, column).sum() == pytest.approx(times * ring_m2, rel=1e-4)


def test_a_way_counts_where_its_relation_is_broken(tmp_path: Path) -> None:
    extract = Extract()
    ground_m2 = draw(extract, {"building": "apartments", "building:levels": "3"})
    extract.add_relation(
        {len(extract.ways): "outer", 999: "outer"}, type="multipolygon", building="apartments"
    )
    found = read(extract, tmp_path).land
    assert found.floor_m2.sum() == pytest.approx(3 * ground_m2, rel=1e-4)


def test_a_building_that_says_it_has_no_such_use_has_homes(tmp_path: Path) -> None:
    extract = Extract()
    ground_m2 = draw(extract, {"building": "yes", "office": "no", "tourism": "no", "building:levels": "1"})
    assert read(extract, tmp_path).land.floor_m2.sum() == pytest.approx(
        UNKNOWN_KIND_SHARE * ground_m2, rel=1e-4
    )


def test_residential_land_is_spread_over_its_cells(tmp_path: Path) -> None:
    extract = Extract()
    wide_m2 = draw(extract, {"landuse": "residential"}, half=0.005)
    small_m2 = draw(extract, {"landuse": "residential"}, LON + 0.05)
    draw(extract, {"landuse": "farmland"}, LON, LAT + 0.05)
    found = read(extract, tmp_path)
    assert found.counts.residential == 2
    land = found.land
    assert land.residential_m2.sum() == pytest.approx(wide_m2 + small_m2, rel=1e-3)
    far = np.abs(land.points[:, 0] - LON) > 0.02
    assert land.residential_m2[far].tolist() == [pytest.approx(small_m2, rel=1e-3)]
    within = (np.abs(land.points - (LON, LAT)) <= 0.005).all(axis=1)
    assert (~far == within).all()
    assert within.sum() > 50


def test_roads_of_the_town_are_measured_in_pieces(tmp_path: Path) -> None:
    town = make_town()
    found = read(town, tmp_path)
    where = {id_: place for id_, place, _ in town.nodes}
    expected = sum(
        GEOD.line_length(*zip(*(where[node] for node in nodes), strict=True))
        for nodes, tags in town.ways
        if tags.get("highway") == "residential"
    )
    assert found.counts.roads == sum(tags.get("highway") == "residential" for _, tags in town.ways)
    assert found.land.road_m.sum() == pytest.approx(expected, rel=1e-4)
    assert found.land.road_m.max() < 800  # a cell of 130 m holds no whole street


def test_outlines_that_cannot_be_are_counted_and_left_out(tmp_path: Path) -> None:
    extract = Extract()
    draw(extract, {"building": "house"}, half=0.01)  # 4 km²
    draw(extract, {"landuse": "residential"}, half=0.1)  # 400 km²
    lonely = extract.add_node(LON, LAT)
    extract.add_way([lonely, 9_999_999], highway="residential")  # a node that the file lacks
    far = extract.add_node(-100.0, 10.0)
    extract.add_way([lonely, far], highway="residential")
    bow = [extract.add_node(LON + x, LAT + y) for x, y in ((0, 0), (HALF, HALF), (HALF, 0), (0, HALF))]
    extract.add_way([*bow, bow[0]], building="house")
    found = read(extract, tmp_path)
    assert (len(found.land), found.counts.buildings, found.counts.residential, found.counts.roads) == (
        0,
        0,
        0,
        0,
    )
    assert found.counts.unusable >= 4
    assert MAX_FOOTPRINT_M2 < MAX_RESIDENTIAL_M2


def test_an_extract_without_land_has_no_cells_and_can_be_stored(tmp_path: Path) -> None:
    extract = Extract()
    extract.add_node(LON, LAT, amenity="school", name="小学")
    found = read(extract, tmp_path)
    assert len(found.land) == 0
    write_land(found.land, tmp_path / "land.npz")
    assert len(read_stored_land(tmp_path / "land.npz")) == 0


def test_what_is_stored_is_read_again(tmp_path: Path) -> None:
    land = read(make_town(), tmp_path).land
    size = write_land(land, tmp_path / "land.npz")
    assert size == (tmp_path / "land.npz").stat().st_size
    again = read_stored_land(tmp_path / "land.npz")
    assert again.extent == land.extent
    assert (again.points == land.points).all()
    assert (again.amounts() == land.amounts()).all()


def _cut(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def _text(path: Path) -> None:
    path.write_text("点,人\n", encoding="utf-8")


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _negative(path: Path) -> None:
    one = np.ones(1)
    columns = {"floor_m2": -one, "residential_m2": one, "road_m": one}
    np.savez(path, form=np.int64(FORM), extent=np.zeros(4), points=np.ones((1, 2)), **columns)


def _objects(path: Path) -> None:
    np.savez(path, form=np.array([print], dtype=object), extent=np.zeros(4))


def _flipped(path: Path) -> None:
    """Write cells of which one byte of the compressed columns is wrong, so that they can't be unpacked."""
    some = np.random.default_rng(1).uniform(0, 1, (3_000, 2))
    write_land(LandCells(some, some[:, 0], some[:, 0], some[:, 0], (0.0, 0.0, 1.0, 1.0)), path)
    content = bytearray(path.read_bytes())
    content[2_001] ^= 0xFF
    path.write_bytes(content)


@pytest.mark.parametrize("harm", [_flipped, _cut, _text, _empty, _negative, _objects])
def test_a_damaged_land_is_refused(tmp_path: Path, harm: object) -> None:
    place = tmp_path / "land.npz"
    write_land(read(make_town(), tmp_path).land, place)
    assert callable(harm)
    harm(place)
    with pytest.raises(FaultError, match="no land of built streets"):
        read_stored_land(place)


def test_a_truncated_extract_is_named_and_no_land_comes_of_it(tmp_path: Path) -> None:
    file = make_town().write(tmp_path / "town.osm.pbf")
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(FaultError) as told:
        read_land(file)
    assert told.value.faults[0].file == str(file)
    (tmp_path / "other.osm.pbf").write_text("<osm/>", encoding="utf-8")
    with pytest.raises(FaultError, match="no OpenStreetMap extract"):
        read_land(tmp_path / "other.osm.pbf")


def test_the_middles_of_the_land_are_in_its_box(tmp_path: Path) -> None:
    land = read(make_town(), tmp_path).land
    assert len(land.within(land.extent)) == len(land)
    assert isinstance(land, LandCells)
