"""How far a sum of sample points by street may be off, against a grid ten times as dense."""

from datetime import UTC, datetime

import numpy as np

from geo.coverage.demand import Demand
from geo.coverage.neighbours import Neighbours
from geo.coverage.reach import PairRoutes, Reach
from geo.coverage.served import coverage_at
from geo.geodesy import Floats
from geo.nearest.index import StationIndex
from geo.station import Station

NOON = datetime(2026, 9, 18, 4, tzinfo=UTC)
SIDE_M, SPACING_M, LIMIT_M, DETOUR = 6_000.0, 300.0, 4_000.0, 1.6
SOUTH_WEST, METRES = np.array([117.0, 36.5]), np.array([89_500.0, 111_000.0])


class SlantedStreets:
    """Streets in a slanted grid with a river, which has one bridge: ways are far longer than the straight line."""

    top_speed_m_per_s = 1.0

    def routes_of_pairs(self, points: Floats, places: Floats, near: Neighbours) -> PairRoutes:
        row = np.repeat(np.arange(len(points)), near.count)
        start, end = ((some - SOUTH_WEST) * METRES for some in (points[row], places[near.station]))
        bridge, river_m = np.array([SIDE_M * 0.6, SIDE_M / 2]), SIDE_M / 2
        across = (start[:, 1] < river_m) != (end[:, 1] < river_m)
        metres = np.where(across, _along(start - bridge) + _along(bridge - end), _along(start - end))
        return PairRoutes(metres, metres, np.zeros(len(points), dtype=bool))


def _along(way: Floats) -> Floats:
    turned = way @ np.array([[0.94, -0.34], [0.34, 0.94]])
    return DETOUR * np.abs(turned).sum(axis=1)


def grid(spacing_m: float) -> Demand:
    steps = np.arange(spacing_m / 2, SIDE_M, spacing_m)
    metres = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
    return Demand.from_points(SOUTH_WEST + metres / METRES, np.full(len(metres), spacing_m**2))


def test_sample_points_by_street_are_rarely_farther_off_than_their_tolerance() -> None:
    rng, coarse, dense = np.random.default_rng(63), grid(SPACING_M), grid(SPACING_M / 10)
    reach = Reach(LIMIT_M, network=SlantedStreets(), street_m=LIMIT_M)
    off, tolerances = [], []
    for turn in range(40):
        places = SOUTH_WEST + rng.uniform(0, SIDE_M, (1 + turn % 3, 2)) / METRES
        index = StationIndex.build(
            [
                Station(id=f"s{n}", name="n", kind="outdoor_station", lon=lon, lat=lat, hours_text="24小时")
                for n, (lon, lat) in enumerate(places)
            ]
        )
        rough, exact = (coverage_at(one, index, NOON, reach) for one in (coarse, dense))
        off.append(abs(coarse.sum_served(rough.share) - dense.sum_served(exact.share)))
        tolerances.append(rough.tolerance(coarse, LIMIT_M))
    within = np.array(off) <= tolerances
    assert np.mean(within) >= 0.9
    assert np.mean(off) > np.mean(tolerances) / 6
