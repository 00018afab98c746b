"""Roads that meet in a roundabout or through a short link cross there; roads at different heights do not."""

from functools import cache
from itertools import pairwise
from math import cos, radians
from pathlib import Path

import pytest

from geo.districts import Districts
from geo.formats.outlines import read_outlines
from tests.street_town import JINAN, Extract
from yihui.files.street_names.extract import read_extract
from yihui.files.street_names.reading import NamesFile
from yihui.files.street_names.search import FoundName, search_crossings
from yihui.files.street_names.writing import write_names

pytestmark = pytest.mark.endure
EAST_M, NORTH_M = 111_195 * cos(radians(JINAN[1])), 111_195
ARMS = {"东风路": (1, 0), "北风路": (0, 1), "西风路": (-1, 0), "南风路": (0, -1)}


def node(town: Extract, east_m: float, north_m: float) -> int:
    return town.add_node(JINAN[0] + east_m / EAST_M, JINAN[1] + north_m / NORTH_M)


@cache
def shandong() -> Districts:
    return Districts(read_outlines())


def find(town: Extract, folder: Path, typed: str) -> list[FoundName]:
    file = folder / "names.sqlite"
    write_names(read_extract(town.write(folder / "town.osm.pbf")), shandong(), file, {})
    return search_crossings(NamesFile.open(file), typed)


def roundabout(across_m: float, pieces: int, **tags: str) -> Extract:
    """Return four roads that end at a roundabout, which is mapped as so many ways."""
    town, half = Extract(), across_m / 2
    ring = [node(town, half * east, half * north) for east, north in ARMS.values()]
    for name, (east, north), at in zip(ARMS, ARMS.values(), ring, strict=True):
        out = node(town, east * (half + 300), north * (half + 300))
        town.add_way([at, out], highway="primary", name=name)
    ring.append(ring[0])
    step = 4 // pieces
    for start in range(0, 4, step):
        town.add_way(ring[start : start + step + 1], highway="primary", **tags)
    return town


def linked(length_m: float, link: dict[str, str], **raised: str) -> Extract:
    """Return two roads side by side, and a link between them."""
    town = Extract()
    first = [node(town, east, 0) for east in (-300, 0, 300)]
    second = [node(town, east, length_m) for east in (-300, 0, 300)]
    town.add_way(first, highway="primary", name="东风路")
    town.add_way(second, highway="primary", name="西风路", **raised)
    town.add_way([first[1], second[1]], **link)
    return town


@pytest.mark.parametrize(
    ("pieces", "tags"),
    [
        (4, {"junction": "roundabout", "name": "风口转盘"}),
        (2, {"junction": "circular"}),
        (1, {"junction": "roundabout"}),
    ],
)
def test_roads_cross_in_the_middle_of_their_roundabout(
    tmp_path: Path, pieces: int, tags: dict[str, str]
) -> None:
    find(roundabout(120, pieces, **tags), tmp_path, "东风路与北风路")
    names = NamesFile.open(tmp_path / "names.sqlite")
    for typed in ("东风路与北风路", "西风路与东风路", "南风路北风路交叉口"):
        (found,) = search_crossings(names, typed)
        assert (found.lon, found.lat) == pytest.approx(JINAN, abs=1e-6)


def test_a_ring_of_a_kilometre_is_no_roundabout(tmp_path: Path) -> None:
    assert find(roundabout(1000, 4, junction="circular"), tmp_path, "东风路与西风路") == []


@pytest.mark.parametrize(("length_m", "count"), [(40, 1), (200, 0)])
def test_a_short_link_at_a_roundabout_belongs_to_it(tmp_path: Path, length_m: float, count: int) -> None:
    town = roundabout(60, 1, junction="roundabout")
    start = node(town, 30 + length_m, 0)
    town.add_way([1, start], highway="primary_link")
    town.add_way([start, node(town, 30 + length_m, 400)], highway="primary", name="旁路")
    assert len(find(town, tmp_path, "旁路与西风路")) == count


@pytest.mark.parametrize(
    "link",
    [{"highway": "tertiary_link"}, {"highway": "residential"}, {"highway": "primary_link", "name": "匝道"}],
)
def test_roads_cross_through_a_short_link(tmp_path: Path, link: dict[str, str]) -> None:
    (found,) = find(linked(20, link), tmp_path, "东风路与西风路")
    assert (found.lon, found.lat) == pytest.approx((JINAN[0], JINAN[1] + 10 / NORTH_M), abs=1e-6)


@pytest.mark.parametrize(
    ("length_m", "link", "raised"),
    [
        (80, {"highway": "tertiary_link"}, {}),
        (20, {"highway": "residential", "name": "短街"}, {}),  # a street of its own
        (20, {"highway": "footway"}, {}),
        (20, {"highway": "service"}, {}),
        (20, {"highway": "motorway_link"}, {}),
        (20, {"highway": "trunk_link", "bridge": "yes"}, {}),
        (20, {"highway": "trunk_link", "layer": "-1"}, {}),
        (20, {"highway": "trunk_link"}, {"bridge": "viaduct", "layer": "1"}),
        (20, {"highway": "trunk_link"}, {"tunnel": "yes"}),
    ],
)
def test_roads_do_not_cross_through_what_is_no_link_of_one_level(
    tmp_path: Path, length_m: float, link: dict[str, str], raised: dict[str, str]
) -> None:
    assert find(linked(length_m, link, **raised), tmp_path, "东风路与西风路") == []


def test_short_links_in_a_row_are_not_one_link(tmp_path: Path) -> None:
    town = Extract()
    row = [node(town, 0, 40 * at) for at in range(4)]
    for one, other in pairwise(row):
        town.add_way([one, other], highway="primary_link")
    town.add_way([node(town, -300, 0), row[0]], highway="primary", name="东风路")
    town.add_way([node(town, -300, 120), row[-1]], highway="primary", name="西风路")
    assert find(town, tmp_path, "东风路与西风路") == []


def test_a_bridge_over_a_road_is_no_crossing(tmp_path: Path) -> None:
    town = Extract()
    town.add_way([node(town, -300, 0), node(town, 300, 0)], highway="primary", name="东风路")
    over = [node(town, 0, -300), node(town, 0, 300)]
    town.add_way(over, highway="primary", name="西风路", bridge="yes", layer="1")
    assert find(town, tmp_path, "东风路与西风路") == []


def test_a_link_beside_a_crossing_adds_none_and_moves_none(tmp_path: Path) -> None:
    town = Extract()
    middle = node(town, 0, 0)
    east, north = node(town, 30, 0), node(town, 0, 30)
    town.add_way([node(town, -300, 0), middle, east], highway="primary", name="东风路")
    town.add_way([node(town, 0, -300), middle, north], highway="primary", name="西风路")
    town.add_way([east, north], highway="primary_link")
    (found,) = find(town, tmp_path, "东风路与西风路")
    assert (found.lon, found.lat) == pytest.approx(JINAN, abs=1e-7)
