"""Streets of a province: how long an extract of it takes to build, with how much memory, and how long a search takes.

The extract is generated: as many nodes of named roads and as many names as a province has, spread over Shandong,
most of them in its towns. `yihui streets build` makes all parts of it; the peak memory is that of the largest process,
Valhalla and tilemaker among them. ``python -m bench.streets EXTRACT FOLDER`` starts the build and measures it.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.measurement import Measurement
from yihui.services.streets.folder import StreetsFolder, StreetsPart

NAMES, ROAD_NODES = 1_500_000, 3_000_000
GOAL_MINUTES, GOAL_GB, GOAL_MS = 10.0, 4.0, 20.0
_WEST, _SOUTH, _EAST, _NORTH = 115.0, 34.6, 122.4, 38.0
_TOWNS = 400
_PER_WAY, _PER_STREET = 6, 4  # nodes of a way, and ways of a street
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
_FINE = "泉城和平解放建设人民中山文化胜利光明幸福新华长江黄河泰山东风北园经纬历山大明湖工业科技学府凤凰旅游世纪金水银河花园春华秋实龙腾虎跃海棠玉兰紫荆阳光嘉禾富强民主自由友谊"
_ROAD_ENDS = ("路", "街", "大街", "大道", "巷", "一路", "二路", "三路", "东路", "西路", "南路", "北路")
_PLACES = (
    ("小区", {"landuse": "residential"}, 0.22),
    ("村", {"place": "village"}, 0.18),
    ("小学", {"amenity": "school"}, 0.06),
    ("超市", {"shop": "supermarket"}, 0.12),
    ("卫生室", {"amenity": "clinic"}, 0.08),
    ("站", {"highway": "bus_stop"}, 0.14),
    ("公园", {"leisure": "park"}, 0.03),
    ("饭店", {"amenity": "restaurant"}, 0.12),
    ("有限公司", {"office": "company"}, 0.05),
)
_QUERIES = (
    *("泉城路", "人民路", "quanchenglu", "rmlu", "qcl", "小区", "超市", "建设路与人民路", "济南和平小区"),
    *(
        "和平小取",
        "圈城路",
        "泉城陸",
        "泰山小学",
        "王",
        "路",
        "文化路100号",
        "gongyuan",
        "wenhua lu",
        "xiaoqu",
    ),
    *(
        "阳光花园小区",
        "不存在的地方名",
        "解放路解放街交叉口",
        "青岛人民路",
        "zhongshan",
        "大明湖公园",
        "光明村",
    ),
)


def write_province(path: Path, names: int, nodes: int, seed: int = 7) -> None:
    """Write an extract with as many nodes of named roads, and as many names of roads, places and houses."""
    import osmium
    from osmium.osm.mutable import Node, Way

    rng = np.random.default_rng(seed)
    towns = rng.uniform((_WEST, _SOUTH), (_EAST, _NORTH), (_TOWNS, 2))
    number, road_nodes = 0, []
    ways = nodes // _PER_WAY
    places = max(0, names - ways // _PER_STREET)
    begins_at = _choose_beginnings(rng, ways)
    with osmium.SimpleWriter(str(path), overwrite=True) as writer:
        for point in _street_points(rng, towns, begins_at):
            number += 1
            writer.add_node(Node(id=number, location=point, version=1))
            road_nodes.append(number)
        for point, tags in _places(rng, towns, places):
            number += 1
            writer.add_node(Node(id=number, location=point, tags=tags, version=1))
        # Several ways in a row carry one name, as roads that an extract cuts.
        for at in range(ways):
            own = road_nodes[at * _PER_WAY : (at + 1) * _PER_WAY]
            if at % _PER_STREET:
                own.insert(0, road_nodes[at * _PER_WAY - 1])
            elif (other := int(begins_at[at // _PER_STREET])) >= 0:
                own.insert(0, road_nodes[other * _PER_WAY])
            name = _road_name(at // _PER_STREET)
            tags = {"highway": "residential", "name": name}
            writer.add_way(Way(id=at + 1, nodes=own, tags=tags, version=1))


def _choose_beginnings(rng: np.random.Generator, ways: int) -> NDArray[np.int64]:
    """Choose for each street one of the 200 ways before it, at whose first node it begins; -1 for a town's first."""
    first = np.arange(0, ways, _PER_STREET)
    chosen = first - rng.integers(1, 200, len(first))
    town, other = first * _TOWNS // max(1, ways), chosen * _TOWNS // max(1, ways)
    return np.where((chosen >= 0) & (town == other), chosen, -1)


def _street_points(
    rng: np.random.Generator, towns: NDArray[np.float64], begins_at: NDArray[np.int64]
) -> Iterator[tuple[float, float]]:
    """Yield the nodes of the ways, in streets of 1.2 km that begin at each other; streets of a town follow each other."""
    first_points: list[NDArray[np.float64]] = []
    for street, other in enumerate(begins_at.tolist()):
        at = first_points[other] if other >= 0 else towns[street * len(towns) // max(1, len(begins_at))]
        step = rng.choice(((0.0005, 0.0), (0.0, 0.0005), (-0.0005, 0.0), (0.0, -0.0005)))
        for turn in range(_PER_STREET * _PER_WAY):
            at = at + step
            if turn % _PER_WAY == 0:
                first_points.append(at)
            lon, lat = at.round(7).tolist()
            yield lon, lat


def _road_name(number: int) -> str:
    mixed = number * 2654435761 % (1 << 32)
    one, other, end = mixed % len(_FINE), mixed // 97 % len(_FINE), mixed // 7919 % len(_ROAD_ENDS)
    return f"{_FINE[one]}{_FINE[other]}{_ROAD_ENDS[end]}"


def _places(
    rng: np.random.Generator, towns: NDArray[np.float64], count: int
) -> Iterator[tuple[tuple[float, float], dict[str, str]]]:
    kinds = rng.choice(len(_PLACES), count, p=np.array([share for _, _, share in _PLACES]))
    where = towns[rng.integers(0, len(towns), count)] + rng.normal(0, 0.05, (count, 2))
    letters = rng.integers(0, len(_FINE), (count, 3))
    surnames = rng.integers(0, len(_SURNAMES), count)
    for n in range(count):
        suffix, tags, _ = _PLACES[kinds[n]]
        one, two, three = letters[n].tolist()
        middle = _FINE[two] if n % 3 else _FINE[two] + _FINE[three]
        lon, lat = where[n].round(7).tolist()
        named = {**tags, "name": f"{_SURNAMES[surnames[n]] if n % 2 else _FINE[one]}{middle}{suffix}"}
        if n % 5 == 0:
            named |= {"addr:street": _road_name(n), "addr:housenumber": str(n % 300 + 1)}
        yield (lon, lat), named


def build(extract: Path, folder: Path) -> dict[str, float]:
    """Build all parts through the command line; return the seconds and the peak memory in gigabytes."""
    begun = time.perf_counter()
    command = [sys.executable, "-m", "yihui", "streets", "build", str(extract), "--to", str(folder)]
    subprocess.run(command, capture_output=True, check=True, cwd=folder.parent)
    seconds = time.perf_counter() - begun
    return {"seconds": seconds, "peak_gb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6}


def read_part_minutes(folder: Path, begun: datetime) -> dict[str, tuple[float, float]]:
    """Return the minutes and the megabytes of each part, from when each was recorded."""
    found = {}
    for part, record in StreetsFolder(folder).records().items():
        built_at = datetime.fromisoformat(record.built_at)
        found[part.value] = ((built_at - begun).total_seconds() / 60, record.size_bytes / 1e6)
        begun = built_at
    return found


def measure() -> list[Measurement]:
    """Measure a build of all parts for a province, and searches in its names."""
    with tempfile.TemporaryDirectory() as parent:
        extract, folder = Path(parent, "province.osm.pbf"), Path(parent, "streets")
        write_province(extract, NAMES, ROAD_NODES)
        command = [sys.executable, "-m", "bench.streets", str(extract), str(folder)]
        begun = datetime.now(UTC)
        built = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
        parts = read_part_minutes(folder, begun)
        names = sum(StreetsFolder(folder).records()[StreetsPart.NAMES].counts.values())
        median_ms, p95_ms, worst = measure_searches(StreetsFolder(folder).part(StreetsPart.NAMES))
    of = f"{names:,} names of roads, places, crossings and houses, {ROAD_NODES:,} nodes of roads"
    each = ", ".join(f"{part} {minutes:.1f} min" for part, (minutes, _) in parts.items())
    tiles_min, tiles_mb = parts["map"]
    return [
        _measurement("streets.build", built["seconds"] / 60, "min", GOAL_MINUTES, f"{of}; {each}"),
        _measurement(
            "streets.build_peak", built["peak_gb"], "GB", GOAL_GB, "peak memory of the largest process of it"
        ),
        _measurement(
            "streets.tiles", tiles_min, "min", GOAL_MINUTES, f"the base map of it, {tiles_mb:,.0f} MB"
        ),
        _measurement(
            "streets.search_p95", p95_ms, "ms", GOAL_MS, f"{of}; median {median_ms:.1f} ms, slowest: {worst}"
        ),
    ]


def _measurement(name: str, value: float, unit: str, goal: float, detail: str) -> Measurement:
    return Measurement(name, value, unit, None, "<=", goal, value <= goal, detail)


def measure_searches(file: Path, rounds: int = 20) -> tuple[float, float, str]:
    """Return median and 95th percentile of milliseconds of a search, and the slowest text."""
    from yihui.files.street_names.reading import NamesFile
    from yihui.files.street_names.search import search_names

    names, rng = NamesFile.open(file), np.random.default_rng(3)
    times, worst = [], (0.0, "")
    for turn in range(rounds):
        for typed in _QUERIES:
            lon, lat = rng.uniform((117.0, 36.2), (120.0, 37.0)).tolist()
            begun = time.perf_counter()
            search_names(names, typed, 8, None if turn % 4 == 3 else (lon, lat))
            took = (time.perf_counter() - begun) * 1000
            times.append(took)
            worst = max(worst, (took, typed))
    return float(np.median(times)), float(np.percentile(times, 95)), f"{worst[1]} {worst[0]:.0f} ms"


if __name__ == "__main__":
    sys.stdout.write(json.dumps(build(Path(sys.argv[1]), Path(sys.argv[2]))))
