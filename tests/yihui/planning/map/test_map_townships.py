"""The townships of a map: their shares, hour by hour, are what geo says when it is asked directly."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.coverage.hours import coverage_by_hour, week_instants
from geo.coverage.population import area_demand
from geo.coverage.reach import Reach
from geo.coverage.served import coverage_at
from geo.coverage.tables import coverage_by_area
from geo.coverage.townships import divide_counties
from geo.nearest.index import StationIndex
from geo.station import Access, Kind, Station
from tests.yihui.planning.map.test_week import AT, MONDAY, two_counties
from yihui.planning.map.areas import MapScope, build_map_levels, build_map_week, list_county_levels
from yihui.planning.run import StudyArea
from yihui.planning.townships import TownshipOutlines
from yihui.runtime.language import load_language


@pytest.fixture(scope="module")
def sight() -> MapScope:
    """Two counties; the western one has two townships and a rest, the eastern one none."""
    rng = np.random.default_rng(8)
    stations = [
        Station(
            id=f"{i:02d}",
            name="站",
            kind=Kind.OUTDOOR_STATION,
            lon=float(lon),
            lat=float(lat),
            hours_text=str(hours),
            access=Access.PUBLIC,
            district="370103" if lon > 117.1 else "370102",
        )
        for i, (lon, lat, hours) in enumerate(
            zip(
                rng.uniform(117.0, 117.2, 40),
                rng.uniform(36.6, 36.7, 40),
                rng.choice(["24小时", "周一至周五8:30-17:30", "18:00-次日6:00", ""], 40),
                strict=True,
            )
        )
    ]
    counties, city = two_counties(117.2)
    towns = gpd.GeoDataFrame(
        {"code": ["370102100", ""], "name": ["甲镇", "乙街道"], "county": "370102"},
        geometry=[shapely.box(117.0, 36.6, 117.05, 36.65), shapely.box(117.05, 36.6, 117.1, 36.65)],
        crs=4326,
    )
    ground = StudyArea("370100", "济南市", "3701", counties, city, {"370102": "历下区", "370103": "市中区"})
    outlines = TownshipOutlines(ground, divide_counties(counties, towns), "own.geojson")
    return MapScope(
        counties,
        [city],
        StationIndex.build(stations),
        area_demand(counties, 500),
        Reach(radius_m=1_000, spacing_m=500),
        AT,
        outlines,
        outlines.full_names(load_language("zh")),
    )


def test_townships_are_the_level_below_the_counties(sight: MapScope) -> None:
    levels = build_map_levels(sight)
    assert [frame["code"].tolist() for frame in levels] == [
        ["370100"],
        ["370102", "370103"],
        ["370102100", "370102REM", "370102T01", "370103REM"],
    ]
    assert levels[-1]["name"].tolist() == ["历下区甲镇", "历下区其余地区", "历下区乙街道", "市中区"]
    assert [len(frame) for frame in list_county_levels(levels)] == [1, 2]
    for figure in ("stations", "open"):
        sums = levels[-1].groupby(levels[-1]["code"].str[:6])[figure].sum()
        assert sums.tolist() == levels[-2][figure].tolist()
    assert sight.townships is not None
    demand = sight.townships.locate_demand(sight.demand)
    served = coverage_at(demand, sight.index, AT, sight.reach)
    share = coverage_by_area(demand, served, 9)["share"]
    assert levels[-1]["covered_share"].tolist() == share.reindex(levels[-1]["code"]).tolist()


def test_without_townships_the_counties_are_the_last_level(sight: MapScope) -> None:
    plain = replace(sight, townships=None)
    assert [frame["code"].tolist() for frame in build_map_levels(plain)] == [["370100"], ["370102", "370103"]]


def test_demand_keeps_its_hours_when_it_gets_a_township(sight: MapScope) -> None:
    hour = (np.arange(len(sight.demand)) % 168).astype(np.int16)
    timed = replace(sight.demand, hour=hour)
    assert sight.townships is not None
    local = sight.townships.locate_demand(timed)
    assert local.hour is not None
    assert local.hour.tolist() == hour.tolist()
    week = coverage_by_hour(timed, sight.index, MONDAY, sight.reach)
    plain = replace(sight, demand=timed)
    found = build_map_week(plain, week, build_map_levels(plain))
    served = coverage_at(
        local.at(week_instants(MONDAY)[9]), sight.index, week_instants(MONDAY)[9], sight.reach
    )
    share = coverage_by_area(local.at(week_instants(MONDAY)[9]), served, 9)["share"].reindex(found.codes[-4:])
    assert found.share[-4:, 9] == pytest.approx(share.to_numpy(), nan_ok=True)
