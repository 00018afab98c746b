"""A point that somebody asks about, as it was typed."""

from dataclasses import replace

from core.faults import Fault
from geo.formats.coordinates import Written, read_degrees

N_ = str  # marks a text for the message catalogue

# Whatever is wrong: what a register's file could do about it is of no use to who asks.
_REMEDY = N_("give the longitude first, then the latitude, in decimal degrees: 117.0204 and 36.6683")


def read_asked(written: Written) -> tuple[float, float] | list[Fault]:
    """The point in the datum in which it is asked about, else what is wrong with it."""
    point = read_degrees(written)
    if point is None:
        return [Fault(N_("the point is empty"), _REMEDY, field=f"{written.lon_header}, {written.lat_header}")]
    return point if isinstance(point, tuple) else [replace(fault, remedy=_REMEDY) for fault in point]
