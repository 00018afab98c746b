"""Stations that wait for a place on the map, with all that is known of where they are."""

from collections.abc import Sequence
from dataclasses import dataclass

from geo.checks.locations import stated_in_addresses
from geo.checks.matching_keys import Address, address_essence, township
from geo.checks.traits import area_words
from geo.districts import District, Districts
from geo.station import Station

_LAST = "~"  # after every code


@dataclass(frozen=True, slots=True)
class Waiting:
    """A station without coordinates. ``district`` comes from its code or else its address; ``beside`` is a
    placed station in the same house.
    """

    station: Station
    district: District | None
    township: str
    beside: Station | None


def waiting(stations: Sequence[Station], districts: Districts) -> tuple[Waiting, ...]:
    """Those not placed, by district, then name; who is of no known district comes last."""
    by_code = {district.code: district for district in districts.districts}
    named = stated_in_addresses(stations, districts)
    areas = [by_code.get(s.district or code or "") for s, code in zip(stations, named, strict=True)]
    essences = [address_essence(s.address, area_words(a)) for s, a in zip(stations, areas, strict=True)]
    placed: dict[tuple[str, District | None], Station] = {}
    for station, area, essence in zip(stations, areas, essences, strict=True):
        if station.is_placed and essence.house:
            placed.setdefault((essence.house, area), station)
    queue = [
        Waiting(s, area, township(s.address, area_words(area)), _beside(placed, essence, area))
        for s, area, essence in zip(stations, areas, essences, strict=True)
        if not s.is_placed
    ]
    return tuple(sorted(queue, key=lambda w: (w.district.code if w.district else _LAST, w.station.name)))


def _beside(
    placed: dict[tuple[str, District | None], Station], essence: Address, area: District | None
) -> Station | None:
    return placed.get((essence.house, area)) if essence.house and area else None
