"""The comparable traits of stations of one kind, as arrays."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geo.checks.matching_keys import (
    AddressMatchKey,
    address_match_key,
    distinguishing_marks,
    name_match_key,
    parse_floors,
    phone_match_key,
)
from geo.districts import District
from geo.geodesy import Floats
from geo.station import Station


@dataclass(frozen=True, slots=True)
class StationTraits:
    """The traits of the stations of one kind that duplicates are found by.

    *Shape*: (n,) each; ``points`` is (n, 2), lon and lat in WGS84, NaN for stations that are not placed.
    """

    stations: Sequence[Station]
    points: Floats
    names: Sequence[str]
    marks: Sequence[Counter[str]]
    addresses: Sequence[AddressMatchKey]
    floors: Sequence[frozenset[str]]
    phones: Sequence[str]

    @classmethod
    def from_stations(cls, stations: Sequence[Station], areas: dict[str, District]) -> "StationTraits":
        """Compute the traits of stations; ``areas`` are the districts by code."""
        names = [
            name_match_key(s.name, district_area_names(areas.get(s.district or ""), bare=True))
            for s in stations
        ]
        addresses = [
            address_match_key(s.address, district_area_names(areas.get(s.district or ""))) for s in stations
        ]
        points = [
            (s.lon, s.lat) if s.lon is not None and s.lat is not None else (np.nan, np.nan) for s in stations
        ]
        return cls(
            stations,
            np.array(points, dtype=np.float64).reshape(-1, 2),
            names,
            [distinguishing_marks(name) for name in names],
            addresses,
            [parse_floors(f"{s.name} {s.address} {s.note}") for s in stations],
            [phone_match_key(s.phone) for s in stations],
        )


def district_area_names(district: District | None, *, bare: bool = False) -> tuple[str, ...]:
    """Return the area names that a text about a place may contain, longest first.

    济南市, 历下区 and, if ``bare``, also 济南, 历下.
    """
    if district is None:
        return ()
    full = (district.province, district.city, district.name)
    if not bare:
        return full
    short = (district.city.removesuffix("市"), district.name[:-1])
    return full + tuple(word for word in short if len(word) >= 2)
