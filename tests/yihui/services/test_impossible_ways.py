"""A point whose nearest street leads nowhere: its way begins or ends at another street, farther away."""

from pathlib import Path

import numpy as np
import pytest

from geo.geodesy import Floats, geodesic_m
from geo.nearest.travel import Travel
from tests.street_town import Extract
from tests.yihui.services.test_routing import NOW, SOUTH, STEP_LAT, STEP_LON, WEST, N
from yihui.services.stations.routing import StreetNetwork
from yihui.services.stations.street_tiles import build_street_tiles
from yihui.services.stations.travel_times import StreetMatrix

pytestmark = [pytest.mark.endure, pytest.mark.needs("routing")]
FAR_SOUTH = SOUTH - 0.0063  # 700 m south of the town's southernmost street
STATION = (WEST + 5.5 * STEP_LON, FAR_SOUTH - 0.0009)
NORTH = (WEST + 5.4 * STEP_LON, SOUTH + 0.0002)


@pytest.fixture(scope="module", params=["island", "one-way"])
def edge(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A grid of streets, and south of it a street at the edge of the extract that leads nowhere."""
    folder = tmp_path_factory.mktemp("edge")
    town = Extract()
    corners = {
        (i, j): town.add_node(WEST + STEP_LON * i, SOUTH + STEP_LAT * j) for i in range(N) for j in range(N)
    }
    for i in range(N):
        town.add_way([corners[i, j] for j in range(N)], highway="residential")
        town.add_way([corners[j, i] for j in range(N)], highway="residential")
    row = [town.add_node(WEST + STEP_LON * i, FAR_SOUTH) for i in (4, 5, 6, 7)]
    if request.param == "island":
        town.add_way(row, highway="residential")
    else:  # it is entered in the west alone, and ends at the edge
        town.add_way([corners[0, 0], row[0]], highway="residential", oneway="yes")
        town.add_way(row, highway="cycleway", oneway="yes")
    build_street_tiles(town.write(folder / "edge.osm.pbf"), folder / "streets", NOW)
    return folder / "streets"


def expected_least_m(starts: Floats, ends: Floats) -> Floats:
    return np.array([geodesic_m(np.broadcast_to(one, ends.shape), ends) for one in starts])


@pytest.mark.parametrize("travel", [Travel.walk(), Travel.e_bike()])
def test_no_way_of_a_rider_is_shorter_than_the_straight_line(edge: Path, travel: Travel) -> None:
    starts, ends = np.array([NORTH, STATION]), np.array([STATION, NORTH])
    least_m = expected_least_m(starts, ends)
    streets = StreetNetwork.open(edge, travel)
    for way, straight_m in zip(streets.ways_between(starts, ends), least_m, strict=True):
        assert way is not None
        assert (way.metres >= straight_m * 0.98 - 5).all()
        assert (way.seconds >= straight_m * 0.98 / travel.speed_m_per_s - 5).all()


@pytest.mark.parametrize("travel", [Travel.walk(), Travel.e_bike()])
def test_no_way_of_a_planner_is_shorter_than_the_straight_line(edge: Path, travel: Travel) -> None:
    points, places = np.array([NORTH, (WEST, SOUTH), STATION]), np.array([STATION, NORTH])
    streets = StreetNetwork.open(edge, travel)
    table = StreetMatrix(streets, 3_000, "ways")._table(points, places)
    assert (table.metres >= expected_least_m(points, places) * 0.98 - 5).all()
    ways = streets.ways(NORTH, places)
    assert ways is not None
    assert table.metres[0] == pytest.approx(ways.metres, abs=3)
