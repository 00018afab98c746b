"""A study as a map says what the study says."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geo.registry.diff import Register
from geo.registry.stations import import_stations
from geo.station import Access, Kind, Station
from yihui.bootstrap import Settings, build_wiring
from yihui.planning.map.answer import build_map_view, render_map_page
from yihui.planning.map.run import build_study_map
from yihui.planning.order import StudyOrder
from yihui.planning.study.run import build_study

AT = datetime(2026, 10, 9, 2, tzinfo=UTC)
HOUR = 4 * 24 + 10


def test_levels_hours_and_night_gaps_are_the_studys(tmp_path: Path) -> None:
    wiring = build_wiring(Settings(database=str(tmp_path / "yihui.db"), data_folder=tmp_path), lambda: AT)
    stations = [
        Station(id="a", name="甲站", kind=Kind.OUTDOOR_STATION, lon=117.05, lat=36.65, district="370102", hours_text="24小时", access=Access.PUBLIC),
        Station(id="b", name="乙站", kind=Kind.OUTDOOR_STATION, lon=117.10, lat=36.66, district="370102", hours_text="8:00-18:00", access=Access.PUBLIC),
    ]  # fmt: skip
    with wiring.database.write() as connection:
        import_stations(connection, Register("r", "", "r.csv", "1"), stations, AT)
        import_stations(connection, Register("elsewhere", "", "e.csv", "2"), [stations[0].model_copy(update={"id": "c", "lon": 117.5, "district": "370114"})], AT)  # fmt: skip
    study = build_study(wiring, StudyOrder(area="370102", at=AT))
    counties = pd.DataFrame({"name": ["历下区", "枣庄市市中区"]}, index=["370102", "370402"])
    of_province = replace(study, areas={2: counties, 4: counties, 6: counties})
    names = [
        of_province.county_name("370102"),
        of_province.county_name("370402"),
        study.county_name("370102"),
    ]
    assert names == ["济南市历下区", "枣庄市市中区", "历下区"], "the city stands in front once"
    found = build_study_map(wiring, study)
    view = build_map_view(found, wiring.language)
    for sources in (study.sources, found.sources):
        assert not any("elsewhere" in source.text for source in sources), "it has no station in the area"
    assert len(view.levels) == 1
    assert view.week
    share = study.areas[6].loc["370102", "share"]
    assert view.levels[0]["covered_share"].tolist() == pytest.approx([share])
    assert view.week.share[0, HOUR] == pytest.approx(share)
    assert view.week.open[0, [HOUR, HOUR + 13]].tolist() == [2, 1]
    (gap,) = view.gaps  # what b serves by day has no place in the night after it
    assert np.flatnonzero(gap.hours).tolist() == [*range(4 * 24 + 22, 5 * 24 + 6)]
    page = render_map_page(found, wiring.language)
    assert "甲站" in page and "2026年10月9日白天" in page
    sunday = StudyOrder(area="370102", at=AT + timedelta(days=2))
    (gap,) = build_map_view(build_study_map(wiring, build_study(wiring, sunday)), wiring.language).gaps
    assert np.flatnonzero(gap.hours).tolist() == [6 * 24 + 22, 6 * 24 + 23], "the rest lies in the next week"
    wiring.close()
