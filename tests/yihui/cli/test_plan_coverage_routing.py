"""Coverage by street and minutes, over the small town with its river and its one bridge, by a real Valhalla."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from geo.coverage import Demand, Reach, coverage_at, coverage_by_hour
from geo.nearest.filters import Filters
from geo.nearest.index import StationIndex
from geo.nearest.travel import Travel
from tests.yihui.services.test_routing import (
    ISLAND,
    NOW,
    SOUTH,
    STEP_LAT,
    STEP_LON,
    WEST,
    N,
    stations,
    town,  # noqa: F401 a fixture
)
from yihui.services.stations.routing import MAX_STARTS, StreetNetwork

pytestmark = [pytest.mark.endure, pytest.mark.needs("routing")]
ANY_OPEN = Filters(open_only=True)


def townspeople() -> Demand:
    """All over the town, on the island, and one far from any street."""
    rng = np.random.default_rng(8)
    size = (STEP_LON * (N - 1), STEP_LAT * (N - 1))
    town_, island = (
        np.array((west, SOUTH)) + rng.uniform((0, 0), size, (n, 2)) for west, n in ((WEST, 90), (ISLAND, 20))
    )
    return Demand.from_points(np.concatenate((town_, island, [(117.05, 36.66)])), rng.integers(1, 9, 111))


@pytest.mark.parametrize("travel", [Travel.walk(), Travel.e_bike()])
def test_many_starts_at_once_have_the_ways_that_each_has_alone(town: Path, travel: Travel) -> None:  # noqa: F811
    streets, demand = StreetNetwork.open(town / "streets", travel), townspeople()
    ends = np.array([(s.lon, s.lat) for s in stations()])
    starts = demand.points[[0, 40, 89, 95, 110]]
    together = streets.ways_between(starts, ends)
    for start, ways in zip(starts.tolist(), together, strict=True):
        alone = streets.ways((start[0], start[1]), ends)
        assert (ways is None) == (alone is None)
        if ways is not None and alone is not None:
            assert ways.seconds.tolist() == alone.seconds.tolist()
            assert ways.metres.tolist() == alone.metres.tolist()
    assert together[-1] is None
    with pytest.raises(ValueError, match="give 50 at most"):
        streets.ways_between(np.repeat(starts, MAX_STARTS, axis=0), ends)


def test_served_by_street_is_who_gets_there_in_time(town: Path) -> None:  # noqa: F811
    streets, demand, index = (
        StreetNetwork.open(town / "streets", Travel.walk()),
        townspeople(),
        StationIndex.build(stations()),
    )
    reach = Reach(filters=ANY_OPEN, network=streets, within_s=300)
    done: list[int] = []
    served = coverage_at(demand, index, NOW, reach, done.append)
    good = index.passing_mask(ANY_OPEN, NOW)
    assert done[-1] == len(demand)
    assert served.seconds is not None
    assert served.off_network is not None
    for row in range(0, len(demand), 11):
        lon, lat = demand.points[row].tolist()
        ways = streets.ways((lon, lat), index.points[good])
        soonest = np.inf if ways is None else ways.seconds.min()
        assert served.mask[row] == (soonest <= 300)
        assert served.seconds[row] == (soonest if soonest <= 300 else np.inf)
    table = coverage_by_hour(demand, index, date(2026, 9, 14), reach)
    assert table.served_at(4 * 24 + 10).tolist() == served.mask.tolist()
    assert table.mean_share() < table.share[4 * 24 + 10]
