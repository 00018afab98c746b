"""What a page draws of a report, of layers and of a map: figures, the chart of the week, and the map itself."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from geo.registry.diff import Register
from geo.registry.stations import import_stations
from geo.station import Access, Kind, Station
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.frame.typed import parse_values
from yihui.planning.analysis.forms import ANALYSIS_FORMS
from yihui.planning.analysis.kinds import ANALYSIS_KINDS, AnalysisRun
from yihui.planning.tables import answer_texts
from yihui.views.still_map import render_picture

NOON = datetime(2026, 10, 9, 4, tzinfo=UTC)


@pytest.fixture(scope="module")
def wiring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wiring]:
    folder = tmp_path_factory.mktemp("study")
    made = build_wiring(Settings(database=str(folder / "yihui.db"), data_folder=folder), lambda: NOON)
    stations = [
        Station(id=id_, name="驿站", kind=Kind.OUTDOOR_STATION, lon=lon, lat=36.66, district="370102",
                hours_text=hours, access=Access.PUBLIC)
        for id_, lon, hours in (("day", 117.05, "8:00-18:00"), ("night", 117.09, "24小时"))
    ]  # fmt: skip
    with made.database.write() as connection:
        import_stations(connection, Register("r", "", "r.csv", "1"), stations, NOON)
    yield made
    made.close()


def run(wiring: Wiring, folder: Path, kind: str, **typed: str) -> Any:
    order = parse_values(ANALYSIS_FORMS[kind].order, {"area": "370102", **typed}, NOON)
    return answer_texts(ANALYSIS_KINDS[kind].run(AnalysisRun(wiring, order, folder)), wiring.language)


@pytest.mark.parametrize(
    ("kind", "typed"), [("report", {"xlsx": "yes"}), ("layers", {"gpkg": "yes"}), ("map", {})]
)
def test_a_page_of_files_alone_has_figures_a_chart_and_a_map(
    wiring: Wiring, tmp_path: Path, kind: str, typed: dict[str, str]
) -> None:
    coverage, found = run(wiring, tmp_path, "coverage"), run(wiring, tmp_path, kind, **typed)
    assert len(found["figures"]) == len(coverage["figures"]) == 3
    share = coverage["figures"][0][1].partition(" ")[0]
    assert found["figures"][0][1].partition(" ")[0] == share
    assert kind == "map" or found["figures"] == coverage["figures"]
    assert found["chart"]["values"] == pytest.approx(coverage["chart"]["values"], abs=1e-4)
    assert found["map"]["places"]["ids"] == ["day", "night"]
    assert found["map"]["areas"]["share"] == coverage["map"]["areas"]["share"]
    assert "<svg" in render_picture(found["map"], kind)


def test_of_several_areas_the_worst_by_night_stands_above_the_figures(wiring: Wiring, tmp_path: Path) -> None:
    lixia, jinan = (run(wiring, tmp_path, "coverage", area=one) for one in ("370102", "370100"))
    assert not lixia["headline"]
    least = next(row for row in jinan["tables"][0]["rows"] if row[0] in jinan["headline"])
    assert float(least[2].rstrip("%")) == min(float(row[2].rstrip("%")) for row in jinan["tables"][0]["rows"])


def test_a_night_asked_about_in_the_night_is_compared_with_its_day(wiring: Wiring, tmp_path: Path) -> None:
    day, night = (
        run(wiring, tmp_path, "coverage", at=f"2026-10-09T{hour}:00+08:00")["figures"] for hour in (10, 23)
    )
    assert night[0] != day[0] and night[2][0] != day[2][0]
    assert night[2][1:] == day[2][1:] and night[1] == day[1]
    lists = [
        run(wiring, tmp_path, "coverage", at=f"2026-10-09T{hour}:00+08:00", area="370100")
        for hour in (10, 23)
    ]
    less = [{row[0]: row[3] for row in one["tables"][0]["rows"]} for one in lists]
    assert less[0] == less[1] and "10:00" in lists[1]["headline"]


def test_each_cell_has_its_night_beside_its_day(wiring: Wiring, tmp_path: Path) -> None:
    order = parse_values(ANALYSIS_FORMS["coverage"].order, {"area": "370102", "by": "cell"}, NOON)
    answer = ANALYSIS_KINDS["coverage"].run(AnalysisRun(wiring, order, tmp_path))
    rows = answer.tables[0].rows
    night = sum(row["night_share"] * row["demand"] for row in rows) / sum(row["demand"] for row in rows)
    assert all(row["night_less"] == pytest.approx(100 * (row["share"] - row["night_share"])) for row in rows)
    assert 0 < night < sum(row["served"] for row in rows) / sum(row["demand"] for row in rows)
    texts = answer_texts(answer, wiring.language)
    assert texts["figures"] == run(wiring, tmp_path, "coverage")["figures"]
    assert float(texts["figures"][1][1].rstrip("%")) == pytest.approx(100 * night, rel=0.05)
