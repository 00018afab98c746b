"""Order the matches of a search by their distance from the user."""

from math import cos, radians

from geo.place_names.register import NamedPlace, PlaceIndex, PlaceMatch

Point = tuple[float, float]

_MOST_AROUND = 100  # matches of the cities around that are sorted by distance
_MOST_CALLED = 3  # districts with a matching name that come before all stations
_EDGE = 0.3  # degrees of a meridian, 33 km: near a city's edge a district of another city may be nearer


def search_near(
    finder: PlaceIndex, typed: str, near: Point, limit: int = 10, district: str | None = None
) -> list[NamedPlace]:
    """Search as `PlaceIndex.search`, with the places nearest to the user first.

    The order is: a few districts whose name matches, the nearest first; then the places of the cities
    around, by rank and then by distance; then all others. *CRS*: ``near`` is lon, lat in WGS84.
    """
    cities = _cities_around(finder, near)
    called: list[PlaceMatch] = []
    around: list[PlaceMatch] = []
    others: list[PlaceMatch] = []
    for found in finder.iter_matches(typed, district):
        if found.called and found.place.kind == "district":
            called.append(found)
        elif found.place.city in cities:
            around.append(found)
        elif len(others) < limit:
            others.append(found)
        if len(around) == _MOST_AROUND:
            break
    called.sort(key=lambda one: _order(one, near))
    around.sort(key=lambda one: _order(one, near))
    found_all = [*called[:_MOST_CALLED], *around, *called[_MOST_CALLED:], *others]
    return [found.place for found in found_all[: max(0, limit)]]


def _cities_around(finder: PlaceIndex, near: Point) -> frozenset[str]:
    districts = [place for place in finder.districts if not place.id.endswith("00")]
    nearest = min(districts, key=lambda place: _apart(place, near), default=None)
    edge = [place for place in districts if _apart(place, near) <= _EDGE**2]
    return frozenset(place.city for place in (nearest, *edge) if place is not None)


def _order(found: PlaceMatch, near: Point) -> tuple[int, float]:
    return found.rank, _apart(found.place, near)


def _apart(place: NamedPlace, near: Point) -> float:
    """Return a distance that is good enough to sort by: squared degrees of a meridian."""
    if place.lon is None or place.lat is None:
        return float("inf")
    lon, lat = near
    east = (place.lon - lon + 180) % 360 - 180
    return float((east * cos(radians(lat))) ** 2 + (place.lat - lat) ** 2)
