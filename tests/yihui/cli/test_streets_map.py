"""yihui streets build: the part `map`, by tilemaker; and what it says of files and machines that do not do."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.street_town import JINAN, Extract, build_only, make_town
from tests.yihui.commands import Command
from tests.yihui.files.street_map_tiles import read_tiles

MAP_ALONE = build_only("map")


@pytest.fixture
def town(tmp_path: Path) -> Path:
    return make_town().write(tmp_path / "town.osm.pbf")


@pytest.mark.needs("tilemaker")
def test_the_map_is_built_once_and_again_for_another_extract(
    yihui: Command, town: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "streets"

    def build(*options: str) -> dict[str, object]:
        done = yihui("streets", "build", town, "--to", folder, *MAP_ALONE, *options, "--json")
        assert done.code == 0, done.words
        (part,) = json.loads(done.out)["parts"]
        return dict(part)

    first = build()
    assert (first["part"], first["new"]) == ("map", True)
    assert first["counts"] == {"tiles": len(read_tiles(folder / "map.mbtiles"))}
    assert first["size_bytes"] == (folder / "map.mbtiles").stat().st_size
    assert build() == {**first, "new": False}
    other = make_town()
    other.add_node(*JINAN, leisure="park", name="新公园")
    other.write(town)
    assert build()["new"] is True
    assert sorted(path.name for path in folder.iterdir()) == ["building.lock", "map.mbtiles", "streets.json"]


def _cut(town: Path) -> None:
    content = town.read_bytes()
    town.write_bytes(content[: len(content) - 100])


def _draw_nothing(town: Path) -> None:
    extract = Extract()
    extract.add_node(*JINAN, name="无名", office="yes")
    extract.write(town)


@pytest.mark.needs("tilemaker")
@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (_cut, "无法用它生成地图"),
        pytest.param(_draw_nothing, "里面没有地图要显示的内容", marks=pytest.mark.endure),
    ],
)
def test_a_bad_extract_is_named_and_the_former_map_stays(
    yihui: Command, town: Path, tmp_path: Path, harm: Callable[[Path], None], said: str
) -> None:
    folder = tmp_path / "streets"
    assert yihui("streets", "build", town, "--to", folder, *MAP_ALONE).code == 0
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    harm(town)
    done = yihui("streets", "build", town, "--to", folder, *MAP_ALONE)
    assert done.code == 1
    assert said in done.err
    assert "town.osm.pbf" in done.err
    assert "Traceback" not in done.err
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


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


@pytest.mark.endure
@pytest.mark.needs("tilemaker")
def test_a_build_that_was_killed_leaves_nothing_in_the_way(
    yihui: Command, town: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "streets"
    assert yihui("streets", "build", town, "--to", folder, *MAP_ALONE).code == 0
    shutil.copy(folder / "map.mbtiles", folder / "new-map.mbtiles")
    (folder / "new-map.mbtiles-journal").write_bytes(b"half")
    (folder / "map.log").write_text("Reading", encoding="utf-8")
    assert yihui("streets", "build", town, "--to", folder, *MAP_ALONE, "--again").code == 0
    assert sorted(path.name for path in folder.iterdir()) == ["building.lock", "map.mbtiles", "streets.json"]
