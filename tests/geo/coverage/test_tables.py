"""Tables by area and by cell, and the distances within which a share of the demand lies."""

from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.coverage.cells import (
    cell_centres,
    cell_names,
    cell_outlines,
    cell_union,
    cells_at_points,
    cells_from_names,
    neighbouring_cells,
)
from geo.coverage.demand import AREA_CODE_DIGITS, Demand
from geo.coverage.hours import coverage_by_hour
from geo.coverage.reach import Reach
from geo.coverage.served import ServedDemand, coverage_at
from geo.coverage.tables import coverage_by_area, coverage_by_cell, coverage_overall, quantile_by_weight
from geo.nearest.index import StationIndex
from tests.geo.coverage.obvious import weighted_quantile
from tests.geo.nearest.brute_force import SMALL, queries
from tests.profile import searched

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


@searched(30)
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


@searched(100)
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
