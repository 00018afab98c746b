"""The stations of one kind as arrays of what tells them apart."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geo.checks.matching_keys import Address, address_essence, floors, marks, name_essence, phone_essence
from geo.districts import District
from geo.geodesy import Floats
from geo.station import Station


@dataclass(frozen=True, slots=True)
class Traits:
    """*Shape*: (n,) each; ``points`` is (n, 2), lon, lat WGS84, NaN where a station is not placed."""

    stations: Sequence[Station]
    points: Floats
    names: Sequence[str]
    marks: Sequence[Counter[str]]
    addresses: Sequence[Address]
    floors: Sequence[frozenset[str]]
    phones: Sequence[str]

    @classmethod
    def of(cls, stations: Sequence[Station], areas: dict[str, District]) -> "Traits":
        names = [name_essence(s.name, area_words(areas.get(s.district or ""), bare=True)) for s in stations]
        addresses = [address_essence(s.address, area_words(areas.get(s.district or ""))) for s in stations]
        points = [
            (s.lon, s.lat) if s.lon is not None and s.lat is not None else (np.nan, np.nan) for s in stations
        ]
        return cls(
            stations,
            np.array(points, dtype=np.float64).reshape(-1, 2),
            names,
            [marks(name) for name in names],
            addresses,
            [floors(f"{s.name} {s.address} {s.note}") for s in stations],
            [phone_essence(s.phone) for s in stations],
        )


def area_words(district: District | None, *, bare: bool = False) -> tuple[str, ...]:
    """What a text may say of where it is, longest first: 济南市, 历下区 and, ``bare``, 济南, 历下."""
    if district is None:
        return ()
    full = (district.province, district.city, district.name)
    if not bare:
        return full
    short = (district.city.removesuffix("市"), district.name[:-1])
    return full + tuple(word for word in short if len(word) >= 2)
