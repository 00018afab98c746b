"""Choose the places by which gaps are named: the register's stations, and crossings where streets are built.

The list of gaps, the maps and the reports call `load_gap_landmarks`, so that a gap has one name everywhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from yihui.bootstrap import Wiring

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.gaps import NamedPlaces
    from geo.nearest.index import StationIndex
    from yihui.files.street_names.reading import StoredPoint

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class GapLandmarks:
    """The places that name the gaps of an area. ``has_crossings``: their source must be shown."""

    places: "NamedPlaces"
    has_crossings: bool = False


def load_gap_landmarks(wiring: Wiring, index: "StationIndex", outlines: "gpd.GeoDataFrame") -> GapLandmarks:
    """Return the register's stations, then the crossings in the box of the outlines.

    There are no crossings where no streets are built, or where their file is damaged. *CRS*: EPSG:4326.
    """
    from geo.gaps import NamedPlaces

    west, south, east, north = outlines.total_bounds.tolist()
    crossings = _list_crossings(wiring, (west, south, east, north))
    there = zip(index.stations, index.in_register_mask().tolist(), strict=True)
    stations = NamedPlaces.from_stations(station for station, is_there in there if is_there)
    rows = [
        *(
            (name, lon, lat)
            for name, (lon, lat) in zip(stations.names, stations.points.tolist(), strict=True)
        ),
        *((one.name, one.lon, one.lat) for one in crossings),
    ]
    return GapLandmarks(NamedPlaces.from_rows(rows), bool(crossings))


def _list_crossings(wiring: Wiring, box: Box) -> "Sequence[StoredPoint]":
    nothing: Sequence[StoredPoint] = ()
    streets = wiring.street_names
    return nothing if streets is None else streets.use(lambda names: names.crossings_between(box), nothing)
