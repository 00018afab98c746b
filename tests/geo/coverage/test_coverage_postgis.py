"""Shares, counts, distances and areas of 济南, reckoned again by PostGIS."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import geopandas as gpd
import numpy as np
import pytest

from geo.coverage import (
    OPEN_TO_ALL,
    Demand,
    Reach,
    area_demand,
    area_m2,
    coverage_at,
    coverage_by_area,
    coverage_by_hour,
    coverage_overall,
    population_demand,
)
from geo.formats.facts import shandong_population
from geo.nearest.index import StationIndex
from tests.geo.coverage.obvious import place, will_do
from tests.geo.coverage.recomputing import Recomputing

pytestmark = pytest.mark.needs("postgis")

MONDAY = datetime(2026, 9, 13, 16, tzinfo=UTC)  # 14 September, 0:00
HOURS = (3, 12, 4 * 24 + 12, 4 * 24 + 22, 5 * 24 + 17)
PHRASES = ("24小时", "周一至周五9:00-17:00", "8:30-17:30", "周一至周日18:00-6:00", "")
RADIUS_M = 1_500.0
REACH = Reach(RADIUS_M)


@pytest.fixture(scope="module")
def jinan(counties: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return counties[counties["code"].str.startswith("3701")].reset_index(drop=True)


@pytest.fixture(scope="module")
def index() -> StationIndex:
    """Most in town, some in the country, some at one place, and one so far away that it serves nobody."""
    rng = np.random.default_rng(7)
    town, country = (
        rng.normal((117.05, 36.66), (0.12, 0.05), (350, 2)),
        rng.uniform((116.2, 36.0), (117.9, 37.5), (100, 2)),
    )
    points = np.concatenate((town, country, town[:20], [(110.0, 36.0)]))
    return StationIndex.build(
        [place(f"s{n:03d}", lon, lat, PHRASES[n % 5]) for n, (lon, lat) in enumerate(points.tolist())]
    )


@pytest.fixture(scope="module")
def demand(jinan: gpd.GeoDataFrame) -> Demand:
    """Residents on a grid of 1.5 km, some in no area, and one too far from anything."""
    residents = population_demand(jinan, shandong_population(), 1_500)
    astray = np.array([(117.9, 37.6), (104.0, 30.6)])
    points, weight = np.concatenate((residents.points, astray)), np.append(residents.weight, (7, 5))
    return Demand.from_points(points, weight, districts=[*residents.district.tolist(), None, "510107"])


@pytest.fixture(scope="module")
def postgis(
    postgres_url: str, index: StationIndex, demand: Demand, jinan: gpd.GeoDataFrame
) -> Iterator[Recomputing]:
    import psycopg

    with psycopg.connect(f"{postgres_url}/postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE coverage")
    doors = {
        str(hour): will_do(index.stations, MONDAY + timedelta(hours=hour), OPEN_TO_ALL) for hour in HOURS
    }
    with psycopg.connect(f"{postgres_url}/coverage", autocommit=True) as connection:
        yield Recomputing.of(connection, demand, index.points, doors, jinan)


@pytest.mark.parametrize("hour", HOURS)
def test_who_is_served_and_how_much_is_exactly_that_of_postgis(
    postgis: Recomputing, index: StationIndex, demand: Demand, hour: int
) -> None:
    served = coverage_at(demand, index, MONDAY + timedelta(hours=hour), REACH)
    assert set(np.flatnonzero(served.mask)) == postgis.served(str(hour), RADIUS_M)
    whole = postgis.totals(str(hour), RADIUS_M)[""]
    figures = coverage_overall(demand, served)
    assert (figures.points, figures.demand, figures.served) == (whole.points, whole.demand, whole.served)
    assert 0 < figures.share < 1
    for digits in (2, 4, 6):
        table, theirs = coverage_by_area(demand, served, digits), postgis.totals(str(hour), RADIUS_M, digits)
        assert set(table.index) == set(theirs)
        for code, line in table.iterrows():
            one = theirs[str(code)]
            assert (line["points"], line["demand"], line["served"]) == (one.points, one.demand, one.served)
            assert line["share"] == pytest.approx(one.served / one.demand, rel=1e-12)


@pytest.mark.parametrize("hour", HOURS[2:4])
def test_distances_and_those_within_which_a_share_lives_are_those_of_postgis(
    postgis: Recomputing, index: StationIndex, demand: Demand, hour: int
) -> None:
    served, theirs = (
        coverage_at(demand, index, MONDAY + timedelta(hours=hour), REACH),
        postgis.nearest_m(str(hour)),
    )
    there = np.isfinite(theirs)
    assert (np.isfinite(served.nearest_m) == there).all()
    assert not there.all()
    assert np.abs(served.nearest_m[there] - theirs[there]).max() < 0.001
    for column, share in (("median_m", "0.5"), ("p90_m", "0.9")):
        assert getattr(coverage_overall(demand, served), column) == pytest.approx(
            postgis.quantiles_m(str(hour), share)[""], rel=1e-6
        )
        for code, metres in postgis.quantiles_m(str(hour), share, 6).items():
            assert coverage_by_area(demand, served, 6).loc[code, column] == pytest.approx(metres, rel=1e-6)


def test_the_hours_of_the_week_are_those_of_postgis(
    postgis: Recomputing, index: StationIndex, demand: Demand
) -> None:
    week = coverage_by_hour(demand, index, MONDAY.date() + timedelta(days=1), REACH)
    for hour in HOURS:
        assert week.served[hour] == postgis.totals(str(hour), RADIUS_M)[""].served
        assert set(np.flatnonzero(week.served_at(hour))) == postgis.served(str(hour), RADIUS_M)


def test_the_areas_of_the_counties_are_those_of_postgis(
    postgis: Recomputing, jinan: gpd.GeoDataFrame
) -> None:
    theirs, ground = postgis.areas_m2(), area_demand(jinan, 1_500)
    for code, ours in zip(jinan["code"], area_m2(jinan.geometry), strict=True):
        assert ours == pytest.approx(theirs[code], rel=0.001)
        assert ground.weight[ground.district == code].sum() == pytest.approx(theirs[code], rel=0.001)
