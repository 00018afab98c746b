"""yihui plan demand: what a file is understood as, for people and for programs; searches as demand."""

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from geo.coverage.cells import cell_name_at
from geo.crs import from_wgs84
from geo.datum import Datum
from geo.registry.usage_counts import record_search_counts
from geo.usage_counts import SearchCount
from tests.yihui.commands import Command
from yihui.bootstrap import build_wiring, load_settings
from yihui.planning.demand.request import DemandQuery, DemandReadingForm
from yihui.planning.demand.run import load_demand

JINAN, QINGDAO = (117.0204, 36.6683), (120.38, 36.07)


@pytest.fixture
def yihui(on_register: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("YIHUI_NOW", "2026-10-08T10:00+08:00")
    return on_register


@pytest.fixture
def points(tmp_path: Path) -> Path:
    file = tmp_path / "骑手.csv"
    rows = [f"{lon},{lat},{n}" for n, (lon, lat) in enumerate([JINAN, QINGDAO, QINGDAO], start=10)]
    file.write_text("经度,纬度,骑手数\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return file


def test_a_file_is_told_with_what_was_taken_for_granted(yihui: Command, points: Path) -> None:
    told = yihui("plan", "demand", points, "--demand-datum", "wgs84")
    assert told.code == 0
    for words in ("33 人", "3 行", "按坐标", "3701  济南市", "3702  青岛市", "117.0204"):
        assert words in told.out, words
    assert "骑手数" in told.err  # taken for granted


def test_faults_end_with_1_and_are_json_where_json_is_wanted(yihui: Command, points: Path) -> None:
    refused = yihui("plan", "demand", points)
    assert refused.code == 1 and "--demand-datum" in refused.err and refused.out == ""
    document = json.loads(yihui("plan", "demand", points, "--json").out)
    assert document["errors"][0]["field"] == "--demand-datum"
    assert yihui("plan", "demand", points, "--demand-datum", "mercator").code == 2
    assert yihui("plan", "demand", points, "--demand-datum", "wgs84", "--area", "999999").code == 1
    assert yihui("plan", "demand", points.with_name("none.csv")).code == 3


def test_a_file_is_uploaded_for_an_area_by_name(yihui: Command, points: Path) -> None:
    command = ("demand-files", "upload", "--upload", points, "--demand-datum", "wgs84", "--as", "li.min")
    sent = yihui(*command, "--area", "历下区", "--json")
    assert json.loads(sent.out)["area"] == "济南市历下区", sent.err
    refused = yihui(*command, "--area", "历上区")
    assert refused.code == 1 and "没有名为“历上区”的" in refused.err


def test_residents_and_ground_need_no_file(yihui: Command) -> None:
    people = json.loads(yihui("plan", "demand", "population", "--area", "370100", "--json").out)
    assert (people["figures"]["total"]["total"], people["unit"]) == (9_202_432, "people")
    ground = json.loads(yihui("plan", "demand", "area", "--area", "370100", "--json").out)
    assert ground["unit"] == "m2" and ground["figures"]["total"]["total"] == pytest.approx(10_244e6, rel=0.01)
    refused = yihui("plan", "demand", "population", "--area", "310000", lang="en")
    assert refused.code == 1 and "Shandong" in refused.err


@pytest.mark.parametrize("said", [Datum.WGS84, pytest.param(Datum.GCJ02, marks=pytest.mark.endure)])
def test_a_demand_file_whose_points_contradict_its_datum_is_refused(
    yihui: Command, data_folder: Path, tmp_path: Path, said: Datum
) -> None:
    wiring = build_wiring(load_settings({"YIHUI_DATA_FOLDER": str(data_folder)}, str(tmp_path / "yihui.db")))
    people = load_demand(wiring, DemandQuery("population", "370000", 4_000.0)).demand
    shifted = from_wgs84(people.points, Datum.GCJ02)
    rows = [f"{x},{y},{code},1" for (x, y), code in zip(shifted.tolist(), people.district, strict=True)]
    file = tmp_path / "shifted.csv"
    file.write_text("经度,纬度,区划代码,人数\n" + "\n".join(rows) + "\n", encoding="utf-8")
    told = yihui("plan", "demand", file, "--demand-datum", said, "--leave-out", "outside", "--json")
    assert told.code == (1 if said is Datum.WGS84 else 0)
    if said is Datum.WGS84:
        first, *_ = json.loads(told.out)["errors"]
        assert "gcj02" in first["message"]
        assert "--demand-datum gcj02" in first["remedy"]
    else:
        assert not any("gcj02" in note["message"] for note in json.loads(told.out)["notes"])


# --- searches


def search(point: tuple[float, float], hour: int, count: int, found: bool = False) -> SearchCount:
    return SearchCount(cell_name_at(*point, 7), date(2026, 9, 20), hour, found, count)


@pytest.fixture
def searched(data_folder: Path, tmp_path: Path) -> None:
    wiring = build_wiring(load_settings({"YIHUI_DATA_FOLDER": str(data_folder)}, str(tmp_path / "yihui.db")))
    with wiring.database.write() as connection:
        counts = [
            search(JINAN, 2, 40),
            search(JINAN, 60, 500, found=True),
            search(QINGDAO, 2, 6),
            search(QINGDAO, 3, 6),
            search((118.0, 36.5), 3, 9),
            search((121.47, 31.23), 3, 90),  # in Shanghai
        ]
        record_search_counts(connection, counts, date(2026, 9, 20))
    wiring.close()


@pytest.mark.usefixtures("searched")
def test_the_hours_of_searches_are_told_where_they_may_be(yihui: Command) -> None:
    told = json.loads(yihui("plan", "demand", "searches:unmet", "--json").out)["figures"]
    hours = told["searches"]["by_hour"]
    assert (hours[2], sum(hours), told["hour_not_told"]["count"]) == (40, 40, 12)
    chinese = yihui("plan", "demand", "searches:unmet").out
    assert "搜得最多的时段：周一 02:00 (40)" in chinese
    assert "其中 12 次不说明时段" in chinese


# --- real files


def test_weights_are_what_the_request_says(data_folder: Path, tmp_path: Path, points: Path) -> None:
    wiring = build_wiring(load_settings({"YIHUI_DATA_FOLDER": str(data_folder)}, str(tmp_path / "yihui.db")))
    wanted = DemandQuery(
        str(points), None, file=DemandReadingForm(demand_each=True, demand_datum=Datum.WGS84)
    )
    chosen = load_demand(wiring, wanted)
    assert np.array_equal(chosen.demand.weight, np.ones(3)) and chosen.demand.unit == "points"
