"""yihui streets: names and the map built from a real extract, resumed, searched; and what bad files get."""

import fcntl
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from geo.station import Kind, Station
from tests.raw_extract import write_raw_parks
from tests.street_town import JINAN, Extract, build_only, make_town
from tests.yihui.commands import Command
from tests.yihui.files.street_map_tiles import read_tiles
from yihui.bootstrap import Wiring, build_wiring, load_settings

NAMES_ALONE = build_only("names")


@pytest.fixture
def town(tmp_path: Path) -> Path:
    return make_town().write(tmp_path / "town.osm.pbf")


def build(
    yihui: Command, extract: Path, folder: Path, *options: str, part: str = "names"
) -> dict[str, object]:
    done = yihui("streets", "build", extract, "--to", folder, *build_only(part), *options, "--json")
    assert done.code == 0, done.words
    (built,) = json.loads(done.out)["parts"]
    return dict(built)


def names(yihui: Command, folder: Path, typed: str) -> list[str]:
    done = yihui("streets", "search", typed, "--streets", folder, "--near", "117.01,36.66", "--json")
    assert done.code == 0, done.words
    return [one["name"] for one in json.loads(done.out)]


def test_names_are_built_and_found_and_say_whose_they_are(yihui: Command, town: Path, tmp_path: Path) -> None:
    folder = tmp_path / "streets"
    said = yihui("streets", "build", town, "--to", folder, *NAMES_ALONE)
    assert said.code == 0
    assert "地名：已生成" in said.out
    assert f"yihui serve --streets {folder}" in said.out
    found = yihui("streets", "search", "泉城路200号", "--streets", folder, "--near", "117.01,36.66")
    assert found.out.splitlines()[0].startswith("泉城路200号 · 门牌号 · 济南市历下区 · ")
    assert "OpenStreetMap 贡献者（ODbL）" in found.words
    unknown = yihui("streets", "search", "泉城路196号", "--streets", folder).out
    assert "离 196 号最近的已知门牌" in unknown
    nothing = yihui("streets", "search", "没有这个地方", "--streets", folder)
    assert (nothing.code, nothing.out.strip()) == (0, "没有叫这个名称的地点")


WITH_MAP = pytest.mark.needs("tilemaker")
PARTS = [("names", "names.sqlite"), pytest.param("map", "map.mbtiles", marks=WITH_MAP)]


@pytest.mark.parametrize(("part", "file"), PARTS)
def test_a_part_that_is_built_stays_until_another_extract_comes(
    yihui: Command, town: Path, tmp_path: Path, part: str, file: str
) -> None:
    folder = tmp_path / "streets"
    first = build(yihui, town, folder, part=part)
    assert (first["part"], first["new"]) == (part, True)
    assert first["size_bytes"] == (folder / file).stat().st_size
    if part == "map":
        assert first["counts"] == {"tiles": len(read_tiles(folder / file))}
    assert build(yihui, town, folder, part=part) == {**first, "new": False}
    again = build(yihui, town, folder, "--again", part=part)
    assert again["new"] is True
    other = make_town()
    other.add_node(117.0, 36.66, name="新建公园", leisure="park")
    assert build(yihui, other.write(town), folder, part=part)["new"] is True
    assert sorted(path.name for path in folder.iterdir()) == sorted(["building.lock", file, "streets.json"])
    if part == "names":
        assert names(yihui, folder, "新建公园") == ["新建公园"]


@pytest.mark.needs("routing")
def test_the_ways_lie_beside_the_names_and_serve_travel_times(
    yihui: Command, town: Path, tmp_path: Path
) -> None:
    from geo.nearest.travel import Travel
    from yihui.services.stations.routing import StreetNetwork

    folder = tmp_path / "streets"
    done = yihui("streets", "build", town, "--to", folder, "--without", "map", "--json")
    assert {part["part"]: part["new"] for part in json.loads(done.out)["parts"]} == {
        "names": True,
        "ways": True,
        "townships": True,
    }
    network = StreetNetwork.open(folder, Travel.walk())  # the folder of the streets, or the ways in it
    assert network == StreetNetwork.open(folder / "ways", Travel.walk())


@pytest.mark.endure
@pytest.mark.needs("routing")
def test_ways_that_a_killed_build_set_aside_come_back(yihui: Command, town: Path, tmp_path: Path) -> None:
    folder = tmp_path / "streets"
    ways = build_only("ways")
    assert yihui("streets", "build", town, "--to", folder, *ways).code == 0
    (folder / "ways").rename(folder / "ways.former")
    assert yihui("streets", "build", town, "--to", folder, *build_only("townships")).code == 0
    assert (folder / "ways").is_dir() and not (folder / "ways.former").exists()
    (folder / "ways").rename(folder / "ways.former")
    again = yihui("streets", "build", town, "--to", folder, *ways, "--json")
    assert [part["new"] for part in json.loads(again.out)["parts"]] == [False]


def _cut(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) - 100])


def _spoil(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 8] = b"XXXXXXXX"
    path.write_bytes(bytes(content))


def _replace(path: Path) -> None:
    path.write_text("<osm version='0.6'/>", encoding="utf-8")


def _draw_nothing(path: Path) -> None:
    extract = Extract()
    extract.add_node(*JINAN, office="yes")
    extract.write(path)


@pytest.mark.parametrize(
    ("part", "harm", "said"),
    [
        ("names", _cut, "文件无法读完"),
        ("names", _replace, "这不是 PBF 格式的 OpenStreetMap 数据"),
        ("names", _draw_nothing, "里面没有带名称的道路或地点"),
        pytest.param("names", _spoil, "文件无法读完", marks=pytest.mark.endure),
        pytest.param("names", Path.unlink, "没有", marks=pytest.mark.endure),
        pytest.param("map", _cut, "无法用它生成地图", marks=WITH_MAP),
        pytest.param("map", _draw_nothing, "里面没有地图要显示的内容", marks=[WITH_MAP, pytest.mark.endure]),
    ],
)
def test_a_bad_extract_is_named_and_the_former_build_stays(
    yihui: Command, town: Path, tmp_path: Path, part: str, harm: Callable[[Path], None], said: str
) -> None:
    folder = tmp_path / "streets"
    build(yihui, town, folder, part=part)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    harm(town)
    done = yihui("streets", "build", town, "--to", folder, *build_only(part))
    assert done.code in (1, 3)
    assert said in done.err
    assert "town.osm.pbf" in done.err
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.endure
@pytest.mark.parametrize("part", ["names", "townships"])
def test_a_text_that_is_too_long_for_the_format_is_quoted(yihui: Command, tmp_path: Path, part: str) -> None:
    town = write_raw_parks(tmp_path / "town.osm.pbf", [("长" * 1_100).encode()])
    done = yihui("streets", "build", town, "--to", tmp_path / "streets", *build_only(part))
    assert (done.code, "town.osm.pbf" in done.err, "长长长长长" in done.err) == (1, True, True)
    assert "�" not in done.err


def test_a_folder_with_something_else_is_left_alone(yihui: Command, town: Path, tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "letter.txt").touch()
    done = yihui("streets", "build", town, "--to", tmp_path / "own", *NAMES_ALONE)
    assert done.code == 1
    assert "里有别的东西" in done.err
    assert [path.name for path in (tmp_path / "own").iterdir()] == ["letter.txt"]


def test_two_builders_of_one_folder_do_not_meet(yihui: Command, town: Path, tmp_path: Path) -> None:
    folder = tmp_path / "streets"
    build(yihui, town, folder)
    with (folder / "building.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = yihui("streets", "build", town, "--to", folder, *NAMES_ALONE, "--again")
    assert done.code == 1
    assert "另一个进程正在" in done.err


def test_a_refused_first_build_leaves_nothing(yihui: Command, town: Path, tmp_path: Path) -> None:
    _cut(town)
    (tmp_path / "own").mkdir()
    for folder in (tmp_path / "new", tmp_path / "own"):
        assert yihui("streets", "build", town, "--to", folder, *NAMES_ALONE).code == 1
        assert yihui("streets", "build", town, "--to", folder, *build_only("townships")).code == 1
    assert not (tmp_path / "new").exists()
    assert list((tmp_path / "own").iterdir()) == []


@pytest.mark.endure
@pytest.mark.parametrize(("part", "file"), PARTS)
def test_what_a_killed_build_left_behind_goes(
    yihui: Command, town: Path, tmp_path: Path, part: str, file: str
) -> None:
    folder = tmp_path / "streets"
    build(yihui, town, folder, part=part)
    (folder / "ways.new").mkdir()
    again = ("--again",) * (part == "map")
    if part == "map":
        shutil.copy(folder / file, folder / "new-map.mbtiles")
        (folder / "new-map.mbtiles-journal").write_bytes(b"half")
        (folder / "map.log").write_text("Reading", encoding="utf-8")
    else:
        (folder / "names.sqlite.new").write_bytes(b"half")
    build(yihui, town, folder, *again, part=part)
    assert sorted(path.name for path in folder.iterdir()) == sorted(["building.lock", file, "streets.json"])


def test_without_tilemaker_the_command_says_what_to_install_before_it_begins(
    yihui: Command, town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    done = yihui("streets", "build", town, "--to", tmp_path / "streets", "--without", "ways")
    assert done.code == 3
    assert "没有安装绘制地图瓦片的程序 tilemaker" in done.err
    assert "apt-get install tilemaker" in done.err
    assert "--without map" in done.err
    assert not (tmp_path / "streets").exists()


def test_a_full_disk_is_told_and_the_former_names_stay(yihui: Command, town: Path, tmp_path: Path) -> None:
    import resource
    import signal

    folder = tmp_path / "streets"
    build(yihui, town, folder)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # writing fails then, as on a full disk
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, limits[1]))
    try:
        done = yihui("streets", "build", town, "--to", folder, "--without", "ways", "--again")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert done.code == 1
    assert "地名没能写入" in done.err
    assert names(yihui, folder, "趵突泉")[0] == "趵突泉"
    assert not list(folder.glob("*.new"))


def _register(tmp_path: Path, lon: float, lat: float) -> Wiring:
    from geo.registry.diff import Register
    from geo.registry.stations import import_stations

    wiring = build_wiring(load_settings({"YIHUI_DATA_FOLDER": str(tmp_path)}))
    station = Station(id="1", name="驿站", kind=Kind.OUTDOOR_STATION, lon=lon, lat=lat)
    with wiring.database.write() as connection:
        source = Register(name="test", source="test", file="test.csv", digest="1")
        import_stations(connection, source, [station], wiring.now(), confirmed=True)
    return wiring


@pytest.mark.parametrize(("lon", "lat", "code"), [(117.3, 36.4, 0), (104.06, 30.66, 1)])
def test_an_extract_of_another_region_is_refused(
    yihui: Command, town: Path, tmp_path: Path, lon: float, lat: float, code: int
) -> None:
    _register(tmp_path, lon, lat).database.close()
    done = yihui("streets", "build", town, "--to", tmp_path / "streets", *NAMES_ALONE)
    assert done.code == code
    assert ("1 个站点都不在这份数据的范围内" in done.err) == bool(code)
    assert (tmp_path / "streets" / "names.sqlite").exists() == (not code)
    assert (tmp_path / "streets").exists() == (not code)


@pytest.mark.parametrize(
    ("written", "said"),
    [({"ways_first": True}, "osmium sort"), ({"sign": -1}, "osmium renumber")],
    ids=["ways first", "negative ids"],
)
def test_an_extract_whose_ways_have_no_places_is_refused(
    yihui: Command, tmp_path: Path, written: dict[str, int], said: str
) -> None:
    town = make_town().write(tmp_path / "town.osm.pbf", **written)  # type: ignore[arg-type]
    done = yihui("streets", "build", town, "--to", tmp_path / "streets", *NAMES_ALONE)
    assert done.code == 1
    assert said in done.err
    assert not (tmp_path / "streets").exists()


@pytest.mark.endure
@WITH_MAP
def test_a_map_that_fails_leaves_the_parts_after_it_to_be_built(yihui: Command, tmp_path: Path) -> None:
    extract, folder = make_town(), tmp_path / "streets"
    extract.add_way([1, 999_999], highway="residential")
    town = extract.write(tmp_path / "town.osm.pbf")
    done = yihui("streets", "build", town, "--to", folder, "--without", "ways")
    assert done.code == 1
    assert "缺少道路上的点" in done.err
    assert "这些部分没有生成：map" in done.err
    assert {"names.sqlite", "townships.gpkg"} <= {path.name for path in folder.iterdir()}
    assert not (folder / "map.mbtiles").exists()
    again = yihui("streets", "build", town, "--to", folder, "--without", "ways")
    assert (again.code, again.out.count("保留不动")) == (1, 2)
    assert yihui("streets", "build", town, "--to", folder, "--without", "ways", "--without", "map").code == 0
