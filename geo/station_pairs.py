"""Compare two versions of stations, pair by pair: how far they are apart, and which fields differ."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from geo.station import Station

_SAME_PLACE_M = 1e-3  # a difference by rounding in a file is not a move
StationPair = tuple[Station, Station]


@dataclass(frozen=True, slots=True)
class StationChange:
    """A station that differs. ``distance_m`` is None unless it is placed before and after."""

    before: Station
    after: Station
    fields: tuple[str, ...]
    distance_m: float | None

    @property
    def is_moved(self) -> bool:
        return "lon" in self.fields or "lat" in self.fields


def distances_m(pairs: Sequence[StationPair]) -> list[float | None]:
    """Return the distance of each pair; None where one of the two is not placed. *Units*: metres."""
    import numpy as np  # here: whoever only reads a register needs neither numpy nor pyproj

    from geo.geodesy import geodesic_m

    placed = [n for n, pair in enumerate(pairs) if all(station.is_placed for station in pair)]
    points = [[(station.lon, station.lat) for station in pairs[n]] for n in placed]
    lonlat = np.array(points, dtype=np.float64).reshape(-1, 2, 2)
    metres: list[float | None] = [None] * len(pairs)
    for n, distance_m in zip(placed, geodesic_m(lonlat[:, 0], lonlat[:, 1]).tolist(), strict=True):
        metres[n] = distance_m
    return metres


def list_changes(pairs: Sequence[StationPair], ignored: Collection[str] = ()) -> list[StationChange]:
    """Return the pairs that differ in any but the ``ignored`` fields.

    A station that is less than a millimetre away has not moved: it has its old coordinates.
    """
    found = []
    for (before, after), metres in zip(pairs, distances_m(pairs), strict=True):
        if before == after:
            continue
        if metres is not None and metres < _SAME_PLACE_M:
            after = after.model_copy(update={"lon": before.lon, "lat": before.lat})
        fields = tuple(
            name
            for name in Station.model_fields
            if name not in ignored and getattr(before, name) != getattr(after, name)
        )
        if fields:
            found.append(StationChange(before, after, fields, metres))
    return found
