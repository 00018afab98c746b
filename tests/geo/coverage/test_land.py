"""Residents spread over dwellings, residential land or roads, against a slow, obvious spreading."""

from collections import defaultdict
from fractions import Fraction

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from geo.coverage import EQUAL_AREA, population_demand
from geo.coverage.land import (
    MIN_COVERED_SHARE,
    MIN_PER_RESIDENT,
    MIN_SETTLED_SHARE,
    SETTLED_SQUARE_M,
    LandCells,
    LandSource,
    round_to_totals,
    spread_by_land,
)
from geo.formats.facts import shandong_population
from tests.tiers import budget

WEST, EAST = shapely.box(117.0, 36.0, 117.1, 36.1), shapely.box(117.1, 36.0, 117.2, 36.1)
WHOLE = (116.9, 35.9, 117.3, 36.2)
METRES = Transformer.from_crs("EPSG:4326", EQUAL_AREA, always_xy=True)
MAPPED = (LandSource.BUILDINGS, LandSource.RESIDENTIAL, LandSource.ROADS)
CODES = ("370102", "370103")


def two_counties() -> gpd.GeoDataFrame:
    names = {name: list(CODES) for name in ("code", "name", "city", "province")}
    return gpd.GeoDataFrame(names, geometry=[WEST, EAST], crs="EPSG:4326")


def land(*rows: tuple[float, float, float, float, float], extent: tuple[float, ...] = WHOLE) -> LandCells:
    """Cells as lon, lat, floor, residential land, roads."""
    table = np.array(rows, dtype=np.float64).reshape(-1, 5)
    west, south, east, north = extent
    return LandCells(table[:, :2], table[:, 2], table[:, 3], table[:, 4], (west, south, east, north))


def obvious_sources(cells: LandCells, people: dict[str, int]) -> dict[str, LandSource]:
    """The source of each county, cell by cell."""
    chosen = {}
    for code, outline in zip(CODES, (WEST, EAST), strict=True):
        own = [n for n, point in enumerate(cells.points) if _home(point) == code]
        box = shapely.box(*cells.extent)
        is_covered = outline.intersection(box).area >= MIN_COVERED_SHARE * outline.area
        squares = defaultdict(set)
        for n in own:
            x, y = METRES.transform(*cells.points[n])
            square = (x // SETTLED_SQUARE_M, y // SETTLED_SQUARE_M)
            for source, amount in zip(MAPPED, cells.amounts()[n], strict=True):
                if amount > 0:
                    squares[source].add(square)
        settled = set().union(*squares.values())
        chosen[code] = LandSource.EVEN
        for place, source in enumerate(MAPPED):
            total = sum(cells.amounts()[n][place] for n in own)
            is_found = len(squares[source]) >= MIN_SETTLED_SHARE * len(settled)
            if is_covered and total > 0 and total >= MIN_PER_RESIDENT[source] * people[code] and is_found:
                chosen[code] = source
                break
    return chosen


def _home(point: np.ndarray) -> str | None:
    at = shapely.Point(point)
    return next((code for code, shape in zip(CODES, (WEST, EAST), strict=True) if shape.intersects(at)), None)


def obvious_shares(
    cells: LandCells, source: LandSource, code: str, spacing_m: float
) -> dict[tuple[int, int], Fraction]:
    """The exact share of a county's people in each square of the grid."""
    place, shares = MAPPED.index(source), defaultdict(Fraction)
    for point, amounts in zip(cells.points, cells.amounts(), strict=True):
        if _home(point) == code and amounts[place] > 0:
            x, y = METRES.transform(*point)
            shares[round(x / spacing_m), round(y / spacing_m)] += Fraction(float(amounts[place]))
    whole = sum(shares.values())
    return {square: share / whole for square, share in shares.items()}


amount = st.one_of(st.just(0.0), st.floats(0.01, 5_000.0))
row = st.tuples(st.floats(116.95, 117.25), st.floats(35.95, 36.15), amount, amount, st.floats(0.0, 50.0))


@pytest.mark.endure
@settings(max_examples=budget(80), deadline=None)
@given(
    rows=st.lists(row, max_size=25),
    first=st.integers(0, 2_000),
    second=st.integers(0, 400),
    spacing_m=st.sampled_from([250.0, 1_000.0, 5_000.0]),
    east=st.sampled_from([117.3, 117.19, 117.15]),
)
def test_people_are_spread_as_the_obvious_way_spreads_them(
    rows: list[tuple[float, float, float, float, float]],
    first: int,
    second: int,
    spacing_m: float,
    east: float,
) -> None:
    cells, people = (
        land(*rows, extent=(116.9, 35.9, east, 36.2)),
        dict(zip(CODES, (first, second), strict=True)),
    )
    found = spread_by_land(two_counties(), people, cells, spacing_m)
    assert dict(found.sources) == obvious_sources(cells, people)
    for code, source in found.sources.items():
        mine = found.demand.select(found.demand.district == code)
        assert mine.weight.sum() == people[code]
        assert (mine.weight == np.floor(mine.weight)).all()
        if source is LandSource.EVEN:
            even = population_demand(two_counties(), people, spacing_m)
            assert mine.points.tolist() == even.points[even.district == code].tolist()
            continue
        shares = obvious_shares(cells, source, code, spacing_m)
        lived = defaultdict(float)
        for point, persons in zip(mine.points, mine.weight, strict=True):
            x, y = METRES.transform(*point)
            near = min(
                shares, key=lambda square: (square[0] * spacing_m - x) ** 2 + (square[1] * spacing_m - y) ** 2
            )
            lived[near] += persons
        for square, share in shares.items():
            assert abs(lived[square] - share * people[code]) <= 1.0001


@pytest.mark.endure
@settings(max_examples=budget(300), deadline=None)
@given(
    weights=st.lists(st.lists(st.floats(1e-6, 1e9), min_size=1, max_size=12), min_size=1, max_size=5),
    totals=st.lists(st.integers(0, 10**7), min_size=5, max_size=5),
)
def test_whole_persons_keep_every_total_and_each_share(weights: list[list[float]], totals: list[int]) -> None:
    row = np.repeat(np.arange(len(weights)), [len(one) for one in weights])
    found = round_to_totals(row, np.concatenate(weights), np.array(totals[: len(weights)], dtype=np.int64))
    for n, one in enumerate(weights):
        mine = found[row == n]
        assert mine.sum() == totals[n]
        assert (mine >= 0).all()
        exact = [Fraction(weight) * totals[n] / sum(map(Fraction, one)) for weight in one]
        assert max(abs(Fraction(float(m)) - e) for m, e in zip(mine, exact, strict=True)) <= Fraction(
            10_001, 10_000
        )


def test_a_small_county_after_a_large_one_keeps_its_people() -> None:
    found = round_to_totals(
        np.array([0, 1, 1]), np.array([1e15, 1e-6, 3e-6]), np.array([9, 4], dtype=np.int64)
    )
    assert found.tolist() == [9, 1, 3]


@pytest.mark.endure
def test_every_county_of_shandong_keeps_its_census_whatever_the_land(counties: gpd.GeoDataFrame) -> None:
    people, rng = shandong_population(), np.random.default_rng(3)
    points = rng.uniform((114.8, 34.3), (122.8, 38.4), (20_000, 2))
    amounts = rng.exponential(2e5, (3, len(points))) * (rng.random((3, len(points))) < 0.4)
    cells = LandCells(points, *amounts, (114.0, 34.0, 123.0, 39.0))
    found = spread_by_land(counties, people, cells, 2_000)
    assert set(found.sources.values()) >= {LandSource.BUILDINGS, LandSource.ROADS}
    for code in counties["code"]:
        assert found.demand.weight[found.demand.district == code].sum() == people[code]
    assert found.demand.total == 101_527_453


def test_the_best_source_that_suffices_is_used_in_each_county() -> None:
    people = {"370102": 100, "370103": 100}
    west, east = (117.05, 36.05), (117.15, 36.05)
    both = spread_by_land(two_counties(), people, land((*west, 1_000, 0, 0), (*east, 999, 0, 10)))
    assert dict(both.sources) == {"370102": LandSource.BUILDINGS, "370103": LandSource.ROADS}
    assert both.demand.weight.tolist() == [100, 100]
    assert both.demand.points == pytest.approx(np.array([west, east]))
    none = spread_by_land(two_counties(), people, land((*west, 0, 1_000, 0), (*east, 0, 0, 9)))
    assert dict(none.sources) == {"370102": LandSource.RESIDENTIAL, "370103": LandSource.EVEN}
    assert len(none.demand) > 50


@pytest.mark.endure
def test_one_drawn_town_does_not_take_the_people_of_all_villages() -> None:
    town = (117.02, 36.02, 1e6, 0.0, 1_000.0)
    villages = [(117.04 + 0.02 * n, 36.08, 0.0, 0.0, 1_000.0) for n in range(3)]
    found = spread_by_land(two_counties(), {"370102": 1_000, "370103": 0}, land(town, *villages))
    assert found.sources["370102"] is LandSource.ROADS
    assert (found.demand.weight[found.demand.district == "370102"] == 250).sum() == 4


@pytest.mark.endure
def test_a_county_that_the_map_cuts_has_its_people_evenly() -> None:
    cells = land((117.05, 36.05, 1e6, 0, 0), (117.15, 36.05, 1e6, 0, 0), extent=(117.0, 36.0, 117.15, 36.1))
    found = spread_by_land(two_counties(), {"370102": 50, "370103": 50}, cells)
    assert dict(found.sources) == {"370102": LandSource.BUILDINGS, "370103": LandSource.EVEN}


@pytest.mark.parametrize(
    ("row", "extent", "said"),
    [
        ((117.0, 36.0, -1.0, 0.0, 0.0), WHOLE, "floor_m2 -1.0 of cell 0 is negative"),
        ((117.0, 36.0, 0.0, np.nan, 0.0), WHOLE, "residential_m2 nan of cell 0"),
        ((117.0, 36.0, 0.0, 0.0, np.inf), WHOLE, "road_m inf of cell 0"),
        ((36.0, 117.0, 0.0, 0.0, 0.0), WHOLE, "swapped"),
        ((117.0, 36.0, 0.0, 0.0, 0.0), (118.0, 36.0, 117.0, 37.0), "is no box"),
    ],
)
def test_land_that_cannot_be_is_quoted(
    row: tuple[float, float, float, float, float], extent: tuple[float, ...], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        land(row, extent=extent)
