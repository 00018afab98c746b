"""The planner's questions by street, over the small town with its river and its one bridge, by a real Valhalla."""

import json
from pathlib import Path

import pytest

from tests.yihui.commands import Command
from tests.yihui.services.test_routing import (
    ISLAND,
    RIVER,
    SOUTH,
    STEP_LON,
    WEST,
    town,  # noqa: F401 a fixture
)

pytestmark = pytest.mark.needs("routing")
EAST_BANK, WEST_BANK = WEST + STEP_LON * RIVER, WEST + STEP_LON * (RIVER - 1)
NOON = ("--at", "2026-09-09T12:00+08:00")
WALK = ("--travel", "walk")


@pytest.fixture
def planned(town: Path, yihui: Command, tmp_path: Path) -> tuple[Command, Path]:  # noqa: F811
    """One station, on the eastern bank; homes on both banks, on the island, and one on no street."""
    register, homes = tmp_path / "驿站.csv", tmp_path / "homes.csv"
    register.write_text(
        f"名称,类型,经度,纬度,开放时间\n东岸,驿站,{EAST_BANK},{SOUTH},24小时\n", encoding="utf-8"
    )
    rows = ((WEST_BANK, 70), (EAST_BANK, 30), (ISLAND, 20), (117.05, 5))
    lines = [f"{lon},{SOUTH},{count}" for lon, count in rows]
    homes.write_text("\n".join(("经度,纬度,人口", *lines)) + "\n", encoding="utf-8")
    assert yihui("stations", "import", register, "--datum", "wgs84").code == 0
    return yihui, homes


def asked(question: str, homes: Path, *more: object) -> tuple[object, ...]:
    return ("plan", question, "--area", "370100", "--demand", homes, "--demand-datum", "wgs84", *more)


def by_street(town: Path, *more: object) -> tuple[object, ...]:  # noqa: F811
    return (*WALK, "--routing", town / "streets", *more)


def test_coverage_by_street_parts_who_live_side_by_side(
    planned: tuple[Command, Path],
    town: Path,  # noqa: F811
) -> None:
    """By the straight line the station of the eastern bank serves both banks."""
    yihui, homes = planned
    straight = json.loads(yihui(*asked("coverage", homes, *NOON, "--json")).out)
    minutes = by_street(town, "--minutes", 10)
    found = json.loads(yihui(*asked("coverage", homes, *NOON, "--json", *minutes)).out)
    assert (straight["figures"]["covered"]["served"], straight["radius_m"]) == (100, 1_000)
    assert (found["figures"]["covered"]["served"], "radius_m" in found) == (30, False)
    street = found["figures"]["by_street"]
    assert (street["served"], street["within_s"]) == (100, 600)
    hour = by_street(town, "--minutes", 60)
    text = yihui(*asked("coverage", homes, *NOON, *hour)).out
    assert "沿路 60 分钟内" in text
    assert "1 个点附近没有道路，按不可及计" in text
