"""Parse the point of a nearest query as the rider typed it."""

from dataclasses import replace

from core.faults import Fault, FaultTable
from core.text_marks import N_
from geo.formats.coordinates import CoordinateText, parse_lonlat, parse_typed_point

# One remedy for every fault: remedies for register files don't help the rider who typed a point.
_REMEDY = N_("give the longitude first, then the latitude, in decimal degrees: 117.0204 and 36.6683")

_FAULTS = FaultTable(
    "query_point",
    {
        "empty": (N_("the point is empty"), _REMEDY),
    },
)


def parse_typed_query_point(lon: str, lat: str | None) -> tuple[float, float] | list[Fault]:
    """Return the point of one or two arguments as `parse_query_point`."""
    typed = parse_typed_point(lon, lat)
    if isinstance(typed, Fault):
        return [replace(typed, remedy=_REMEDY)]
    return parse_query_point(typed or CoordinateText("", "", "LON", "LAT"))


def parse_query_point(written: CoordinateText) -> tuple[float, float] | list[Fault]:
    """Return the point in the datum of the query, or the faults of the typed text."""
    point = parse_lonlat(written, allow_minutes=True)
    if point is None:
        return [_FAULTS.build("empty", field=f"{written.lon_header}, {written.lat_header}")]
    return point if isinstance(point, tuple) else [replace(fault, remedy=_REMEDY) for fault in point]
