"""Stations without coordinates, with all that is known about where they are."""

from collections.abc import Sequence
from dataclasses import dataclass

from geo.checks.locations import districts_in_addresses
from geo.checks.matching_keys import AddressMatchKey, address_match_key, district_area_names, parse_township
from geo.districts import District, Districts
from geo.station import Station

_LAST = "~"  # after every code


@dataclass(frozen=True, slots=True)
class UnplacedStation:
    """A station without coordinates. ``district`` comes from its code or else its address.

    ``beside`` is a placed station in the same building.
    """

    station: Station
    district: District | None
    township: str
    beside: Station | None


def list_unplaced_stations(stations: Sequence[Station], districts: Districts) -> tuple[UnplacedStation, ...]:
    """List the unplaced stations by district, then name; those without a known district come last."""
    by_code = {district.code: district for district in districts.districts}
    named = districts_in_addresses(stations, districts)
    areas = [by_code.get(s.district or code or "") for s, code in zip(stations, named, strict=True)]
    essences = [
        address_match_key(s.address, district_area_names(a)) for s, a in zip(stations, areas, strict=True)
    ]
    placed: dict[tuple[str, District | None], Station] = {}
    for station, area, essence in zip(stations, areas, essences, strict=True):
        if station.is_placed and essence.house:
            placed.setdefault((essence.house, area), station)
    queue = [
        UnplacedStation(
            s, area, parse_township(s.address, district_area_names(area)), _beside(placed, essence, area)
        )
        for s, area, essence in zip(stations, areas, essences, strict=True)
        if not s.is_placed
    ]
    return tuple(sorted(queue, key=lambda w: (w.district.code if w.district else _LAST, w.station.name)))


def _beside(
    placed: dict[tuple[str, District | None], Station], essence: AddressMatchKey, area: District | None
) -> Station | None:
    return placed.get((essence.house, area)) if essence.house and area else None
