"""What a map draws as within reach is what coverage counts."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from geo.coverage.demand import Demand
from geo.coverage.hours import coverage_by_hour
from geo.coverage.neighbours import Neighbours
from geo.coverage.reach import PairRoutes
from geo.geodesy import Floats
from geo.station import Access, Kind, Station
from maps import ReachCells, ReachDiscs
from tests.yihui.planning.map.test_week import MONDAY, sight
from yihui.bootstrap import Settings, build_wiring
from yihui.planning.map.areas import MapScope, build_map_ground, list_astray_stations
from yihui.planning.order import AreaOrder

__all__ = ["sight"]


class UnaskedWays:
    """Streets: the hours that are given say already what they reach."""

    top_speed_m_per_s = 10.0

    def routes_of_pairs(self, points: Floats, places: Floats, near: Neighbours) -> PairRoutes:
        raise NotImplementedError


class PastWays(UnaskedWays):
    """Streets on which none of the points lies."""

    def routes_of_pairs(self, points: Floats, places: Floats, near: Neighbours) -> PairRoutes:
        far = np.full(len(near.station), np.inf)
        return PairRoutes(far, far, np.ones(len(points), dtype=bool))


def test_discs_stand_around_all_that_counts_the_places_beyond_the_border_too(sight: MapScope) -> None:
    stations = sight.index.stations
    inside = [station for station in stations if station.district != "370300"]
    found = build_map_ground(sight, inside, None)
    assert isinstance(found, ReachDiscs)
    assert found.serving == {station.id for station in stations if station.access is Access.PUBLIC}
    lon = [station.lon or 0 for station in found.beyond]
    assert lon and max(lon) < 117.4 + 0.03, "2 km east of the border at most"
    assert {station.district for station in found.beyond} == {"370300"}
    assert found.states.shape == (len(lon), 1)


def test_by_street_cells_say_at_each_hour_what_coverage_says(sight: MapScope) -> None:
    hours = coverage_by_hour(sight.demand, sight.index, MONDAY, sight.reach)
    by_street = replace(sight, reach=replace(sight.reach, network=UnaskedWays(), street_m=2_000.0))
    found = build_map_ground(by_street, (), hours)
    assert isinstance(found, ReachCells) and found.side_m == 500
    assert (found.points == sight.demand.points).all()
    for hour in (0, 9, 167):
        assert (found.served[:, hour] == hours.served_at(hour)).all()


def test_by_street_cells_of_a_raster_are_as_wide_as_its_points_lie_apart_and_none_is_empty(
    sight: MapScope,
) -> None:
    points = sight.demand.points[0] + [(0, 0), (0, 0.001), (0, 0.002), (0, 0.003)]
    riders = Demand.from_points(points, [5, 2, 0, 4], "riders")
    ways = replace(sight.reach, network=PastWays(), street_m=2_000.0)
    found = build_map_ground(replace(sight, demand=riders, reach=ways), (), None)
    assert isinstance(found, ReachCells) and found.side_m == pytest.approx(111, abs=1)
    assert (found.points == riders.points[[0, 1, 3]]).all()
    assert found.served.shape == (3, 1)


def test_by_street_no_ground_is_drawn_around_demand_that_stands_at_scattered_points(sight: MapScope) -> None:
    points = sight.demand.points[0] + [(0, 0), (0, 0.001), (0, 0.004), (0.02, 0.003), (0.03, 0.03)]
    riders = Demand.from_points(points, [5, 2, 1, 4, 1], "riders")
    ways = replace(sight.reach, network=PastWays(), street_m=2_000.0)
    assert build_map_ground(replace(sight, demand=riders, reach=ways), (), None) is None
    one = Demand.from_points(points[:1], [5], "riders")
    assert build_map_ground(replace(sight, demand=one, reach=ways), (), None) is None


def test_a_county_lists_stations_of_no_area_only_where_most_of_their_register_lies_in_it(
    tmp_path: Path,
) -> None:
    wiring = build_wiring(Settings(database=str(tmp_path / "yihui.db"), data_folder=tmp_path))
    sea = Station(id="sea", name="海上站", kind=Kind.LIBRARY, lon=123.9, lat=37.5)
    others = [Station(id=str(n), name="站", kind=Kind.LIBRARY, district="370102") for n in range(4)]

    def count(area: str, register: str | None, inside: int) -> int:
        order = AreaOrder(area=area, at=datetime(2026, 10, 9, 2, tzinfo=UTC), only_register=register)
        return len(list_astray_stations(wiring, [sea, *others], order, others[:inside]))

    assert [count("370102", "r", inside) for inside in (4, 3, 1)] == [1, 1, 0]
    assert [count("370102", None, 4), count("370000", None, 4), count("370000", "r", 1)] == [0, 1, 1]
    wiring.close()
