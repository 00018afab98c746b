"""Of a road the point nearest to the rider is meant, and roads cross in a roundabout but not at different heights."""

from collections.abc import Iterator
from functools import cache
from math import cos, radians
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo.districts import Districts
from geo.formats.outlines import read_outlines
from geo.place_names.kinds import StreetKind
from tests.street_town import JINAN, Extract
from tests.tiers import budget
from yihui.files.street_names.extract import read_extract
from yihui.files.street_names.reading import NamesFile
from yihui.files.street_names.search import FoundName, search_names
from yihui.files.street_names.writing import write_names

METRES = np.array([111_195 * cos(radians(JINAN[1])), 111_195])
# East and north in metres, of the vertices; several lines are the ways of one road.
ROADS = {
    "直路": [[(0, 0), (950, 0)]],
    "短路": [[(0, 3000), (60, 3000)]],
    "弯路": [[(0, 6000), (300, 6000), (300, 6400), (-100, 6400)]],
    "双向路": [[(0, 9000), (700, 9000)], [(700, 9020), (0, 9020)]],
    "接续路": [[(0, 12000), (210, 12000)], [(210, 12000), (260, 12000)], [(260, 12000), (800, 12100)]],
    "环路": [[(0, 15000), (400, 15000), (400, 15400), (0, 15400), (0, 15000)]],
}
ASIDE_M = (0, 40, 150)


def node(town: Extract, east_m: float, north_m: float) -> int:
    return town.add_node(*(np.array(JINAN) + (east_m, north_m) / METRES).tolist())


@cache
def shandong() -> Districts:
    return Districts(read_outlines())


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NamesFile]:
    folder, extract = tmp_path_factory.mktemp("roads"), Extract()
    nodes: dict[tuple[int, int], int] = {}
    for name, ways in ROADS.items():
        for way in ways:
            for at in way:
                if at not in nodes:
                    nodes[at] = node(extract, *at)
            extract.add_way([nodes[at] for at in way], highway="primary", name=name)
    found = read_extract(extract.write(folder / "roads.osm.pbf"))
    write_names(found, shandong(), folder / "names.sqlite")
    yield NamesFile.open(folder / "names.sqlite")


@pytest.mark.deeper
@pytest.mark.parametrize("name", ROADS)
@pytest.mark.parametrize("aside_m", ASIDE_M)
def test_the_distance_to_a_road_is_that_to_its_line(names: NamesFile, name: str, aside_m: int) -> None:
    line = shapely.MultiLineString(ROADS[name])
    rng = np.random.default_rng(aside_m)
    for share in (0, 0.5, 1, *rng.random(budget(60))):
        on_road = line.interpolate(share, normalized=True)
        turn = rng.uniform(0, 2 * np.pi)
        rider = np.array(on_road.coords[0]) + aside_m * np.array([np.cos(turn), np.sin(turn)])
        near = (np.array(JINAN) + rider / METRES).tolist()
        found = next(
            one for one in search_names(names, name, 5, (near[0], near[1])) if one.kind is StreetKind.ROAD
        )
        exact_m = line.distance(shapely.Point(rider))
        assert found.distance_m == pytest.approx(exact_m, abs=100)  # a corner is cut
        shown = (np.array((found.lon, found.lat)) - JINAN) * METRES
        assert line.distance(shapely.Point(shown)) <= 100


@pytest.mark.parametrize("name", ["直路", "短路", "接续路"])
def test_a_rider_on_a_straight_road_stands_on_it(names: NamesFile, name: str) -> None:
    line = shapely.MultiLineString(ROADS[name])
    for share in np.linspace(0, 1, 41):
        lon, lat = (np.array(JINAN) + line.interpolate(share, normalized=True).coords[0] / METRES).tolist()
        (found, *_) = search_names(names, name, 5, (lon, lat))
        assert found.distance_m is not None
        assert found.distance_m <= 10


ARMS = {"东风路": (1, 0), "北风路": (0, 1), "西风路": (-1, 0), "南风路": (0, -1)}


def find(town: Extract, folder: Path, typed: str) -> list[FoundName]:
    file = folder / "names.sqlite"
    write_names(read_extract(town.write(folder / "town.osm.pbf")), shandong(), file)
    return crossings_in(NamesFile.open(file), typed)


def crossings_in(names: NamesFile, typed: str) -> list[FoundName]:
    return [one for one in search_names(names, typed) if one.kind is StreetKind.CROSSING]


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


@pytest.mark.endure
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
        (found,) = crossings_in(names, typed)
        assert (found.lon, found.lat) == pytest.approx(JINAN, abs=1e-6)


@pytest.mark.endure
def test_a_ring_of_a_kilometre_is_no_roundabout(tmp_path: Path) -> None:
    assert find(roundabout(1000, 4, junction="circular"), tmp_path, "东风路与西风路") == []


@pytest.mark.endure
def test_a_bridge_over_a_road_is_no_crossing(tmp_path: Path) -> None:
    town = Extract()
    town.add_way([node(town, -300, 0), node(town, 300, 0)], highway="primary", name="东风路")
    over = [node(town, 0, -300), node(town, 0, 300)]
    town.add_way(over, highway="primary", name="西风路", bridge="yes", layer="1")
    assert find(town, tmp_path, "东风路与西风路") == []
