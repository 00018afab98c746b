"""Times on the way by streets, and ways that lead nowhere."""

from pathlib import Path

import numpy as np
import pytest

from geo.coverage.neighbours import Neighbours
from geo.coverage.pairs import collect_street_pairs
from geo.coverage.reach import PairRoutes, Reach
from geo.geodesy import Floats, geodesic_m
from geo.nearest.travel import Travel
from tests.street_town import Extract
from tests.yihui.services.test_routing import (
    ISLAND,
    NOW,
    RIVER,
    SOUTH,
    STEP_LAT,
    STEP_LON,
    WEST,
    N,
    town,  # noqa: F401 a fixture
)
from yihui.runtime.progress import observe_progress
from yihui.runtime.routing_faults import RoutingUnavailable
from yihui.services.stations.routing import StreetNetwork
from yihui.services.stations.street_tiles import build_street_tiles
from yihui.services.stations.travel_times import StreetMatrix

pytestmark = [pytest.mark.endure, pytest.mark.needs("routing")]

SIZE = (STEP_LON * (N - 1), STEP_LAT * (N - 1))
NOWHERE = (117.05, 36.66)  # between the town and the island, on no street


def scattered(seed: int, townsfolk: int, islanders: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    parts = [
        np.array((west, SOUTH)) + rng.uniform((0, 0), SIZE, (n, 2))
        for west, n in ((WEST, townsfolk), (ISLAND, islanders))
    ]
    return np.concatenate((*parts, [NOWHERE]))


def matrix(town: Path, travel: Travel, limit_s: float) -> StreetMatrix:  # noqa: F811
    return StreetMatrix(StreetNetwork.open(town / "streets", travel), limit_s, "ways")


@pytest.mark.parametrize("travel", [Travel.walk(), Travel.e_bike()])
@pytest.mark.parametrize("limit", [{"within_s": 400.0}, {"street_m": 1_500.0}])
def test_pairs_are_those_that_each_point_has_alone(
    town: Path,  # noqa: F811
    travel: Travel,
    limit: dict[str, float],
) -> None:
    points, places = scattered(1, 150, 20), scattered(2, 30, 4)
    limit_s = limit.get("within_s", limit.get("street_m", 0.0) / travel.speed_m_per_s)
    many = matrix(town, travel, limit_s)
    reach = Reach(network=many, **limit)  # type: ignore[arg-type]
    found, _ = collect_street_pairs(points, places, reach)
    pairs = dict(zip(zip(found.point.tolist(), found.place.tolist(), strict=True), found.cost, strict=True))
    expected = {}
    for row in range(0, len(points), 5):
        ways = many.streets.ways((float(points[row, 0]), float(points[row, 1])), places)
        for place in range(len(places) if ways is not None else 0):
            assert ways is not None
            cost = ways.seconds[place] if "within_s" in limit else ways.metres[place]
            if cost <= next(iter(limit.values())):
                expected[row, place] = cost
    assert expected
    assert {pair: cost for pair, cost in pairs.items() if pair[0] % 5 == 0} == pytest.approx(expected, abs=3)
    assert len(points) - 1 not in found.point


def test_what_no_way_leads_to_is_counted_and_out_of_reach(town: Path) -> None:  # noqa: F811
    """A homestead on the island and a station in the town, 4 km apart: no street connects them."""
    east_end, island = (WEST + SIZE[0], SOUTH), (ISLAND, SOUTH)
    many = matrix(town, Travel.e_bike(), 3_000)
    points = np.array([island, NOWHERE, east_end])
    found, off_network = collect_street_pairs(
        points, np.array([east_end]), Reach(network=many, street_m=12_500)
    )
    assert found.point.tolist() == [2]
    assert off_network.tolist() == [False, True, False]
    tally = many.tally
    assert (tally.pairs, tally.points, tally.without_way, tally.off_street) == (3, 3, 1, 1)


@pytest.mark.parametrize("off", ["point", "place", "both"])
def test_points_and_places_on_no_street_alone_are_out_of_reach(town: Path, off: str) -> None:  # noqa: F811
    on, many = (WEST, SOUTH), matrix(town, Travel.walk(), 600)
    near = (NOWHERE[0] + 0.001, NOWHERE[1])
    points, places = np.array([NOWHERE]), np.array([near])
    if off == "place":
        points, places = np.array([on, (WEST - 0.02, SOUTH)]), np.array([(WEST - 0.021, SOUTH)])
    if off == "point":
        points, places = np.array([(WEST - 0.02, SOUTH)]), np.array([on])
    found, off_network = collect_street_pairs(points, places, Reach(network=many, street_m=3_000))
    assert len(found.point) == 0
    assert off_network[-1]
    assert many.tally.off_street == 1


@pytest.mark.parametrize("travel", [Travel.walk(), Travel.e_bike()])
def test_a_place_on_no_street_leaves_the_ways_to_the_others(town: Path, travel: Travel) -> None:  # noqa: F811
    """Valhalla's answer for one place on no street shifts those of the places after it."""
    points, places = scattered(5, 6, 0)[:-1], scattered(6, 4, 0)[:-1]
    alone = ask_all(matrix(town, travel, 900), points, places)
    assert np.isfinite(alone.seconds).all()
    for off in (NOWHERE, (WEST - 0.02, SOUTH + 0.01), (WEST + SIZE[0] + 0.02, SOUTH)):
        for position in range(len(places) + 1):
            many = matrix(town, travel, 900)
            found = ask_all(many, points, np.insert(places, position, off, axis=0))
            shape = (len(points), len(places) + 1)
            seconds, metres = found.seconds.reshape(shape), found.metres.reshape(shape)
            assert np.isinf(seconds[:, position]).all()
            assert np.delete(seconds, position, axis=1).ravel().tolist() == alone.seconds.tolist()
            assert np.delete(metres, position, axis=1).ravel().tolist() == alone.metres.tolist()
            assert many.tally.without_way == len(points)


def ask_all(many: StreetMatrix, points: np.ndarray, places: np.ndarray) -> PairRoutes:
    """Ask for the ways from each point to each place."""
    start = np.arange(len(points) + 1) * len(places)
    station = np.tile(np.arange(len(places), dtype=np.int32), len(points))
    near = Neighbours(start.astype(np.int64), station, np.zeros(len(station)))
    return many.routes_of_pairs(points, places, near)


def test_a_large_batch_is_cut_and_nothing_is_lost(town: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    points, places = scattered(3, 200, 10), scattered(4, 40, 4)
    whole = matrix(town, Travel.walk(), 600)
    reach = Reach(network=whole, street_m=700)
    expected, _ = collect_street_pairs(points, places, reach)
    monkeypatch.setattr("yihui.services.stations.travel_times._TABLE", 200)
    cut = matrix(town, Travel.walk(), 600)
    found, _ = collect_street_pairs(points, places, Reach(network=cut, street_m=700))
    assert cut.tally.questions > 3 * whole.tally.questions
    assert found.point.tolist() == expected.point.tolist()
    assert found.place.tolist() == expected.place.tolist()
    assert found.cost.tolist() == expected.cost.tolist()


class Impatient:
    """An observer that ends the work at its first sign of progress."""

    def begin_step(self) -> None:
        pass

    def advance(self, share: float) -> None:
        assert 0 < share <= 1
        raise KeyboardInterrupt


@pytest.mark.parametrize("travel", [Travel.walk(), Travel.e_bike()])
def test_a_way_nine_times_as_long_as_the_limit_is_known(town: Path, travel: Travel) -> None:  # noqa: F811
    """The way over the bridge is 5.5 km long; 600 m is the limit. It is out of reach, but not unknown."""
    west, east = (WEST + STEP_LON * (RIVER - 1), SOUTH), (WEST + STEP_LON * RIVER, SOUTH)
    many = matrix(town, travel, 600 / travel.speed_m_per_s)
    found, _ = collect_street_pairs(np.array([west]), np.array([east]), Reach(network=many, street_m=600))
    assert (len(found.point), many.tally.pairs, many.tally.without_way) == (0, 1, 0)


def test_the_work_can_be_interrupted(town: Path) -> None:  # noqa: F811
    many = matrix(town, Travel.walk(), 600)
    with observe_progress(Impatient()), pytest.raises(KeyboardInterrupt):
        collect_street_pairs(scattered(5, 100, 100), scattered(6, 20, 20), Reach(network=many, street_m=700))
    assert many.tally.pairs == 0


def test_a_valhalla_that_fails_says_so(town: Path) -> None:  # noqa: F811
    streets = StreetNetwork.open(town / "streets", Travel.walk())
    broken = StreetNetwork(streets.folder, Path("/bin"), streets.travel, streets.costing)
    with pytest.raises((RoutingUnavailable, FileNotFoundError)):
        collect_street_pairs(
            scattered(7, 10, 0),
            scattered(8, 5, 0),
            Reach(network=StreetMatrix(broken, 600, ""), street_m=700),
        )


FAR_SOUTH = SOUTH - 0.0063  # 700 m south of the town's southernmost street
STATION = (WEST + 5.5 * STEP_LON, FAR_SOUTH - 0.0009)
NORTH = (WEST + 5.4 * STEP_LON, SOUTH + 0.0002)


@pytest.fixture(scope="module", params=["island", "one-way"])
def edge(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A grid of streets, and south of it a street at the edge of the extract that leads nowhere."""
    folder = tmp_path_factory.mktemp("edge")
    town = Extract()  # noqa: F811
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
    routes = ask_all(StreetMatrix(streets, 3_000, "ways"), points, places)
    metres = routes.metres.reshape(len(points), len(places))
    assert (metres >= expected_least_m(points, places) * 0.98 - 5).all()
    ways = streets.ways(NORTH, places)
    assert ways is not None
    assert metres[0] == pytest.approx(ways.metres, abs=3)
