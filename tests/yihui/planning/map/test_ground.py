"""What a map draws as within reach is what coverage counts."""

from dataclasses import replace

from geo.coverage.hours import coverage_by_hour
from geo.coverage.neighbours import Neighbours
from geo.coverage.reach import PairRoutes
from geo.geodesy import Floats
from geo.station import Access
from maps import ReachCells, ReachDiscs
from tests.yihui.planning.map.test_week import MONDAY, sight
from yihui.planning.map.ground import build_map_ground
from yihui.planning.map.scope import MapScope

__all__ = ["sight"]


class UnaskedWays:
    """Streets: the hours that are given say already what they reach."""

    top_speed_m_per_s = 10.0

    def routes_of_pairs(self, points: Floats, places: Floats, near: Neighbours) -> PairRoutes:
        raise NotImplementedError


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
    assert found.points is sight.demand.points
    for hour in (0, 9, 167):
        assert (found.served[:, hour] == hours.served_at(hour)).all()
