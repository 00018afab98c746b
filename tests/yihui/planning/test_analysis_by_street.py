"""The fields of analyses, and the analysis of coverage by street over the small town with its river."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from core.faults import FaultError
from geo.registry.diff import Register
from geo.registry.planning import UPLOADED_DEMAND, DemandFile, record_demand_file
from geo.registry.stations import import_stations
from geo.station import Access, Kind, Station
from tests.yihui.refusals import faults_of
from tests.yihui.services.test_routing import (
    RIVER,
    SOUTH,
    STEP_LON,
    WEST,
    town,  # noqa: F401 a fixture
)
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.frame.typed import parse_values
from yihui.planning.analysis.forms import ANALYSIS_FORMS
from yihui.planning.analysis.kinds import ANALYSIS_KINDS, AnalysisRun
from yihui.planning.tables import answer_texts
from yihui.views.still_map import render_picture

EAST = WEST + STEP_LON * RIVER
NOON = datetime(2026, 10, 9, 4, tzinfo=UTC)


@pytest.fixture
def wiring(tmp_path: Path) -> Iterator[Wiring]:
    """An installation with one station, on the eastern bank, and without streets."""
    opened = build_wiring(Settings(str(tmp_path / "yihui.db"), tmp_path))
    station = Station(id="east", name="东岸", kind=Kind.OUTDOOR_STATION, lon=EAST, lat=SOUTH,
                      hours_text="24小时", access=Access.PUBLIC)  # fmt: skip
    with opened.database.write() as connection:
        register = Register(name="test", source="test", file="test.csv", digest="1")
        import_stations(connection, register, [station], NOON, confirmed=True)
    yield opened
    opened.close()


@pytest.mark.parametrize("kind", ["gaps", "report"])
def test_without_streets_an_analysis_by_street_says_so(wiring: Wiring, tmp_path: Path, kind: str) -> None:
    order = parse_values(ANALYSIS_FORMS[kind].order, {**store_homes(wiring), "travel": "walk"}, NOON)
    with pytest.raises(FaultError, match="no streets are installed"):
        ANALYSIS_KINDS[kind].run(AnalysisRun(wiring, order, tmp_path))


@pytest.mark.parametrize(
    ("kind", "typed", "field"),
    [
        ("gaps", {"minutes": "10"}, "minutes"),
        ("access", {"travel": "walk", "minutes": "10", "radius_m": "500"}, "radius_m"),
        ("access", {"minutes": "10"}, "minutes"),
    ],
)
def test_values_by_street_that_do_not_fit_are_refused(kind: str, typed: dict[str, str], field: str) -> None:
    found = faults_of(parse_values, ANALYSIS_FORMS[kind].order, {"area": "370100", **typed}, NOON)
    assert [fault.field for fault in found] == [field]


def store_homes(wiring: Wiring) -> dict[str, str]:
    """Store two homes on either bank, and return the fields that choose them."""
    west = WEST + STEP_LON * (RIVER - 1)
    homes = f"经度,纬度,人口\n{west},{SOUTH},70\n{EAST},{SOUTH},30\n".encode()
    file = DemandFile(
        *(
            "a" * 32,
            "住户",
            "demo",
            "370100",
            "homes.csv",
            {"area": "370100", "demand_datum": "wgs84"},
            {},
            len(homes),
            NOON,
        )
    )
    with wiring.database.write() as connection:
        record_demand_file(connection, file, homes)
    return {"area": "370100", "demand": f"{UPLOADED_DEMAND}{file.id}"}


@pytest.mark.needs("routing")
@pytest.mark.parametrize(
    ("kind", "more"),
    [("coverage", {}), ("coverage", {"hours": "yes"}), ("gaps", {}), ("access", {}), ("sites", {"p": "1"})],
)
def test_an_answer_by_street_is_drawn_without_asking_for_the_ways_of_a_week(
    wiring: Wiring,
    town: Path,  # noqa: F811
    tmp_path: Path,
    kind: str,
    more: dict[str, str],
) -> None:
    streets = {"travel": "walk", "minutes": "10", "routing": str(town / "streets")}
    typed = {**store_homes(wiring), **streets, **more}
    order = parse_values(ANALYSIS_FORMS[kind].order, typed, NOON)
    answer = ANALYSIS_KINDS[kind].run(AnalysisRun(wiring, order, tmp_path))
    texts = answer_texts(answer, wiring.language)
    drawn: Any = texts["map"]
    assert drawn["places"]["ids"] == ["east"] and drawn["week"] is None
    assert kind == "sites" or len(texts["figures"]) == 3
    if kind == "coverage":
        now, night, fewer = (value for _, value, _ in texts["figures"])
        assert now.startswith(night) and (night, fewer) == ("30.0%", "0 人"), "the station never closes"
    if "hours" in more:
        assert texts["chart"] and texts["chart"]["kind"] == "heat", "its week was asked for"
    assert ElementTree.fromstring(render_picture(drawn, "")) is not None


@pytest.mark.parametrize("kind", ANALYSIS_FORMS)
def test_what_a_form_begins_with_is_accepted_and_survives_its_job(kind: str) -> None:
    assert ANALYSIS_FORMS.keys() == ANALYSIS_KINDS.keys()
    form = ANALYSIS_FORMS[kind]
    begun = {one.name: typed for one in form.page_fields if (typed := form.choose_begun(one))}
    sides = {"before_day": "2026-10-01"} if kind == "comparison" else {}
    order = parse_values(form.order, {**begun, **sides, "area": "370100"}, NOON)
    stored = order.model_dump(mode="json", exclude_unset=True)
    assert parse_values(form.order, stored) == order
