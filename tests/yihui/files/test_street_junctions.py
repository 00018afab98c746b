"""Roads that meet in a roundabout cross there; roads at different heights do not."""

from functools import cache
from math import cos, radians
from pathlib import Path

import pytest

from geo.districts import Districts
from geo.formats.outlines import read_outlines
from geo.place_names.kinds import StreetKind
from tests.street_town import JINAN, Extract
from yihui.files.street_names.extract import read_extract
from yihui.files.street_names.reading import NamesFile
from yihui.files.street_names.search import FoundName, search_names
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


def test_a_ring_of_a_kilometre_is_no_roundabout(tmp_path: Path) -> None:
    assert find(roundabout(1000, 4, junction="circular"), tmp_path, "东风路与西风路") == []


def test_a_bridge_over_a_road_is_no_crossing(tmp_path: Path) -> None:
    town = Extract()
    town.add_way([node(town, -300, 0), node(town, 300, 0)], highway="primary", name="东风路")
    over = [node(town, 0, -300), node(town, 0, 300)]
    town.add_way(over, highway="primary", name="西风路", bridge="yes", layer="1")
    assert find(town, tmp_path, "东风路与西风路") == []
