"""Find the stations near points in any datum, for the command line and the API."""

from typing import TYPE_CHECKING

from numpy.typing import ArrayLike

from geo.crs import to_wgs84

if TYPE_CHECKING:
    from geo.nearest.index import StationIndex
    from geo.nearest.query import NearestQuery
    from geo.nearest.result import NearestResult
    from geo.nearest.travel import Network


def find_nearest(
    index: "StationIndex", points: ArrayLike, query: "NearestQuery", network: "Network | None" = None
) -> "list[NearestResult]":
    """Return the nearest stations of an index for each point, by the street network if one is given.

    *Shape*: (n, 2) lon, lat. *CRS*: that of the query's ``datum``.
    """
    return index.nearest(to_wgs84(points, query.datum), query, network)
