"""yihui map by township, with the source of the outlines."""

import json
import re
from pathlib import Path

import pytest

from geo.crs import Datum
from geo.registry import Register, import_stations
from geo.station import Access, Kind, Station
from tests.township_town import LIXIA_WEST, build_townships, write_own_townships
from tests.yihui.commands import Command, commands_through
from yihui.bootstrap import build_wiring, load_settings

pytestmark = pytest.mark.endure
FRIDAY = "2026-09-18T10:00+08:00"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, data_folder: Path) -> Path:
    """A folder with a register of one station and the townships of an extract; tests only read it."""
    folder = tmp_path_factory.mktemp("townships")
    wiring = build_wiring(load_settings({"YIHUI_DATA_FOLDER": str(data_folder)}, str(folder / "plan.db")))
    build_townships(wiring, folder)
    station = Station(
        id="a", name="泉城驿站", kind=Kind.OUTDOOR_STATION, lon=117.04, lat=36.66, hours_text="6:00-22:00",
        access=Access.PUBLIC, district="370102",
    )  # fmt: skip
    with wiring.database.write() as connection:
        import_stations(connection, Register("r", "示例", "r.csv", "1"), [station], wiring.now())
    wiring.close()
    return folder


@pytest.fixture
def draw(
    built: Path, data_folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Command:
    call = commands_through(capsys)
    monkeypatch.setenv("YIHUI_DATA_FOLDER", str(data_folder))
    monkeypatch.setenv("YIHUI_NOW", FRIDAY)
    monkeypatch.setenv("YIHUI_STREETS", str(built / "streets"))
    return lambda *arguments: call("--db", built / "plan.db", "map", *arguments)


def test_the_map_of_a_city_has_townships_and_their_source(draw: Command, tmp_path: Path) -> None:
    out = tmp_path / "m.html"
    done = draw("--area", "370100", "--gaps", "night", "--out", out)
    assert done.code == 0, done.words
    html = out.read_text("utf-8")
    assert "历下区泉城路街道" in html
    assert "历下区其余地区" in html
    assert "<b>智远" not in html
    assert "乡镇街道：12 个区县中的 2 个有，共 4 个，边界 © OpenStreetMap 贡献者（ODbL）" in html
    (levels,) = re.findall(r'"level_names": ?(\[[^\]]*\])', html)
    assert len(json.loads(levels)) == 3
    assert "乡" in json.loads(levels)[-1]
    assert "济南市历下区泉城路街道，泉城驿站" in html  # a gap of the night


def test_the_map_of_a_province_takes_a_file_of_townships(draw: Command, tmp_path: Path) -> None:
    own, out = write_own_townships(tmp_path / "own.geojson", Datum.WGS84, *LIXIA_WEST), tmp_path / "m.html"
    assert draw("--area", "370000", "--no-hours", "--townships", own, "--out", out).code == 0
    html = out.read_text("utf-8")
    assert "济南市历下区自绘街道" in html
    assert "泉城路街道" not in html
    assert "边界来自 own.geojson" in html
