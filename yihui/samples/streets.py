"""An OpenStreetMap extract of made-up streets around the springs of 济南: a grid of named roads, with landmarks."""

from pathlib import Path

_WEST, _SOUTH = 117.006, 36.660
_STEP_LON, _STEP_LAT = 0.0028, 0.00225  # blocks of 250 m
_COLUMNS = ("趵突泉北路", "芙蓉街", "榜棚街", "县西巷", "按察司街", "历山路")  # from west to east
_ROWS = ("解放路", "泉城路", "大明湖路", "北园大街")  # from south to north
# Name, tag and place, in blocks from the south-western corner.
_LANDMARKS = (
    ("示例公园", ("leisure", "park"), 1.5, 2.4),
    ("示例医院", ("amenity", "hospital"), 3.4, 0.5),
    ("示例广场", ("place", "square"), 2.3, 1.4),
)
_HOUSES = (1, 3, 8, 190, 198, 200)  # of 泉城路
_AROUND = 12  # blocks of roads without names on each side


def write_sample_extract(path: Path) -> Path:
    """Write the extract as PBF."""
    import osmium
    from osmium.osm.mutable import Node, Way

    nodes: list[Node] = []

    def add_node(i: float, j: float, **tags: str) -> int:
        at = (_WEST + _STEP_LON * i, _SOUTH + _STEP_LAT * j)
        nodes.append(Node(id=len(nodes) + 1, location=at, tags=tags, version=1))
        return len(nodes)

    columns, rows = (range(-_AROUND, len(names) + _AROUND) for names in (_COLUMNS, _ROWS))
    corners = {(i, j): add_node(i, j) for i in columns for j in rows}
    roads = [(dict(enumerate(_COLUMNS)).get(i, ""), [corners[i, j] for j in rows]) for i in columns]
    roads += [(dict(enumerate(_ROWS)).get(j, ""), [corners[i, j] for i in columns]) for j in rows]
    for name, (key, value), i, j in _LANDMARKS:
        add_node(i, j, name=name, **{key: value})
    for number in _HOUSES:
        add_node(number / 50, 1.1, **{"addr:street": "泉城路", "addr:housenumber": f"{number}号"})
    with osmium.SimpleWriter(str(path), overwrite=True) as writer:
        for node in nodes:
            writer.add_node(node)
        for id_, (name, along) in enumerate(roads, 1):
            tags = {"highway": "residential"} | ({"name": name} if name else {})
            writer.add_way(Way(id=id_, nodes=along, tags=tags, version=1))
    return path
