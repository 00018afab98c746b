"""Where gaps are said to be."""

from datetime import date

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from geo.coverage.demand import Demand
from geo.coverage.hours import week_instants
from geo.coverage.reach import Reach
from geo.districts import Districts
from geo.gaps.finding import Gap, compute_gaps
from geo.gaps.locations import NamedPlaces, locate_gaps
from geo.nearest.index import StationIndex
from geo.station import Kind, Station
from tests.profile import searched

EARTH = Geod(ellps="WGS84")
NOTHING = StationIndex.build([])


def gaps_at(*points: tuple[float, float], districts: list[str | None] | None = None) -> tuple[Gap, ...]:
    demand = Demand.from_points(
        points, range(len(points), 0, -1), "people", districts
    )  # ranked as they are given
    return compute_gaps(demand, NOTHING, Reach(radius_m=500), week_instants(date(2026, 9, 7))[:1])


def districts(*codes: tuple[str, str, str]) -> Districts:
    rows = [
        (code, name, city, shapely.box(117 + i, 36, 118 + i, 37))
        for i, (code, name, city) in enumerate(codes)
    ]
    columns = dict(zip(("code", "name", "city", "geometry"), zip(*rows, strict=True), strict=True))
    return Districts.from_frame(gpd.GeoDataFrame({**columns, "province": "山东省"}, crs="EPSG:4326"))


def test_a_gap_is_seen_from_the_nearest_place() -> None:
    lon, lat, _ = EARTH.fwd(117.3, 36.3, 90, 2_300)
    places = NamedPlaces.from_rows([("far", 117.5, 36.3), ("near", 117.3, 36.3)])
    (where,) = locate_gaps(
        gaps_at((lon, lat), districts=["370112"]), places, districts(("370112", "历城区", "济南市"))
    )
    assert (where.area, where.near, where.bearing) == (("济南市", "历城区"), "near", "east")
    assert where.distance_m == pytest.approx(2_300, abs=1e-6)


def test_a_gap_without_a_district_of_its_own_is_in_that_of_its_middle() -> None:
    known = districts(("370102", "历下区", "济南市"), ("370103", "市中区", "济南市"))
    inside, outside = locate_gaps(gaps_at((118.5, 36.5), (120.0, 30.0)), NamedPlaces.from_rows([]), known)
    assert inside.area == ("济南市", "市中区")
    assert (outside.area, outside.near, outside.distance_m) == ((), None, np.inf)


def test_a_township_is_named_with_what_holds_it() -> None:
    known = districts(("370102001", "泉城路街道", "历下区"))
    (where,) = locate_gaps(gaps_at((117.5, 36.5), districts=["370102001"]), NamedPlaces.from_rows([]), known)
    assert where.area == ("历下区", "泉城路街道")


def test_places_that_have_no_coordinates_name_nothing() -> None:
    stations = [
        Station(id="a", name="甲", kind=Kind.LIBRARY),
        Station(id="b", name="乙", kind=Kind.LIBRARY, lon=117.0, lat=36.0),
    ]
    assert NamedPlaces.from_stations(stations).names == ("乙",)


def test_no_gap_is_nowhere() -> None:
    assert locate_gaps((), NamedPlaces.from_rows([("a", 117.0, 36.0)])) == ()


spots = st.tuples(st.floats(117, 119), st.floats(36, 37))


@searched(60)
@given(st.lists(spots, min_size=1, max_size=6), st.lists(spots, min_size=1, max_size=8))
def test_no_place_is_nearer_than_the_one_that_is_named(
    points: list[tuple[float, float]], places: list[tuple[float, float]]
) -> None:
    found = gaps_at(*points)
    named = NamedPlaces.from_rows((str(i), lon, lat) for i, (lon, lat) in enumerate(places))
    for gap, where in zip(found, locate_gaps(found, named), strict=True):
        distances = [EARTH.inv(*place, gap.lon, gap.lat)[2] for place in places]
        assert where.distance_m == pytest.approx(min(distances), abs=1e-6)
        assert where.near is not None
        assert distances[int(where.near)] == pytest.approx(min(distances), abs=1e-3)
