"""The distance of the sample points is reported where the figures are those of points."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from geo.coverage.neighbours import Neighbours
from geo.coverage.pairs import RouteTally
from geo.coverage.reach import PairRoutes
from geo.geodesy import Floats
from geo.nearest.travel import Travel
from geo.registry.diff import Register
from geo.registry.stations import import_stations
from geo.station import Kind, Station
from yihui.bootstrap import Settings, build_wiring
from yihui.planning.coverage.request import CELL_LEVEL, CoverageOrder
from yihui.planning.coverage.run import measure_coverage
from yihui.planning.street_reach import StreetReach
from yihui.services.stations.travel_times import StreetMatrix

AT = datetime(2026, 10, 9, 2, tzinfo=UTC)


class NoStreets:
    """A network without a street."""

    top_speed_m_per_s = 1.4
    tally = RouteTally()
    streets = SimpleNamespace(travel=Travel.walk())

    def routes_of_pairs(self, points: Floats, places: Floats, near: Neighbours) -> PairRoutes:
        none = np.full(len(near.station), np.inf)
        return PairRoutes(none, none, np.ones(len(points), dtype=bool))


@pytest.mark.parametrize(
    ("more", "step_m"),
    [
        ({}, None),
        ({"streets": StreetReach(cast(StreetMatrix, NoStreets()), 600, None)}, 5_000.0),
        ({"by": CELL_LEVEL}, 5_000.0),
    ],
)
def test_the_step_is_that_of_sampled_residents(
    tmp_path: Path, more: dict[str, Any], step_m: float | None
) -> None:
    wiring = build_wiring(Settings(database=str(tmp_path / "yihui.db"), data_folder=tmp_path), lambda: AT)
    station = Station(
        id="a", name="甲站", kind=Kind.OUTDOOR_STATION, lon=117.05, lat=36.65, hours_text="24小时"
    )
    with wiring.database.write() as connection:
        import_stations(connection, Register("r", "", "r.csv", "1"), [station], AT)
    found = measure_coverage(wiring, CoverageOrder(area="370102", at=AT, spacing_m=5_000.0, **more))
    wiring.close()
    assert found.step_m == step_m
