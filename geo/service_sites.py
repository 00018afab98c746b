"""Sites with several services: a palace with a service centre, a library with a mother room."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from geo.checks.matching_keys import address_match_key
from geo.geodesy import geocentric_vectors, geodesic_m
from geo.nearest.vector_tree import VectorTree
from geo.station import Station, Status

SAME_SITE_M = 30.0
SAME_BUILDING_M = (
    300.0  # the largest extent of a building with one house number; beyond it the address is imprecise
)
_NEIGHBOURS = 16  # nearest points that are examined for each point

Edge = tuple[int, int]


@dataclass(frozen=True, slots=True)
class ServiceSite:
    """Stations of two or more kinds at one place, in input order."""

    stations: tuple[Station, ...]

    def other_stations(self, id: str) -> tuple[Station, ...]:
        """Return the other stations of a station's site."""
        return tuple(station for station in self.stations if station.id != id)


def find_service_sites(stations: Sequence[Station]) -> tuple[ServiceSite, ...]:
    """Find the sites among stations; two of different kinds share one within 30 m, or in one building.

    Two stations of one kind don't make a site: they are duplicates, or two places. Stations closed for
    good are left out.
    """
    there = [station for station in stations if station.status is not Status.CLOSED_FOR_GOOD]
    edges = (*_near(there), *_in_one_house(there))
    members: dict[int, list[Station]] = defaultdict(list)
    for station, first in zip(there, _find_first_connected(len(there), edges), strict=True):
        members[first].append(station)
    return tuple(ServiceSite(tuple(group)) for group in members.values() if len(group) > 1)


def find_services_beside(station: Station, stations: Sequence[Station]) -> tuple[Station, ...]:
    """Return the other stations at a station's site; empty where it has none."""
    own = next((s for s in find_service_sites(stations) if any(x.id == station.id for x in s.stations)), None)
    return own.other_stations(station.id) if own else ()


def _find_first_connected(count: int, edges: Iterable[Edge]) -> list[int]:
    """Return for each of ``count`` numbers the lowest one with which a chain of edges connects it."""
    lower = list(range(count))

    def first_of(number: int) -> int:
        while lower[number] != number:
            lower[number] = number = lower[lower[number]]
        return number

    for edge in edges:
        first, later = sorted(map(first_of, edge))
        lower[later] = first
    return [first_of(number) for number in range(count)]


def _near(stations: Sequence[Station]) -> Iterator[Edge]:
    """Yield pairs of stations of different kinds at one point, and at points nearby."""
    placed = [n for n, station in enumerate(stations) if station.is_placed]
    if not placed:
        return
    points = np.array([(stations[n].lon, stations[n].lat) for n in placed], dtype=np.float64)
    distinct, back = np.unique(points, axis=0, return_inverse=True)
    at_point: list[dict[str, list[int]]] = [{} for _ in distinct]
    for n, point in zip(placed, back.ravel().tolist(), strict=True):
        at_point[point].setdefault(stations[n].kind, []).append(n)
    for kinds in at_point:
        yield from _joined(kinds, kinds)
    vectors = geocentric_vectors(distinct)
    _, found = VectorTree.from_vectors(vectors).query(vectors, _NEIGHBOURS, SAME_SITE_M)
    for point, rank in zip(*np.nonzero(found < len(distinct)), strict=True):
        if found[point, rank] > point:
            yield from _joined(at_point[point], at_point[found[point, rank]])


def _joined(some: Mapping[str, Sequence[int]], others: Mapping[str, Sequence[int]]) -> Iterator[Edge]:
    """Yield pairs that link all stations of each two different kinds, no more pairs than needed."""
    for kind, mine in some.items():
        for other, theirs in others.items():
            if kind != other:
                yield from ((n, theirs[0]) for n in mine)
                yield from ((mine[0], n) for n in theirs)


def _in_one_house(stations: Sequence[Station]) -> Iterator[Edge]:
    houses: dict[tuple[str, str | None], dict[str, list[int]]] = defaultdict(dict)
    for n, station in enumerate(stations):
        area = (station.district_name,) if station.district_name else ()
        house = address_match_key(station.address, area).house
        if house:
            houses[house, station.district].setdefault(station.kind, []).append(n)
    for kinds in houses.values():
        yield from (edge for edge in _joined(kinds, kinds) if _may_be_one_house(stations, edge))


def _may_be_one_house(stations: Sequence[Station], edge: Edge) -> bool:
    one, other = (stations[n] for n in edge)
    if not one.is_placed or not other.is_placed:
        return True
    ends = [np.array([(s.lon, s.lat)], dtype=np.float64) for s in (one, other)]
    return bool(geodesic_m(*ends)[0] <= SAME_BUILDING_M)
