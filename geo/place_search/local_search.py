"""What somebody types, as somebody means it who is there: in the same city first."""

from math import cos, radians

from geo.place_search.search import Finder, Found, Place

Point = tuple[float, float]

_MOST_AROUND = 100  # that are put in the order of their distances
_MOST_CALLED = 3  # districts that come before all stations
_EDGE = 0.3  # degrees of a meridian, 33 km: at a city's edge another one's district may be nearer


def find_near(finder: Finder, typed: str, near: Point, limit: int = 10) -> list[Place]:
    """As `Finder.find`, the likeliest from there first.

    First some districts that are called so, the nearest first; then the places of the cities around, as likely
    ones by distance; then all others. *CRS*: ``near`` is lon, lat in WGS84.
    """
    cities = _cities_around(finder, near)
    called: list[Found] = []
    around: list[Found] = []
    others: list[Found] = []
    for found in finder.each(typed):
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


def _cities_around(finder: Finder, near: Point) -> frozenset[str]:
    districts = [place for place in finder.districts if not place.id.endswith("00")]
    nearest = min(districts, key=lambda place: _apart(place, near), default=None)
    edge = [place for place in districts if _apart(place, near) <= _EDGE**2]
    return frozenset(place.city for place in (nearest, *edge) if place is not None)


def _order(found: Found, near: Point) -> tuple[int, float]:
    return found.rank, _apart(found.place, near)


def _apart(place: Place, near: Point) -> float:
    """Good enough to order by: squared degrees of a meridian."""
    if place.lon is None or place.lat is None:
        return float("inf")
    lon, lat = near
    east = (place.lon - lon + 180) % 360 - 180
    return float((east * cos(radians(lat))) ** 2 + (place.lat - lat) ** 2)
