"""An extract for the riders' map: the middle of Jinan, with streets, blocks of houses, a lake, a park and names.

Positions are made up; the names of roads and landmarks are those of tests/street_town.py and alike.
"""

import random
from collections.abc import Sequence
from pathlib import Path

from tests.street_town import COLUMNS, JINAN, LANDMARKS, ROWS, STEP_LAT, STEP_LON, Extract, keywords

SIDE = 30  # blocks of 250 m: seven and a half kilometres
_FIRST = -8  # the blocks of tests/street_town.py begin at 0
_ALLEYS = (
    "曲水亭街",
    "王府池子街",
    "后宰门街",
    "鞭指巷",
    "县前街",
    "按察司街",
    "启明街",
    "青龙后街",
    "朝山街",
    "文化西路",
)
_LAKE, _PARK, _CAMPUS = (
    (0, 4, 5, 8),
    (4, -2, 7, 1),
    (8, 4, 10, 6),
)  # from block, to block; west, south, east, north
_TURN = 0.05  # the grid is turned a little


def make_mapped_town() -> Extract:
    """Return the town. It is the same at each call."""
    return _Town().build()


def build_town_map(folder: Path, town: Extract) -> Path:
    """Build the map of a town in a folder of streets in ``folder``, as the command does; return it."""
    from yihui.services.streets.folder import PartRecord, StreetsFolder, StreetsPart
    from yihui.services.streets.map_building import FORM, build_street_map

    streets = StreetsFolder(folder / "streets")
    streets.path.mkdir()
    size, tiles = build_street_map(town.write(folder / "town.osm.pbf"), streets.part(StreetsPart.MAP))
    counts = {"tiles": tiles}
    record = PartRecord(
        extract="town.osm.pbf", sha256="0", form=FORM, built_at="", size_bytes=size, counts=counts
    )
    streets.record(StreetsPart.MAP, record)
    return streets.path


def _numeral(number: int) -> str:
    """A number from 1 to 29 in Hanzi."""
    tens, ones = divmod(number, 10)
    return ("", "十", "二十")[tens] + ("", *"一二三四五六七八九")[ones]


class _Town:
    def __init__(self) -> None:
        self.extract = Extract()
        self.random = random.Random(1)
        self.corners: dict[tuple[int, int], int] = {}

    def build(self) -> Extract:
        self._streets()
        for i in self._range():
            for j in self._range():
                self._block(i, j)
        self._water_and_green()
        for name, tags, i, j in LANDMARKS:
            self.extract.add_node(*self._place(i, j), name=name, **keywords(tags))
        return self.extract

    def _range(self) -> range:
        return range(_FIRST, _FIRST + SIDE)

    def _place(self, i: float, j: float) -> tuple[float, float]:
        return JINAN[0] + STEP_LON * (i + _TURN * j), JINAN[1] + STEP_LAT * (j - _TURN * i)

    def _node(self, i: float, j: float) -> int:
        return self.extract.add_node(*self._place(i, j))

    def _ring(self, places: Sequence[tuple[float, float]], **tags: str) -> None:
        nodes = [self._node(i, j) for i, j in places]
        self.extract.add_way([*nodes, nodes[0]], **tags)

    def _streets(self) -> None:
        self.corners = {(i, j): self._node(i, j) for i in self._range() for j in self._range()}
        for along, names in ((0, COLUMNS), (1, ROWS)):
            for at in self._range():
                nodes = [self.corners[(at, x) if along == 0 else (x, at)] for x in self._range()]
                name = names[at] if 0 <= at < len(names) else f"{'纬经'[along]}{_numeral(abs(at))}路"
                kind = "primary" if at % 6 == 0 else "secondary" if at % 3 == 0 else "residential"
                for start in range(0, SIDE - 1, 4):  # a road is several ways, cut at crossings
                    self.extract.add_way(nodes[start : start + 5], highway=kind, name=name)

    def _is_open(self, i: int, j: int) -> bool:
        """Whether the block belongs to the lake or the park."""
        return any(w <= i < e and s <= j < n for w, s, e, n in (_LAKE, _PARK))

    def _block(self, i: int, j: int) -> None:
        if self._is_open(i, j):
            return
        nodes = [self._node(i + x, j + 0.5) for x in (0.06, 0.5, 0.94)]
        name = self.random.choice(_ALLEYS) if self.random.random() < 0.4 else ""
        self.extract.add_way(nodes, highway="service", **({"name": name} if name else {}))
        if self.random.random() < 0.5:
            self.extract.add_way([self._node(i + 0.5, j + y) for y in (0.5, 0.7, 0.95)], highway="footway")
        for x in (0.1, 0.3, 0.5, 0.7):
            for y in (0.1, 0.28, 0.58, 0.78):
                if self.random.random() < 0.85:
                    self._house(i + x, j + y)

    def _house(self, i: float, j: float) -> None:
        wide, deep = self.random.uniform(0.08, 0.17), self.random.uniform(0.06, 0.13)
        self._ring([(i, j), (i + wide, j), (i + wide, j + deep), (i, j + deep)], building="yes")

    def _water_and_green(self) -> None:
        west, south, east, north = _LAKE
        shore = [(west + 0.2, south + 0.3), (west + 1.4, south + 0.2), (east - 0.3, south + 0.5), (east - 0.2, north - 0.6),
                 (west + 1.5, north - 0.2), (west + 0.3, north - 0.8)]  # fmt: skip
        self._ring(shore, natural="water", name="大明湖")
        self._ring([(west, south), (east, south), (east, north), (west, north)], leisure="park")
        west, south, east, north = _PARK
        self._ring(
            [(west, south), (east, south), (east, north), (west, north)], leisure="park", name="植物园"
        )
        west, south, east, north = _CAMPUS
        self._ring(
            [(west, south), (east, south), (east, north), (west, north)],
            amenity="university",
            name="山东师范大学",
        )
        moat = [self._node(-8 + x, 3.5 + 0.3 * (x % 3)) for x in range(9)]
        self.extract.add_way(moat, waterway="river", name="护城河")
        rails = [self._node(-8 + 2 * x, 9.2 + 0.1 * x) for x in range(15)]
        self.extract.add_way(rails, railway="rail")
