"""What a map says of areas and hours equals what geo says when it is asked directly."""

from datetime import UTC, date, datetime

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.coverage.hours import coverage_by_hour, week_instants
from geo.coverage.population import area_demand
from geo.coverage.reach import Reach
from geo.coverage.served import coverage_at
from geo.coverage.tables import coverage_by_area
from geo.nearest.index import StationIndex
from geo.station import Access, Kind, Station
from maps import ColourClasses, WeekFigures
from yihui.planning.map.answer import choose_map_classes
from yihui.planning.map.areas import MapScope, build_map_levels, build_map_week

AT = datetime(2026, 10, 9, 2, tzinfo=UTC)
MONDAY = date(2026, 10, 5)


def two_counties(east: float) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return two counties side by side, the second one up to a longitude, and their city."""
    names = {"city": "济南市", "province": "山东省"}
    counties = gpd.GeoDataFrame(
        [{"code": "370102", "name": "历下区", **names}, {"code": "370103", "name": "市中区", **names}],
        geometry=[shapely.box(117.0, 36.6, 117.1, 36.7), shapely.box(117.1, 36.6, east, 36.7)],
        crs=4326,
    )
    rows = {"code": ["370100"], "name": ["济南市"]}
    return counties, gpd.GeoDataFrame(rows, geometry=[counties.union_all()], crs=4326)


@pytest.fixture(scope="module")
def sight() -> MapScope:
    """Two counties side by side, one three times as wide; a place beyond the border serves this side too."""
    rng = np.random.default_rng(8)
    lon, lat = rng.uniform(116.9, 117.5, 60), rng.uniform(36.5, 36.8, 60)
    hours = rng.choice(["24小时", "周一至周五8:30-17:30", "18:00-次日6:00", ""], 60)
    stations = [
        Station(
            id=f"{i:02d}",
            name="站",
            kind=Kind.OUTDOOR_STATION,
            lon=lon[i],
            lat=lat[i],
            hours_text=str(hours[i]),
            access=Access.PUBLIC,
            district="370300" if lon[i] > 117.4 else "370103" if lon[i] > 117.0 + 0.1 else "370102",
        )
        for i in range(60)
    ]
    counties, city = two_counties(117.4)
    reach = Reach(radius_m=2_000, spacing_m=500)
    return MapScope(counties, [city], StationIndex.build(stations), area_demand(counties, 500), reach, AT)


def test_every_hour_is_what_coverage_says_of_it(sight: MapScope) -> None:
    levels = build_map_levels(sight)
    week = build_map_week(sight, coverage_by_hour(sight.demand, sight.index, MONDAY, sight.reach), levels)
    assert week.codes == ["370100", "370102", "370103"]
    for hour in (0, 9, 20, 99, 167):
        when = week_instants(MONDAY)[hour]
        served = coverage_at(sight.demand, sight.index, when, sight.reach)
        city = coverage_by_area(sight.demand, served, 4)["share"]
        counties = coverage_by_area(sight.demand, served, 6)["share"]
        assert week.share[:, hour] == pytest.approx([city["3701"], *counties], abs=1e-12)
        states = sight.index.states(when)
        assert week.states[:, hour].tolist() == states.tolist()
        here = [station.district for station in sight.index.stations]
        opened = [
            sum(state == 1 and code == one for state, code in zip(states, here, strict=True))
            for one in ("370102", "370103")
        ]
        assert week.open[:, hour].tolist() == [sum(opened), *opened]


def test_the_levels_agree_with_the_hour_that_is_shown(sight: MapScope) -> None:
    city, counties = build_map_levels(sight)
    week = build_map_week(
        sight, coverage_by_hour(sight.demand, sight.index, MONDAY, sight.reach), [city, counties]
    )
    hour = 4 * 24 + 10
    assert week.share[:, hour] == pytest.approx([*city["covered_share"], *counties["covered_share"]])
    assert week.open[:, hour].tolist() == [*city["open"], *counties["open"]]
    assert city["stations"].sum() == counties["stations"].sum() > 0
    assert city["stations"].sum() < len(sight.index.stations), "those beyond the border are not counted"


def test_counties_without_a_share_do_not_make_the_classes_of_the_others_thin(sight: MapScope) -> None:
    names, share = ["370102", "370103"], np.full((2, 168), np.nan)
    week = WeekFigures(MONDAY, (), np.empty((0, 168), np.int8), names, share, np.zeros((2, 168)))
    levels = build_map_levels(sight)
    assert choose_map_classes(levels, week) == ColourClasses()
    share[1, 20] = 0.4
    assert choose_map_classes(levels, week) == ColourClasses.even()
