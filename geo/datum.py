"""The four datums of Chinese web maps."""

from enum import StrEnum


class Datum(StrEnum):
    """The datum of a pair of coordinates. CGCS2000 differs from WGS84 by centimetres and is treated as WGS84."""

    WGS84 = "wgs84"
    CGCS2000 = "cgcs2000"
    GCJ02 = "gcj02"
    BD09 = "bd09"


UNSHIFTED_DATUMS = (Datum.WGS84, Datum.CGCS2000)


def is_same_datum(one: Datum, other: Datum) -> bool:
    """Return whether two datums give the same coordinates, to the decimetre."""
    return one == other or {one, other} == {*UNSHIFTED_DATUMS}
