"""Of a road the point nearest to the rider is meant, as an exact look at the whole line finds it."""

from collections.abc import Iterator
from math import cos, radians

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
from yihui.files.street_names.search import search_names
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


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NamesFile]:
    folder, extract = tmp_path_factory.mktemp("roads"), Extract()
    nodes: dict[tuple[int, int], int] = {}
    for name, ways in ROADS.items():
        for way in ways:
            for at in way:
                if at not in nodes:
                    lon, lat = (np.array(JINAN) + np.array(at) / METRES).tolist()
                    nodes[at] = extract.add_node(lon, lat)
            extract.add_way([nodes[at] for at in way], highway="primary", name=name)
    found = read_extract(extract.write(folder / "roads.osm.pbf"))
    write_names(found, Districts(read_outlines()), folder / "names.sqlite")
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
