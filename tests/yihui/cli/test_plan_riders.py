"""Residents and riders beside each other in the planning commands: the hour decides what counts."""

import json
from pathlib import Path

import pytest

from geo.registry import Register, import_stations
from geo.station import Access, Kind, Station
from tests.yihui.commands import Command, commands_through
from yihui.bootstrap import build_wiring, load_settings

FRIDAY_NOON, FRIDAY_NIGHT = "2026-09-18T12:10+08:00", "2026-09-18T23:10+08:00"
LUNCH, NIGHT = (117.055, 36.665), (116.98, 36.64)  # where riders are at noon and at 23
MIXTURE = "population+{file}=50%"


@pytest.fixture(scope="module")
def database(data_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One place that never closes, where riders are at night."""
    path = tmp_path_factory.mktemp("riders") / "yihui.db"
    wiring = build_wiring(load_settings({"YIHUI_DATA_FOLDER": str(data_folder)}, str(path)))
    lon, lat = NIGHT
    night = Station(
        id="n",
        name="夜站",
        lon=lon,
        lat=lat,
        hours_text="24小时",
        access=Access.PUBLIC,
        kind=Kind.OUTDOOR_STATION,
    )
    with wiring.database.write() as connection:
        import_stations(connection, Register("r", "示例", "r.csv", "1"), [night], wiring.now())
    wiring.database.close()
    return path


@pytest.fixture
def yihui(
    database: Path, data_folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Command:
    monkeypatch.setenv("YIHUI_DATA_FOLDER", str(data_folder))
    monkeypatch.setenv("YIHUI_NOW", FRIDAY_NOON)
    monkeypatch.delenv("YIHUI_DATABASE_URL", raising=False)
    call = commands_through(capsys)
    return lambda *arguments, lang="zh": call("--db", database, *arguments, lang=lang)


@pytest.fixture
def plan(yihui: Command) -> Command:
    return lambda *arguments, lang="zh": yihui("plan", *arguments, lang=lang)


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    """As many orders on a Friday at noon in one place as at 23 in another."""
    file = tmp_path / "orders.csv"
    rows = [
        f"{lon},{lat},2026-09-11 {time}"
        for (lon, lat), time in ((LUNCH, "12:05"), (LUNCH, "12:40"), (NIGHT, "23:20"), (NIGHT, "23:50"))
    ]
    file.write_text("\n".join(("lon_wgs84,lat_wgs84,下单时间", *rows)) + "\n", encoding="utf-8")
    return file


def told(plan: Command, command: str, orders: Path, *arguments: object) -> dict[str, object]:
    asked = ("--area", "370100", "--demand", MIXTURE.format(file=orders), "--demand-datum", "wgs84")
    done = plan(command, *asked, *arguments, "--json")
    assert done.code == 0, done.err
    answer: dict[str, object] = json.loads(done.out)
    return answer


def test_coverage_counts_the_riders_of_its_hour(plan: Command, orders: Path) -> None:
    """A quarter of the demand lies in one hour of 168: in that hour it weighs 42 times as much as all residents."""
    night = told(plan, "coverage", orders, "--at", FRIDAY_NIGHT)
    noon = told(plan, "coverage", orders, "--at", FRIDAY_NOON)
    morning = told(plan, "coverage", orders, "--at", "2026-09-18T09:10+08:00")
    residents = 9_202_432
    assert night["total"] == noon["total"] == pytest.approx(residents * (0.5 + 0.25 * 168))
    assert morning["total"] == pytest.approx(residents * 0.5)
    assert night["served"] == pytest.approx(residents * 0.25 * 168 + morning["served"])
    assert noon["served"] == pytest.approx(morning["served"])


@pytest.mark.parametrize(
    "command", ["access", *(pytest.param(name, marks=pytest.mark.endure) for name in ("sites", "report"))]
)
def test_an_hour_in_which_nobody_rides_is_refused_in_words(
    yihui: Command, orders: Path, command: str
) -> None:
    """Riders alone have no demand at 9 in the morning."""
    mixture = f"population+{orders}=100%"
    asked = ("--area", "370100", "--demand", mixture, "--at", "2026-09-18T09:10+08:00")
    line = ("report", "coverage") if command == "report" else ("plan", command)
    done = yihui(*line, *asked, *(("-p", 1) if command == "sites" else ()))
    assert done.code != 0
    assert "2026-09-18 09:10 没有需求" in done.err
    assert "内部出错" not in done.err


def test_a_mixture_that_cannot_be_is_refused_in_words(plan: Command) -> None:
    for command in ("coverage", "gaps", "access", "demand"):
        mixture = "population+nobody.csv=10%"
        asked = (mixture,) if command == "demand" else ("--demand", mixture)
        done = plan(command, *asked, "--area", "370102")
        assert done.code != 0
        assert (done.out, "nobody.csv" in done.err) == ("", True)
