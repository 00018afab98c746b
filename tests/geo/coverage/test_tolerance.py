"""How far a sum of sample points may be off, by street and in gaps, against a grid ten times as dense."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import pytest
from scipy.spatial import cKDTree

from geo.coverage.demand import Demand
from geo.coverage.neighbours import Neighbours
from geo.coverage.reach import PairRoutes, Reach
from geo.coverage.served import coverage_at
from geo.gaps.finding import Gap, compute_gaps
from geo.gaps.week import sum_gaps
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


def stations_at(metres: Floats) -> StationIndex:
    return StationIndex.build(
        [
            Station(id=f"s{n}", name="n", kind="outdoor_station", lon=lon, lat=lat, hours_text="24小时")
            for n, (lon, lat) in enumerate(SOUTH_WEST + metres / METRES)
        ]
    )


def test_sample_points_by_street_are_rarely_farther_off_than_their_tolerance() -> None:
    rng, coarse, dense = np.random.default_rng(63), grid(SPACING_M), grid(SPACING_M / 10)
    reach = Reach(LIMIT_M, network=SlantedStreets(), street_m=LIMIT_M)
    off, tolerances = [], []
    for turn in range(40):
        index = stations_at(rng.uniform(0, SIDE_M, (1 + turn % 3, 2)))
        rough, exact = (coverage_at(one, index, NOON, reach) for one in (coarse, dense))
        off.append(abs(coarse.sum_served(rough.share) - dense.sum_served(exact.share)))
        tolerances.append(rough.tolerance(coarse, LIMIT_M))
    within = np.array(off) <= tolerances
    assert np.mean(within) >= 0.9
    assert np.mean(off) > np.mean(tolerances) / 6


def two_grids(spacings_m: tuple[float, float]) -> Demand:
    """Samples of two counties side by side, each in its own spacing."""
    west, east = (grid(spacing_m) for spacing_m in spacings_m)
    border = SOUTH_WEST[0] + SIDE_M / 2 / METRES[0]
    parts = [west.select(west.points[:, 0] < border), east.select(east.points[:, 0] > border)]
    points, weight = (np.concatenate([getattr(one, name) for one in parts]) for name in ("points", "weight"))
    codes = [code for code, one in zip(("370102", "370103"), parts, strict=True) for _ in range(len(one))]
    return Demand.from_points(points, weight, "m2", codes)


def measure_gaps(gaps: Sequence[Gap], coarse: Demand, dense: Demand) -> Floats:
    """Return the demand of each gap by dense points, each of which belongs to the nearest sample of its county."""
    gap_of, held = np.full(len(coarse), -1), np.zeros(len(gaps))
    for number, gap in enumerate(gaps):
        gap_of[gap.rows] = number
    for county in ("370102", "370103"):
        rows, own = np.flatnonzero((gap_of >= 0) & (coarse.district == county)), dense.district == county
        _, near = cKDTree(coarse.points[rows] * METRES).query(dense.points[own] * METRES)
        held += np.bincount(gap_of[rows[near]], dense.weight[own], len(gaps))
    return held


@pytest.mark.parametrize("holes", [8, 40])
def test_gaps_with_holes_over_two_spacings_are_rarely_farther_off_than_their_tolerance(holes: int) -> None:
    rng, coarse, dense = np.random.default_rng(64), two_grids((750.0, 150.0)), two_grids((50.0, 25.0))
    reach, single, together, covered = Reach(800.0), [], [], []
    for _ in range(20):
        index = stations_at(rng.uniform(0, SIDE_M, (holes, 2)))
        gaps = compute_gaps(coarse, index, reach, [NOON])
        exact = coverage_at(dense, index, NOON, reach)
        held = measure_gaps(gaps, coarse, dense.select(~exact.mask))
        single += [abs(gap.demand - own) <= gap.tolerance for gap, own in zip(gaps, held, strict=True)]
        sums, rough = sum_gaps(gaps, coarse, [NOON]), coverage_at(coarse, index, NOON, reach)
        together.append(abs(sums.lasting_demand - held.sum()) <= sums.lasting_tolerance)
        off = coarse.sum_served(rough.share) - dense.sum_served(exact.share)
        covered.append(abs(off) <= rough.tolerance(coarse, reach.radius_m))
    assert min(map(np.mean, (single, together, covered))) >= 0.85
