"""Several services at one place: a palace with a service centre, a library with a mother room."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from geo.checks.matching_keys import address_essence
from geo.geodesy import geocentric, geodesic_m
from geo.station import Station, Status

WITHIN_M = 30.0
ONE_HOUSE_M = 300.0  # a house with one number may be that large; beyond it the address is coarse
_NEIGHBOURS = 16  # points that are asked about, of each point

Edge = tuple[int, int]


@dataclass(frozen=True, slots=True)
class ServiceSite:
    """Stations of two or more kinds at one place, in the order in which they were given."""

    stations: tuple[Station, ...]

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset(station.kind for station in self.stations)

    def others(self, id: str) -> tuple[Station, ...]:
        """The other services of a station's site."""
        return tuple(station for station in self.stations if station.id != id)


def service_sites(stations: Sequence[Station]) -> tuple[ServiceSite, ...]:
    """The sites among stations; two of different kinds share one within 30 m, or in one house.

    Two of one kind don't make a site: they are one place twice, or two places. Who is closed for good is
    left out.
    """
    there = [station for station in stations if station.status is not Status.CLOSED_FOR_GOOD]
    edges = [edge for edge in (*_near(there), *_in_one_house(there)) if _differ(there, edge)]
    if not edges:
        return ()
    one, other = np.array(edges, dtype=np.intp).T
    size = (len(there), len(there))
    _, label = connected_components(coo_matrix((np.ones(len(one)), (one, other)), shape=size), directed=False)
    members: dict[int, list[Station]] = defaultdict(list)
    for station, number in zip(there, label.tolist(), strict=True):
        members[number].append(station)
    return tuple(ServiceSite(tuple(group)) for group in members.values() if len(group) > 1)


def services_beside(station: Station, stations: Sequence[Station]) -> tuple[Station, ...]:
    """The other services at a station's place, of which it may be one itself."""
    own = next((s for s in service_sites(stations) if any(x.id == station.id for x in s.stations)), None)
    return own.others(station.id) if own else ()


def _differ(stations: Sequence[Station], edge: Edge) -> bool:
    return stations[edge[0]].kind != stations[edge[1]].kind


def _near(stations: Sequence[Station]) -> Iterator[Edge]:
    """Each kind's first station at a point with each other kind's first there and at the points nearby."""
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
    vectors = geocentric(distinct)
    found = np.asarray(
        cKDTree(vectors).query(vectors, k=_NEIGHBOURS, distance_upper_bound=WITHIN_M)[1]
    ).reshape(len(distinct), -1)
    for point, rank in zip(*np.nonzero(found < len(distinct)), strict=True):
        if found[point, rank] > point:
            yield from _joined(at_point[point], at_point[found[point, rank]])


def _joined(some: Mapping[str, Sequence[int]], others: Mapping[str, Sequence[int]]) -> Iterator[Edge]:
    """All stations of each two different kinds, in a chain that is no longer than there are stations."""
    for kind, mine in some.items():
        for other, theirs in others.items():
            if kind != other:
                yield from ((n, theirs[0]) for n in mine)
                yield from ((mine[0], n) for n in theirs)


def _in_one_house(stations: Sequence[Station]) -> Iterator[Edge]:
    houses: dict[tuple[str, str | None], dict[str, list[int]]] = defaultdict(dict)
    for n, station in enumerate(stations):
        area = (station.district_name,) if station.district_name else ()
        house = address_essence(station.address, area).house
        if house:
            houses[house, station.district].setdefault(station.kind, []).append(n)
    for kinds in houses.values():
        yield from (edge for edge in _joined(kinds, kinds) if _may_be_one_house(stations, edge))


def _may_be_one_house(stations: Sequence[Station], edge: Edge) -> bool:
    one, other = (stations[n] for n in edge)
    if not one.is_placed or not other.is_placed:
        return True
    ends = [np.array([(s.lon, s.lat)], dtype=np.float64) for s in (one, other)]
    return bool(geodesic_m(*ends)[0] <= ONE_HOUSE_M)
