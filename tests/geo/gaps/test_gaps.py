"""Gaps: a town's night, told as it is; and any town's, against brute force."""

from datetime import date, datetime, timedelta
from math import fsum

import h3
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.coverage.demand import Demand
from geo.coverage.hours import week_instants
from geo.coverage.neighbours import Neighbours
from geo.coverage.reach import PairRoutes, Reach
from geo.gaps.finding import Gap, compute_gaps
from geo.gaps.neighbourhoods import NeighbourhoodSize, choose_neighbourhood_size
from geo.gaps.week import HourSpan, weekly_spans
from geo.geodesy import Floats
from geo.nearest.index import StationIndex
from geo.station import Access, Status
from tests.geo.coverage.obvious import place
from tests.geo.nearest.brute_force import GEOD as EARTH
from tests.geo.nearest.brute_force import all_distances
from tests.profile import searched

WEEK = week_instants(date(2026, 9, 7))  # no holiday, no make-up day
NIGHT = [hour >= 22 or hour < 6 for _ in range(7) for hour in range(24)]


def east_of(lon: float, lat: float, metres: float, north: float = 0.0) -> tuple[float, float]:
    lon, lat, _ = EARTH.fwd(lon, lat, 90, metres)
    lon, lat, _ = EARTH.fwd(lon, lat, 0, north)
    return lon, lat


# --- a town with a known night


def town() -> tuple[Demand, StationIndex]:
    """Three quarters along a road. The west has a place that never closes. In the middle, six kilometres on, live
    600 + 250 + 150 riders around a place open from 6 to 22. The east, six more kilometres on, has a place as
    well, for the staff of one bank only, and twenty people."""
    west, middle, east = (117.0, 36.6), east_of(117.0, 36.6, 6_000), east_of(117.0, 36.6, 12_000)
    points = [
        west, east_of(*west, 300), east_of(*west, 0, 400),
        middle, east_of(*middle, 300), east_of(*middle, -200, 250),
        east,
    ]  # fmt: skip
    demand = Demand.from_points(
        points, [900, 80, 20, 600, 250, 150, 20], "riders", ["370102"] * 6 + ["370103"]
    )
    stations = [
        place("west", *west, "24小时"),
        place("middle", *middle, "每天6:00-22:00"),
        place("bank", *east, "24小时", access=Access.EMPLOYER, employer="bank"),
        place("gone", *middle, "24小时", status=Status.CLOSED_FOR_GOOD),
    ]
    return demand, StationIndex.build(stations)


def test_a_planted_night_is_found_with_its_riders_and_its_hours_and_nothing_else() -> None:
    demand, index = town()

    night, never = compute_gaps(demand, index, Reach(radius_m=1_000), WEEK)

    # the middle of the town, all of its riders, from 22 to 6 on every day of the week
    assert night.rows.tolist() == [3, 4, 5]
    assert (night.demand, night.district) == (1_000, "370102")
    assert night.unmet.tolist() == NIGHT
    assert weekly_spans(night.unmet) == (HourSpan((0, 1, 2, 3, 4, 5, 6), 22, 8),)
    assert not night.is_lasting
    # its middle is where its riders are, not somewhere between them
    assert (night.lon, night.lat) == tuple(demand.points[3])
    # the east never has a place: the bank's is for its staff
    assert never.rows.tolist() == [6]
    assert (never.demand, never.district, never.is_lasting) == (20, "370103", True)
    assert weekly_spans(never.unmet) == (HourSpan((0,), 0, 168),)
    # 1,000 riders for 56 hours weigh more than 20 for 168
    assert (night.demand_hours, never.demand_hours) == (56_000, 3_360)


def test_an_area_is_geodesic_and_one_cell_s_is_that_of_its_outline() -> None:
    demand, index = town()
    for gap in compute_gaps(demand, index, Reach(radius_m=1_000), WEEK):
        metres = sum(abs(EARTH.geometry_area_perimeter(outline_of(cell))[0]) for cell in gap.cells)
        assert gap.area_m2 == pytest.approx(metres, rel=1e-9)


def outline_of(cell: str) -> object:
    import shapely

    return shapely.Polygon([(lon, lat) for lat, lon in h3.cell_to_boundary(cell)])


# --- any town


class Town:
    """Demand on a grid with holes, and some places of few kinds of hours, over a few districts."""

    def __init__(self, seed: int, n: int, m: int, radius_m: float) -> None:
        rng = np.random.default_rng(seed)
        side = int(np.ceil(np.sqrt(n)))
        grid = [east_of(117.0, 36.6, 700 * x, 700 * y) for x in range(side) for y in range(side)]
        points = np.array(grid)[rng.permutation(len(grid))[:n]]
        districts = [["370102", "370103", None][i] for i in rng.integers(0, 3, n)]
        self.demand = Demand.from_points(points, rng.integers(0, 50, n), "people", districts)
        hours = ["24小时", "每天6:00-22:00", "周一至周五9:00-17:00", "18:00-次日6:00"]
        spots = points[rng.integers(0, n, m)] + rng.normal(0, 0.003, (m, 2))
        which = [str(rng.choice(hours)) for _ in range(m)]
        self.index = StationIndex.build(
            [place(f"{i}", *spot, which[i]) for i, spot in enumerate(spots.tolist())]
        )
        self.reach = Reach(radius_m=radius_m)
        self.instants = [WEEK[hour] for hour in (2, 12, 20, 2 + 120, 12 + 120)]

    def found(self) -> tuple[Gap, ...]:
        return compute_gaps(self.demand, self.index, self.reach, self.instants)

    def unmet(self) -> np.ndarray:
        """By brute force: *Shape* (n, instants)."""
        near = all_distances(self.demand.points, self.index.points) <= self.reach.radius_m
        open_then = np.array([self.index.states(when) == 1 for when in self.instants]).T
        return ~(near.astype(int) @ open_then.astype(int) > 0)


towns = st.builds(
    Town,
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(1, 40),
    m=st.integers(0, 8),
    radius_m=st.sampled_from([300.0, 700.0, 1_500.0]),
)


@searched(60)
@given(towns)
def test_gaps_hold_exactly_the_demand_without_a_place_at_each_instant(town: Town) -> None:
    unmet, found = town.unmet(), town.found()
    for at in range(len(town.instants)):
        assert fsum(gap.demand for gap in found if gap.unmet[at]) == town.demand.weight[unmet[:, at]].sum()
    held = [row for gap in found for row in gap.rows.tolist()]
    assert len(held) == len(set(held))
    for gap in found:
        assert (unmet[gap.rows] == gap.unmet).all()
        assert set(town.demand.district[gap.rows].tolist()) == {gap.district}
        assert gap.demand == town.demand.weight[gap.rows].sum() > 0


@searched(60)
@given(towns)
def test_the_cells_of_a_gap_hang_together_and_hold_its_demand(town: Town) -> None:
    for gap in town.found():
        cells = set(gap.cells)
        resolution = h3.get_resolution(gap.cells[0])
        lived_in = {
            h3.latlng_to_cell(lat, lon, resolution) for lon, lat in town.demand.points[gap.rows].tolist()
        }
        assert lived_in <= cells
        assert flooded(cells) == cells
        assert len(gap.geometry.geoms) == 1


def flooded(cells: set[str]) -> set[str]:
    reached = {min(cells)}
    while more := {near for cell in reached for near in h3.grid_disk(cell, 1)} & cells - reached:
        reached |= more
    return reached


@searched(60)
@given(towns)
def test_gaps_that_touch_are_two_only_for_their_hours_their_district_or_their_size(town: Town) -> None:
    found, size = town.found(), choose_neighbourhood_size(town.reach.radius_m, "people")
    for i, gap in enumerate(found):
        for other in found[:i]:
            near = {n for cell in gap.cells for n in h3.grid_disk(cell, 1)} & set(other.cells)
            alike = gap.district == other.district and (gap.unmet == other.unmet).all()
            area_m2 = sum(h3.cell_area(cell, unit="m^2") for cell in (*gap.cells, *other.cells))
            assert not (near and alike and area_m2 <= size.area_m2)


@searched(30)
@given(towns, st.integers(0, 2**32 - 1))
def test_gaps_are_the_same_and_called_the_same_however_the_demand_is_ordered(town: Town, seed: int) -> None:
    found = town.found()
    assert len({gap.id for gap in found}) == len(found)
    ranks = [(-gap.demand_hours, -gap.demand, gap.id) for gap in found]
    assert ranks == sorted(ranks)
    order = np.random.default_rng(seed).permutation(len(town.demand))
    again = compute_gaps(town.demand.select(order), town.index, town.reach, town.instants)
    assert [(g.id, g.cells, g.demand) for g in again] == [(g.id, g.cells, g.demand) for g in found]


def test_a_grid_of_a_kilometre_is_one_gap_without_holes_where_nothing_is_open() -> None:
    """Cells of resolution 8 are a little closer than a kilometre: some hold no point of the grid."""
    points = [east_of(117.0, 36.6, 1_000 * x, 1_000 * y) for x in range(12) for y in range(12)]
    demand = Demand.from_points(points, np.ones(144), "people")
    (gap,) = compute_gaps(demand, StationIndex.build([]), Reach(radius_m=500), WEEK, size=NeighbourhoodSize())
    (ground,) = gap.geometry.geoms
    assert gap.demand == 144
    assert len(ground.interiors) == 0
    assert gap.area_m2 == pytest.approx(144e6, rel=0.15)


class River:
    """No bridge leads west."""

    top_speed_m_per_s = 1.3

    def routes_of_pairs(self, points: Floats, places: Floats, near: Neighbours) -> PairRoutes:
        starts, ends = np.repeat(points, near.count, axis=0), places[near.station]
        metres = np.array(EARTH.inv(*starts.T, *ends.T)[2])
        seconds = np.where(ends[:, 0] >= starts[:, 0], metres / self.top_speed_m_per_s, np.inf)
        return PairRoutes(seconds, metres, np.zeros(len(points), dtype=bool))


def test_by_street_a_place_beyond_the_river_leaves_a_gap() -> None:
    banks = [(117.0, 36.6), east_of(117.0, 36.6, 400), east_of(117.0, 36.6, 800)]
    demand = Demand.from_points(banks, [7, 5, 3], "riders")
    index = StationIndex.build([place("middle", *banks[1], "24小时")])
    by_street = Reach(network=River(), within_s=900)
    assert compute_gaps(demand, index, Reach(radius_m=1_000), WEEK) == ()
    (east,) = compute_gaps(demand, index, by_street, WEEK)
    assert (east.rows.tolist(), east.demand) == ([2], 3)


def test_what_is_asked_at_no_instant_or_a_naive_one_is_refused() -> None:
    demand, index = town()
    with pytest.raises(ValueError, match="no instant"):
        compute_gaps(demand, index, Reach(), [])
    with pytest.raises(ValueError, match="offset"):
        compute_gaps(demand, index, Reach(), [datetime(2026, 9, 14)])  # noqa: DTZ001 that is the fault
    with pytest.raises(ValueError, match="resolution 16"):
        compute_gaps(demand, index, Reach(), WEEK[:1], resolution=16)


def test_no_demand_makes_no_gap_and_neither_does_demand_of_nobody() -> None:
    index = StationIndex.build([])
    assert compute_gaps(Demand.from_points(np.empty((0, 2)), [], "people"), index, Reach(), WEEK) == ()
    assert compute_gaps(Demand.from_points([(117.0, 36.6)], [0], "people"), index, Reach(), WEEK) == ()


def test_more_than_a_week_may_be_asked_about() -> None:
    demand, index = town()
    fortnight = [WEEK[0] + timedelta(hours=h) for h in range(336)]
    (night, _) = compute_gaps(demand, index, Reach(), fortnight)
    assert night.unmet.tolist() == NIGHT * 2
