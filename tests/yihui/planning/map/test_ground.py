"""What a map draws as within reach is what coverage counts."""

from geo.station import Access
from maps import ReachDiscs
from tests.yihui.planning.map.test_week import sight
from yihui.planning.map.ground import build_map_ground
from yihui.planning.map.scope import MapScope

__all__ = ["sight"]


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
