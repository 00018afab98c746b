"""An OpenStreetMap extract that the tests make: the middle of Jinan as a grid, with landmarks, and a second town.

Positions are made up; the names are those of well-known roads and places of Shandong.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from yihui.services.streets.folder import StreetsPart

JINAN, QINGDAO = (117.0, 36.65), (120.36, 36.08)
STEP_LON, STEP_LAT = 0.0028, 0.00225  # blocks of 250 m
COLUMNS = (
    "趵突泉北路",
    "芙蓉街",
    "榜棚街",
    "县西巷",
    "按察司街",
    "历山路",
    "山大路",
    "二环东路",
)  # from west to east
ROWS = (
    "经十路",
    "和平路",
    "解放路",
    "泉城路",
    "大明湖路",
    "北园大街",
    "工业北路",
    "济洛路",
)  # from south to north
# Name, tags and place, in blocks from the south-western corner.
LANDMARKS: Sequence[tuple[str, Mapping[str, str], float, float]] = (
    ("千佛山", {"natural": "peak"}, 3.0, -3.0),
    ("千佛山", {"highway": "bus_stop"}, 3.4, -0.1),
    ("千佛山", {"highway": "bus_stop"}, 3.6, 0.1),
    ("济南", {"railway": "station"}, -4.0, 5.0),
    ("济南站", {"highway": "bus_stop"}, -3.8, 4.6),
    ("大明湖公园", {"leisure": "park"}, 1.5, 4.6),
    ("趵突泉", {"tourism": "attraction"}, 0.1, 2.5),
    ("山东大学齐鲁医院", {"amenity": "hospital", "alt_name": "齐鲁医院"}, 1.2, 3.6),
    ("山东师范大学", {"amenity": "university"}, 5.0, 0.4),
    ("恒隆广场", {"shop": "mall", "addr:street": "泉城路", "addr:housenumber": "188"}, 2.0, 3.0),
    ("泉城广场", {"place": "square"}, 1.0, 2.4),
    ("甸柳新村", {"landuse": "residential"}, 6.5, 1.5),
    ("历下区大明湖街道", {"boundary": "administrative", "admin_level": "8"}, 2.2, 4.1),
    ("济南西站", {"railway": "station"}, -9.0, 2.0),
)


def build_only(*parts: str) -> tuple[str, ...]:
    """Return the options of `yihui streets build` that leave out all other parts."""
    return tuple(
        word for part in StreetsPart if part.value not in parts for word in ("--without", part.value)
    )


@dataclass
class Extract:
    """An extract in the making."""

    nodes: list[tuple[int, tuple[float, float], dict[str, str]]] = field(default_factory=list)
    ways: list[tuple[list[int], dict[str, str]]] = field(default_factory=list)
    relations: list[tuple[list[tuple[str, int, str]], dict[str, str]]] = field(default_factory=list)

    def add_node(self, lon: float, lat: float, **tags: str) -> int:
        self.nodes.append(
            (len(self.nodes) + 1, (lon, lat), {key.replace("__", ":"): v for key, v in tags.items()})
        )
        return len(self.nodes)

    def add_way(self, nodes: Sequence[int], **tags: str) -> int:
        self.ways.append((list(nodes), {key.replace("__", ":"): v for key, v in tags.items()}))
        return len(self.ways)

    def add_relation(self, ways: Mapping[int, str], **tags: str) -> int:
        """Add a relation of ways (id to role, such as outer); ids that no way has are members that are missing."""
        members = [("w", way, role) for way, role in ways.items()]
        self.relations.append((members, {key.replace("__", ":"): v for key, v in tags.items()}))
        return len(self.relations)

    def write(self, path: Path, *, ways_first: bool = False, sign: int = 1, packed: bool = True) -> Path:
        """Write the extract; ``ways_first`` and a negative ``sign`` of the ids make it one that can't be used.

        One that is not ``packed`` has its texts as they are, for a test that replaces their bytes.
        """
        import osmium
        from osmium.osm.mutable import Node, Relation, Way

        to = str(path) if packed else osmium.io.File(str(path), "pbf,pbf_compression=none")
        with osmium.SimpleWriter(to, overwrite=True) as writer:
            points = [Node(id=sign * id_, location=at, tags=tags, version=1) for id_, at, tags in self.nodes]
            ways = [
                Way(id=sign * id_, nodes=[sign * node for node in nodes], tags=tags, version=1)
                for id_, (nodes, tags) in enumerate(self.ways, 1)
            ]
            for thing in (*ways, *points) if ways_first else (*points, *ways):
                writer.add(thing)
            for id_, (members, tags) in enumerate(self.relations, 1):
                writer.add_relation(Relation(id=id_, members=members, tags=tags, version=1))
        return path


def make_town() -> Extract:
    """Return the two towns: a grid of named roads in Jinan, cut into several ways, and 泉城路 again in Qingdao."""
    town = Extract()
    corners = {
        (i, j): town.add_node(JINAN[0] + STEP_LON * i, JINAN[1] + STEP_LAT * j)
        for i in range(len(COLUMNS))
        for j in range(len(ROWS))
    }
    for i, name in enumerate(COLUMNS):
        nodes = [corners[i, j] for j in range(len(ROWS))]
        for part, more in zip(
            _halves(nodes), ({}, {"name__en": name}), strict=True
        ):  # often only one half has it
            town.add_way(part, highway="secondary", name=name, **more)
    for j, name in enumerate(ROWS):
        nodes = [corners[i, j] for i in range(len(COLUMNS))]
        for part, more in zip(_halves(nodes), ({"alt_name": f"{name}主路"}, {}), strict=True):
            town.add_way(part, highway="residential", name=name, **more)
    for name, tags, i, j in LANDMARKS:
        town.add_node(JINAN[0] + STEP_LON * i, JINAN[1] + STEP_LAT * j, name=name, **keywords(tags))
    for number in (1, 3, 8, 190, 198, 200):
        place = JINAN[0] + STEP_LON * number / 40, JINAN[1] + STEP_LAT * 3.1
        town.add_node(*place, addr__street="泉城路", addr__housenumber=f"{number}号")
    other = [town.add_node(QINGDAO[0] + STEP_LON * i, QINGDAO[1]) for i in range(4)]
    town.add_way(other, highway="residential", name="泉城路")
    town.add_node(*QINGDAO, name="青岛站", railway="station")
    town.add_node(QINGDAO[0], QINGDAO[1] + 0.01, name="泉城路小学", amenity="school")
    return town


def _halves(nodes: Sequence[int]) -> Iterator[Sequence[int]]:
    middle = len(nodes) // 2
    yield nodes[: middle + 1]
    yield nodes[middle:]


def keywords(tags: Mapping[str, str]) -> dict[str, str]:
    return {key.replace(":", "__"): value for key, value in tags.items()}


def build_town_names(folder: Path) -> Path:
    """Build the names of the town in a folder of streets, as the command does; return it."""
    from geo.districts import Districts
    from geo.formats.outlines import read_outlines
    from yihui.files.street_names.extract import read_extract
    from yihui.files.street_names.schema import FORM
    from yihui.files.street_names.writing import write_names
    from yihui.services.streets.folder import PartRecord, StreetsFolder, StreetsPart

    folder.mkdir(exist_ok=True)
    streets = StreetsFolder(folder)
    found = read_extract(make_town().write(folder.parent / "town.osm.pbf"))
    place = streets.part(StreetsPart.NAMES)
    place.unlink(missing_ok=True)
    write_names(found, Districts(read_outlines()), place)
    size = place.stat().st_size
    record = PartRecord(extract="town.osm.pbf", sha256="0", form=FORM, built_at="", size_bytes=size)
    streets.record(StreetsPart.NAMES, record)
    return folder
