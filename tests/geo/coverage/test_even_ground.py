"""The share of evenly spread residents, against geopandas on an equal-area projection."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import geopandas as gpd
import numpy as np
import pytest

from core.calendars import Calendar
from geo.coverage.hours import coverage_by_hour
from geo.coverage.outlines import EQUAL_AREA
from geo.coverage.population import population_demand
from geo.coverage.reach import Reach
from geo.coverage.served import coverage_at
from geo.coverage.tables import coverage_by_area
from geo.formats.outlines import load_outlines
from geo.geodesy import Floats
from geo.nearest.index import StationIndex
from geo.station import Station
from tests.tiers import ENDURES

MONDAY = date(2026, 9, 14)
TEN_O_CLOCK = datetime(2026, 9, 16, 2, tzinfo=UTC)
RADIUS_M = 1_000.0
WITHIN_POINTS = 0.001
HOURS = ("24小时", "8:00-18:00", "周六9:00-12:00")
rng = np.random.default_rng(370)
# Around 历下区 and 市南区, some beyond their borders, some at one point with others.
POINTS = np.vstack([rng.normal((117.05, 36.66), 0.05, (70, 2)), rng.normal((120.38, 36.07), 0.04, (50, 2))])
POINTS = np.vstack([POINTS, POINTS[:9]])
INDEX = StationIndex.build(
    [
        Station(id=f"s{n}", name="n", kind="outdoor_station", lon=lon, lat=lat, hours_text=HOURS[n % 3], calendar=Calendar.CN)
        for n, (lon, lat) in enumerate(POINTS)
    ]
)  # fmt: skip


def expected(area: str, at: datetime) -> dict[str, float]:
    """Buffer in the projection of each county's own middle, and measure on the equal-area projection."""
    places: Floats = INDEX.points[INDEX.passing_mask(Reach().filters, at)]
    shares = {}
    for code, outline in load_outlines(within=area).set_index("code").geometry.items():
        middle = f"+proj=aeqd +lon_0={outline.centroid.x} +lat_0={outline.centroid.y} +datum=WGS84"
        doors = gpd.GeoSeries(gpd.points_from_xy(*places.T), crs="EPSG:4326").to_crs(middle)
        near = doors[doors.distance(gpd.GeoSeries([outline], crs="EPSG:4326").to_crs(middle)[0]) <= RADIUS_M]
        reached = near.buffer(RADIUS_M, quad_segs=64).to_crs(EQUAL_AREA).union_all()
        ground = gpd.GeoSeries([outline], crs="EPSG:4326").to_crs(EQUAL_AREA)[0]
        shares[str(code)] = float(ground.intersection(reached).area / ground.area)
    return shares


@pytest.mark.parametrize("area", ["370102", "370100", "370200", *(["370000"] if ENDURES else [])])
def test_residents_are_measured_by_the_ground_of_their_county_whatever_the_area(area: str) -> None:
    outlines = load_outlines(within=area)
    people = dict.fromkeys(outlines["code"], 100_000)
    demand = population_demand(outlines, people, spacing_m=5_000)
    reach = Reach(RADIUS_M)
    share = coverage_by_area(demand, coverage_at(demand, INDEX, TEN_O_CLOCK, reach))["share"]
    week = coverage_by_hour(demand, INDEX, MONDAY, reach).areas
    right = expected(area, TEN_O_CLOCK)
    assert max(right.values()) > 0.3
    assert share.to_dict() == pytest.approx(right, abs=WITHIN_POINTS)
    assert week[2 * 24 + 10].to_dict() == pytest.approx(right, abs=WITHIN_POINTS)
    if area == "370102":
        on_saturday = TEN_O_CLOCK + timedelta(days=3)
        assert week[5 * 24 + 10].to_dict() == pytest.approx(expected(area, on_saturday), abs=WITHIN_POINTS)


def test_a_radius_beyond_all_measure_is_left_to_the_sample_points() -> None:
    outlines = load_outlines(within="370102")
    demand = population_demand(outlines, {"370102": 1_000}, spacing_m=5_000)
    served = coverage_at(demand, INDEX, TEN_O_CLOCK, Reach(100_000))
    assert served.mask.all() and served.ground_share is not None and served.ground_share.all()


def test_sample_points_are_rarely_farther_off_than_their_tolerance() -> None:
    outlines = load_outlines(within="370102")
    demand = population_demand(outlines, {"370102": 1_000_000}, spacing_m=500)
    sampled, (west, south, east, north) = replace(demand, even_ground=None), outlines.total_bounds
    within = []
    for count in range(5, 125, 3):
        points = rng.uniform((west, south), (east, north), (count, 2))
        index = StationIndex.build(
            [
                Station(id=f"s{n}", name="n", kind="outdoor_station", lon=lon, lat=lat, hours_text="24小时")
                for n, (lon, lat) in enumerate(points)
            ]
        )
        exact, rough = (coverage_at(one, index, TEN_O_CLOCK, Reach(RADIUS_M)) for one in (demand, sampled))
        off = abs(demand.sum_served(exact.share) - demand.sum_served(rough.share))
        within.append(off <= rough.tolerance(sampled, RADIUS_M))
        assert exact.tolerance(demand, RADIUS_M) == 0
    assert np.mean(within) >= 0.9


def test_a_new_place_adds_what_the_whole_gains() -> None:
    outlines = load_outlines(within="370102")
    demand = population_demand(outlines, {"370102": 1_000_000}, spacing_m=5_000)
    base, new = POINTS[:20], POINTS[15:40]  # some stand already

    def served(places: Floats) -> float:
        assert demand.even_ground is not None
        is_open = np.ones((len(places), 1), dtype=bool)
        return 1e6 * float(demand.even_ground.covered_shares(places, is_open, RADIUS_M)[0, 0])

    alone, in_turn = (demand.added_amounts(base, new, RADIUS_M, in_turn=one) for one in (False, True))
    assert alone is not None and in_turn is not None
    assert alone.tolist() == pytest.approx(
        [served(np.vstack((base, place))) - served(base) for place in new], abs=5
    )
    turns = [served(np.vstack((base, new[:count]))) for count in range(len(new) + 1)]
    assert in_turn.tolist() == pytest.approx(np.diff(turns).tolist(), abs=5)
