"""The demand beyond an area's border, which shares the area's places."""

from pathlib import Path

import numpy as np

from geo.formats.outlines import load_outlines
from yihui.bootstrap import build_wiring, load_settings
from yihui.planning.demand.request import DemandQuery
from yihui.planning.demand.run import load_demand_around

WITHIN_M = 1_000.0


def test_residents_around_a_county_are_those_of_its_neighbours_within_two_reaches(tmp_path: Path) -> None:
    wiring = build_wiring(load_settings({"YIHUI_DATA_FOLDER": str(tmp_path)}))
    around = load_demand_around(wiring, DemandQuery("census", "370102", 250.0), WITHIN_M)
    assert around is not None and around.total > 0
    assert "370102" not in set(around.district) and {"370103", "370112"} <= set(around.district)
    west, south, east, north = load_outlines(within="370102").total_bounds
    assert (np.abs(around.points - [(west + east) / 2, (south + north) / 2]) < [(east - west) / 2 + 0.03, (north - south) / 2 + 0.03]).all()  # fmt: skip
    assert load_demand_around(wiring, DemandQuery("orders.csv", "370102", 250.0), WITHIN_M) is None
    wiring.close()
