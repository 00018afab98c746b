"""Demand that arises in single hours of the week, beside residents who are there always, against brute force."""

from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.civil_time import HOURS_A_WEEK
from geo.coverage.demand import EVERY_HOUR, Demand, mix_demands
from geo.coverage.hours import coverage_by_hour, week_instants
from geo.coverage.reach import Reach
from geo.coverage.served import coverage_at
from geo.gaps.finding import compute_gaps
from geo.nearest.index import StationIndex
from tests.geo.coverage.obvious import place
from tests.profile import searched

MONDAY = date(2026, 9, 7)
WEEK = week_instants(MONDAY)
STATIONS = StationIndex.build(
    [
        place("day", 117.0, 36.6, "8:00-18:00"),
        place("night", 117.02, 36.6),
        place("late", 117.04, 36.6, "20:00-23:00"),
    ]
)
REACH = Reach(700)


def demand_of(rows: list[tuple[int, int, int]]) -> Demand:
    """Points along a road, 10 m of longitude apart each hundredth, with a weight and an hour."""
    points = [(116.99 + step / 1_000, 36.6) for step, _, _ in rows]
    codes = ["370102" if step < 30 else "370103" for step, _, _ in rows]
    return Demand(
        np.array(points),
        np.array([float(weight) for _, weight, _ in rows]),
        "weighted",
        np.array(codes, dtype=object),
        np.array([hour for _, _, hour in rows], dtype=np.int16),
    )


ROWS = st.lists(
    st.tuples(st.integers(0, 70), st.integers(0, 9), st.integers(EVERY_HOUR, HOURS_A_WEEK - 1)),
    min_size=1,
    max_size=12,
)


@searched(40, anew=True)
@given(ROWS)
def test_each_hour_of_a_week_is_the_demand_of_that_hour(rows: list[tuple[int, int, int]]) -> None:
    demand = demand_of(rows)
    table = coverage_by_hour(demand, STATIONS, MONDAY, REACH)
    for hour, when in enumerate(WEEK):
        there = [
            (i, w * (1 if h == EVERY_HOUR else 168))
            for i, (_, w, h) in enumerate(rows)
            if h in (EVERY_HOUR, hour)
        ]
        served = coverage_at(demand.at(when), STATIONS, when, REACH)
        assert table.total[hour] == pytest.approx(sum(weight for _, weight in there))
        assert table.served[hour] == pytest.approx(sum(weight for i, weight in there if served.mask[i]))
        for row, code in enumerate(table.areas.index):
            own = [(i, weight) for i, weight in there if demand.district[i] == code]
            assert table.area_total[row, hour] == pytest.approx(sum(weight for _, weight in own))
    assert table.total.mean() == pytest.approx(demand.total)


@searched(40, anew=True)
@given(ROWS)
def test_the_gaps_of_an_hour_hold_the_demand_without_a_place_then(rows: list[tuple[int, int, int]]) -> None:
    demand = demand_of(rows)
    gaps = compute_gaps(demand, STATIONS, REACH, WEEK)
    for number, when in enumerate(WEEK):
        now = demand.at(when)
        unserved = now.weight[~coverage_at(now, STATIONS, when, REACH).mask].sum()
        assert sum(gap.unmet_demand[number] for gap in gaps) == pytest.approx(unserved)
    assert all((gap.unmet_demand[~gap.unmet] == 0).all() for gap in gaps)


def test_an_order_of_noon_is_no_gap_where_only_the_night_lacks_a_place() -> None:
    """The place by day is open from 8 to 18; who orders at noon of Monday has one, who orders at 23 has none."""
    noon, late = demand_of([(10, 5, 12)]), demand_of([(10, 5, 23)])
    assert compute_gaps(noon, STATIONS, Reach(300), WEEK) == ()
    (gap,) = compute_gaps(late, STATIONS, Reach(300), WEEK)
    assert (gap.demand, gap.demand_hours, gap.unmet_demand[23]) == (5.0, 5.0 * 168, 5.0 * 168)
    assert compute_gaps(late, STATIONS, Reach(300), WEEK[:12]) == ()  # not asked for the hour of the order


def test_riders_get_their_share_of_the_whole() -> None:
    residents = Demand.from_points([(117.0, 36.6), (117.1, 36.6)], [60, 40])
    orders = demand_of([(10, 3, 12), (20, 1, EVERY_HOUR)])
    mixed = mix_demands(residents, [(orders, 0.3)])
    assert mixed.weight.tolist() == pytest.approx([42, 28, 22.5, 7.5])
    assert (mixed.unit, mixed.total) == ("weighted", pytest.approx(100))
    assert mixed.hour is not None
    assert mixed.hour.tolist() == [EVERY_HOUR, EVERY_HOUR, 12, EVERY_HOUR]
    alone = mix_demands(residents, [(orders, 1.0)])
    assert alone.weight.tolist() == pytest.approx([0, 0, 75, 25])
    assert mix_demands(residents, [(residents, 0.5)]).hour is None


@pytest.mark.parametrize("shares", [(0.6, 0.6), (0.0,), (-0.1,), (1.2,), (float("nan"),)])
def test_shares_that_are_no_parts_of_a_whole_are_refused(shares: tuple[float, ...]) -> None:
    residents = Demand.from_points([(117.0, 36.6)], [60])
    with pytest.raises(ValueError, match="no parts of a whole"):
        mix_demands(residents, [(residents, share) for share in shares])


def test_hours_that_no_week_has_are_refused() -> None:
    for hour in (-2, HOURS_A_WEEK):
        with pytest.raises(ValueError, match="hours of the demand"):
            demand_of([(1, 1, hour)])
    with pytest.raises(ValueError, match="none of a week"):
        demand_of([(1, 1, 3)]).weight_at(HOURS_A_WEEK)
    with pytest.raises(ValueError, match="no time zone"):
        demand_of([(1, 1, 3)]).at(datetime(2026, 9, 7, 12))  # noqa: DTZ001
    assert demand_of([(1, 1, 20)]).at(datetime(2026, 9, 7, 12, tzinfo=UTC)).weight.tolist() == [168.0]
