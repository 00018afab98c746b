"""Residents and riders beside each other in the planning commands: the hour decides what counts."""

from pathlib import Path

import pytest

from geo.station import Access, Kind, Station
from tests.yihui.cli.conftest import write_register
from tests.yihui.commands import Command

FRIDAY_NOON = "2026-09-18T12:10+08:00"
LUNCH, NIGHT = (117.055, 36.665), (116.98, 36.64)  # where riders are at noon and at 23


@pytest.fixture(scope="module")
def register_file(data_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One place that never closes, where riders are at night."""
    (lon, lat), usual = NIGHT, {"access": Access.PUBLIC, "kind": Kind.OUTDOOR_STATION}
    night = Station(id="n", name="夜站", lon=lon, lat=lat, hours_text="24小时", **usual)
    return write_register(tmp_path_factory.mktemp("riders"), data_folder, night)


@pytest.fixture
def yihui(on_register: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("YIHUI_NOW", FRIDAY_NOON)
    return on_register


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


def test_a_mixture_that_cannot_be_is_refused_in_words(yihui: Command) -> None:
    for command in ("coverage", "gaps", "access", "demand"):
        mixture = "population+nobody.csv=10%"
        asked = (mixture,) if command == "demand" else ("--demand", mixture)
        done = yihui("plan", command, *asked, "--area", "370102")
        assert done.code != 0
        assert (done.out, "nobody.csv" in done.err) == ("", True)
