from pathlib import Path

import pytest

from geo.registry import Register, import_stations
from geo.station import Access, Kind, Station
from yihui.bootstrap import Settings, wire
from yihui.cli import run

AT = "2026-10-05T10:00+08:00"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Outlines are the same for all; the first reading of them takes seconds."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture
def database(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Three stations of 济南, one of which names no district and one is not placed, and one in 臺北."""
    monkeypatch.setenv("YIHUI_DATA_FOLDER", str(folder))
    path = str(tmp_path / "yihui.db")
    wiring = wire(Settings(database=path, data_folder=folder))
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


def test_the_map_is_written_whole_and_says_where(
    database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "maps" / "map.html"
    out.parent.mkdir()
    assert run(["--db", database, "map", "--out", str(out), "--at", AT, "--province", "370100"], "zh") == 0
    assert f"{out}：12 个区县，画出 2 处站点，另有 1 处没有坐标未画" in capsys.readouterr().out
    page = out.read_text(encoding="utf-8")
    assert "甲站" in page
    assert "乙站" in page  # lies there, though its row names no district
    assert "丙站" not in page
    assert "示例" in page
    assert "审图号" in page
    assert [file.name for file in out.parent.iterdir()] == ["map.html"]


def test_the_same_map_is_the_same_file(database: str, tmp_path: Path) -> None:
    one, other = tmp_path / "one.html", tmp_path / "other.html"
    for out in (one, other):
        assert (
            run(["--db", database, "map", "--out", str(out), "--at", AT, "--province", "370100"], "en") == 0
        )
    assert one.read_bytes() == other.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--province", "990000"], 1, "no district lies in 990000"),
        (["--province", "370200"], 1, "there is no station to draw"),
        (["--register", "nope"], 1, "there is no register “nope”\n    → there are: r"),
        (["--at", "2026-10-05T10:00"], 2, "add the offset"),
        (["--at", "tonight"], 2, "tonight"),
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
    assert run(["--db", database, "map", "--out", str(out), *arguments], "en") == code
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
    assert run(["--db", database, "map", "--out", str(tmp_path / out)], "en") == 3
    assert told in capsys.readouterr().err
    assert sorted(tmp_path.rglob("*")) == before
