"""Tables of coverage, and demand by the hour."""

from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.civil_time import HOURS_A_WEEK
from geo.coverage import (
    AREA_CODE_DIGITS,
    Demand,
    Reach,
    ServedDemand,
    coverage_at,
    coverage_by_area,
    coverage_by_cell,
    coverage_by_hour,
    coverage_overall,
)
from geo.coverage.cells import (
    cell_centres,
    cell_names,
    cell_outlines,
    cell_union,
    cells_at_points,
    cells_from_names,
    neighbouring_cells,
)
from geo.coverage.demand import EVERY_HOUR
from geo.coverage.mixture import mix_demands
from geo.coverage.openness import week_instants
from geo.coverage.tables import quantile_by_weight
from geo.gaps import compute_gaps
from geo.nearest.index import StationIndex
from tests.geo.coverage.obvious import place, weighted_quantile
from tests.geo.nearest.brute_force import SMALL, queries
from tests.tiers import budget

CODES = ("370102001001", "370102001002", "370102002001", "370203001001", "410102001001", None)


def demand_and_served(seed: int, n: int) -> tuple[Demand, ServedDemand]:
    rng = np.random.default_rng(seed)
    district = rng.choice(np.array(CODES, dtype=object), n)
    nearest_m = np.where(rng.random(n) < 0.1, np.inf, rng.integers(0, 30, n) * 100.0)
    demand = Demand(
        rng.uniform((116.9, 36.5), (117.1, 36.7), (n, 2)),
        rng.integers(0, 4, n).astype(float),
        "people",
        district,
    )
    return demand, ServedDemand(nearest_m <= 1_000, nearest_m, np.where(np.isfinite(nearest_m), 0, -1))


def told(table: object, mask: np.ndarray, demand: Demand, served: ServedDemand) -> None:
    """One line, counted by hand."""
    weight, near = demand.weight[mask], served.nearest_m[mask]
    total, reached = weight.sum(), demand.weight[mask & served.mask].sum()
    line = (table["points"], table["demand"], table["served"])  # type: ignore[index]
    assert line == (mask.sum(), total, reached)
    share = reached / total if total else float("nan")
    for name, expected in (
        ("share", share),
        ("median_m", weighted_quantile(near, weight, 0.5)),
        ("p90_m", weighted_quantile(near, weight, 0.9)),
    ):
        assert table[name] == pytest.approx(expected, nan_ok=True)  # type: ignore[index]


@settings(deadline=None, derandomize=True, max_examples=40)
@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(0, 60),
    digits=st.sampled_from(sorted(AREA_CODE_DIGITS.values())),
)
def test_each_of_five_levels_is_what_one_counts_by_hand(seed: int, n: int, digits: int) -> None:
    demand, served = demand_and_served(seed, n)
    table = coverage_by_area(demand, served, digits)
    codes = [code or "" for code in demand.district]
    assert table.index.tolist() == sorted({code[:digits] for code in codes if code})
    for code, line in table.iterrows():
        told(line, np.array([one.startswith(str(code)) for one in codes], dtype=bool), demand, served)


@pytest.mark.deeper
@settings(deadline=None, derandomize=True, max_examples=budget(30))
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 60), resolution=st.sampled_from((5, 7, 9)))
def test_each_cell_is_what_one_counts_by_hand_and_holds_its_points(
    seed: int, n: int, resolution: int
) -> None:
    demand, served = demand_and_served(seed, n)
    table = coverage_by_cell(demand, served, resolution)
    names = np.array(cell_names(cells_at_points(demand.points, resolution)))
    assert table.index.tolist() == sorted(set(names.tolist()))
    assert table.crs == "EPSG:4326"
    for name, line in table.iterrows():
        told(line, names == name, demand, served)
        lon, lat = line.geometry.centroid.coords[0]
        assert abs(demand.points[names == name] - (lon, lat)).max() < 0.2  # not swapped
    assert coverage_by_cell(demand.select(np.zeros(n, dtype=bool)), _none()).empty


def _none() -> ServedDemand:
    return ServedDemand(np.zeros(0, dtype=bool), np.zeros(0), np.zeros(0, dtype=np.intp))


def test_the_whole_has_the_points_of_no_area_too() -> None:
    demand, served = demand_and_served(1, 60)
    figures = coverage_overall(demand, served)
    every = np.ones(60, dtype=bool)
    told({name: getattr(figures, name) for name in figures.__dataclass_fields__}, every, demand, served)
    assert coverage_by_area(demand, served, 2)["demand"].sum() < figures.demand
    nothing = coverage_overall(Demand.from_points([], []), _none())
    assert (nothing.demand, np.isnan(nothing.share), np.isnan(nothing.median_m)) == (0, True, True)


@pytest.mark.deeper
@settings(max_examples=budget(100), deadline=None, derandomize=True)
@given(
    pairs=st.lists(st.tuples(st.sampled_from([0.0, 1.0, 2.5, 1e6, np.inf]), st.integers(0, 5)), max_size=20),
    share=st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0]),
)
def test_a_quantile_is_that_of_every_person_written_down(
    pairs: list[tuple[float, int]], share: float
) -> None:
    values, weights = (np.array([pair[i] for pair in pairs], dtype=float) for i in (0, 1))
    found, expected = quantile_by_weight(values, weights, share), weighted_quantile(values, weights, share)
    assert found == expected or (np.isnan(found) and np.isnan(expected))


def test_levels_that_codes_do_not_have_are_refused() -> None:
    demand, served = (
        Demand.from_points([(117.0, 36.6)], [1], districts=["370102"]),
        ServedDemand(*(np.zeros(1),) * 3),
    )
    with pytest.raises(ValueError, match="district code '370102' has fewer than 9 digits"):
        coverage_by_area(demand, served, 9)
    with pytest.raises(ValueError, match=r"digits is 5; give 2 \(province\)"):
        coverage_by_area(demand, served, 5)
    with pytest.raises(ValueError, match="resolution 16"):
        coverage_by_cell(demand, served, 16)
    with pytest.raises(ValueError, match="share is 90"):
        quantile_by_weight(np.ones(1), np.ones(1), 90)


def test_tables_add_up_to_the_whole_at_every_level_and_hour() -> None:
    index = StationIndex.build(SMALL)
    points = queries(5, 300)
    demand = Demand.from_points(points, np.arange(300) % 7, districts=[CODES[i % 5] for i in range(300)])
    when = datetime(2026, 9, 18, 4, tzinfo=UTC)
    served, reach = coverage_at(demand, index, when, Reach(900)), Reach(900)
    whole = coverage_overall(demand, served)
    for digits in AREA_CODE_DIGITS.values():
        table = coverage_by_area(demand, served, digits)
        assert (table["demand"].sum(), table["served"].sum()) == (whole.demand, whole.served)
        week = coverage_by_hour(demand, index, date(2026, 9, 14), reach, digits)
        assert week.areas.index.tolist() == table.index.tolist()
        assert week.areas[4 * 24 + 12].to_numpy() == pytest.approx(table["share"].to_numpy())
    assert coverage_by_cell(demand, served, 8)["served"].sum() == whole.served


def test_cells_have_longitude_first_and_touch_their_neighbours() -> None:
    (cell,) = cells_at_points([(117.0, 36.6)], 7).tolist()
    (outline,), ((lon, lat),) = cell_outlines([cell]), cell_centres([cell]).tolist()
    assert (abs(lon - 117.0) < 0.02, abs(lat - 36.6) < 0.02) == (True, True)
    assert outline.buffer(1e-9).contains(outline.centroid)
    ring = neighbouring_cells(cell)
    assert len(ring) == 6
    assert all(cell_outlines([one])[0].distance(outline) < 1e-9 for one in ring)
    lot = cell_union([*ring, *ring])
    assert (len(lot.geoms), len(lot.geoms[0].interiors)) == (1, 1)
    assert cells_from_names(cell_names(ring)).tolist() == list(ring)
    with pytest.raises(ValueError, match="'8b' names no cell"):
        cells_from_names(["8b"])


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


@pytest.mark.deeper
@settings(max_examples=budget(40), deadline=None)
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


@pytest.mark.deeper
@settings(max_examples=budget(40), deadline=None)
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
