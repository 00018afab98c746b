"""yihui stations import: where a place is, however it is written, and in which datum."""

import json
from pathlib import Path

import numpy as np
import pytest

from geo.crs import from_wgs84
from geo.datum import Datum
from tests.yihui.officer_commands import Desk
from yihui.bootstrap import build_wiring, load_settings


@pytest.fixture(scope="session")
def places(data_folder: Path) -> list[tuple[float, float, str]]:
    """1,200 places of Shandong by towns, each with its district's code."""
    districts = build_wiring(load_settings({"YIHUI_DATA_FOLDER": str(data_folder)})).outlines
    rng = np.random.default_rng(7)
    towns = rng.uniform((115.5, 35.0), (120.5, 37.5), (600, 2))
    points = towns[rng.integers(0, 600, 3_000)] + rng.normal(0, 0.03, (3_000, 2))
    codes = districts.assign(points).code
    inside = [
        (lon, lat, code)
        for (lon, lat), code in zip(points.tolist(), codes, strict=True)
        if str(code)[:2] == "37"
    ]
    return inside[:1_200]


def register_in(places: list[tuple[float, float, str]], datum: Datum) -> str:
    points = from_wgs84([(lon, lat) for lon, lat, _ in places], datum).round(6).tolist()
    rows = (
        f"站{i},驿站,{lon},{lat},{code}\n"
        for i, ((lon, lat), (_, _, code)) in enumerate(zip(points, places, strict=True))
    )
    return "名称,类型,经度,纬度,区划代码\n" + "".join(rows)


def test_asking_for_the_datum_tells_it_with_figures_and_imports_nothing(
    desk: Desk, places: list[tuple[float, float, str]]
) -> None:
    file = desk.file(register_in(places, Datum.BD09))
    said = desk("import", file, "--datum", "ask")
    assert said.code == 0
    assert "bd09 明显最吻合" in said.out
    assert all(datum in said.out for datum in ("wgs84", "gcj02", "bd09"))
    document = desk("import", file, "--datum", "ask", "--json").json()
    assert (document["best"], document["sure"], document["compared"]) == ("bd09", True, 1_200)
    assert json.loads(desk("registers", "--json").out) == []


@pytest.mark.parametrize(
    "options",
    [
        pytest.param((), marks=pytest.mark.endure),
        ("--partial",),
        pytest.param(("--dry-run", "--partial"), marks=pytest.mark.endure),
    ],
)
def test_a_datum_that_the_points_contradict_is_refused_and_the_right_one_named(
    desk: Desk, places: list[tuple[float, float, str]], options: tuple[str, ...]
) -> None:
    file = desk.file(register_in(places, Datum.BD09))
    said = desk("import", file, "--datum", "gcj02", *options, "--json")
    assert said.code == 1
    (fault,) = [error for error in said.json()["errors"] if error["field"] == "datum"]  # type: ignore[attr-defined]
    assert fault["severity"] == "error"
    assert "bd09" in fault["message"]
    assert "%" in fault["message"]
    assert "--datum bd09" in fault["remedy"]
    assert "没有别的坐标系" not in said.err
    assert "加 --partial 也一样" in said.err
    assert json.loads(desk("registers", "--json").out) == []
