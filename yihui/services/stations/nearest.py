"""Find the stations near points in any datum, for the command line and the API."""

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from numpy.typing import ArrayLike

from geo.crs import point_to_wgs84, to_wgs84
from geo.geodesy import box_around
from geo.nearest.query import DOUBT_FACTOR

if TYPE_CHECKING:
    from geo.nearest.index import StationIndex
    from geo.nearest.query import NearestQuery, NearestResult
    from geo.nearest.travel import Network

    Box = tuple[float, float, float, float]
    ReadStations = Callable[[str | None, Box | None], StationIndex]

_REACHES_M = (5_000.0, 50_000.0)


def find_nearest(
    index: "StationIndex", points: ArrayLike, query: "NearestQuery", network: "Network | None" = None
) -> "list[NearestResult]":
    """Return the nearest stations of an index for each point, by the street network if one is given.

    *Shape*: (n, 2) lon, lat. *CRS*: that of the query's ``datum``.
    """
    return index.nearest(to_wgs84(points, query.datum), query, network)


def find_nearest_of_point(
    read_stations: "ReadStations", point: tuple[float, float], query: "NearestQuery"
) -> "NearestResult | None":
    """Return the nearest stations of one point by the straight line; None where no station is placed at all.

    ``read_stations`` is `Wiring.stations`: few stations are read and few timetables compiled where those around the
    point decide the answer. *CRS*: that of the query's ``datum``.
    """
    found = None
    for index, reach_m in _read_growing_boxes(read_stations, point, query):
        if len(index):
            (found,) = find_nearest(index, [point], query)
            if _is_decided(found, query, reach_m):
                return found
    return found


def _read_growing_boxes(
    read_stations: "ReadStations", point: tuple[float, float], query: "NearestQuery"
) -> "Iterator[tuple[StationIndex, float]]":
    """Yield the stations around a point with the distance up to which they are complete; at the end all."""
    lon, lat = point_to_wgs84(point, query.datum)
    for reach_m in _REACHES_M:
        if (box := box_around(lon, lat, reach_m)) is not None:
            yield read_stations(query.register, box), reach_m
    yield read_stations(query.register, None), math.inf


def _is_decided(found: "NearestResult", query: "NearestQuery", reach_m: float) -> bool:
    """Return whether no station beyond the reach could change the answer."""
    if not found.results or found.grown_to_m is not None or query.is_unsure(found.results):
        return reach_m == math.inf
    is_whole = len(found.results) == query.k or (query.within_m is not None and query.within_m <= reach_m)
    farthest_m = max(hit.distance_m for hit in found.results)  # they may be ordered by more than the distance
    weight = DOUBT_FACTOR if query.is_open_first and len(found.results) == query.k else 1.0
    return is_whole and weight * farthest_m <= reach_m
