"""The officers' map and report over built streets, as the desk runs them."""

import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from geo.registry import Register, import_stations
from geo.station import Access, Kind, Station
from tests.street_map_town import build_town_map, make_mapped_town
from tests.street_town import build_town_names
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.planning.analysis.fields import AnalysisValues
from yihui.planning.analysis.kinds import ANALYSIS_KINDS
from yihui.planning.analysis.result import AnalysisResult, AnalysisRun

pytestmark = [pytest.mark.endure, pytest.mark.needs("tilemaker")]
NOON = datetime(2026, 10, 14, 4, tzinfo=UTC)
STREETS, NAMES = "街道：© OpenStreetMap 贡献者（ODbL）", "道路和地点名称：© OpenStreetMap 贡献者（ODbL）"


@pytest.fixture(scope="module")
def wiring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wiring]:
    """An installation with one station, and with the streets and names of a town."""
    folder = tmp_path_factory.mktemp("site")
    streets = build_town_names(build_town_map(folder, make_mapped_town()))
    opened = build_wiring(Settings(str(folder / "yihui.db"), folder, streets=streets))
    station = Station(id="a", name="驿站", kind=Kind.OUTDOOR_STATION, lon=117.02, lat=36.66, district="370102",
                      hours_text="6:00-22:00", access=Access.PUBLIC)  # fmt: skip
    with opened.database.write() as connection:
        register = Register(name="r", source="", file="r.csv", digest="1")
        import_stations(connection, register, [station], NOON, confirmed=True)
    yield opened
    opened.close()


def run(wiring: Wiring, kind: str, folder: Path, **typed: str) -> AnalysisResult:
    values = AnalysisValues({"area": "370102", "demand": "population", **typed}, {}, NOON)
    return ANALYSIS_KINDS[kind].run(AnalysisRun(wiring, values, folder))


def contents(result: AnalysisResult) -> dict[str, bytes]:
    return {file.name: file.content for file in result.files}


def test_the_officers_map_holds_streets_and_names_gaps_by_crossings(wiring: Wiring, tmp_path: Path) -> None:
    page = contents(run(wiring, "map", tmp_path, gaps="week"))["map-370102.html"].decode()
    assert 'id="data-streets"' in page
    assert "路口" in page.partition('id="data-gaps">')[2].partition("</script>")[0]
    assert STREETS in page
    assert NAMES in page


def test_the_officers_report_and_its_map_have_streets(wiring: Wiring, tmp_path: Path) -> None:
    made = contents(run(wiring, "report", tmp_path, html="yes", map="yes", png="yes"))
    for name in ("coverage-370102.html", "map-370102.html"):
        page = made[name].decode()
        assert page.count(STREETS) >= 1
        assert NAMES in page
    assert 'id="data-streets"' in made["map-370102.html"].decode()
    with zipfile.ZipFile(io.BytesIO(made["maps-370102.zip"])) as pictures:
        assert {"coverage.png", "gaps.png"} <= set(pictures.namelist())
