"""Sites with several services: a palace with a service centre, a library with a mother room."""

from collections.abc import Sequence

import numpy as np

from geo.checks.matching_keys import address_match_key
from geo.geodesy import geodesic_m
from geo.station import Station, Status

SAME_SITE_M = 30.0
SAME_BUILDING_M = (
    300.0  # the largest extent of a building with one house number; beyond it the address is imprecise
)


def find_services_beside(station: Station, stations: Sequence[Station]) -> tuple[Station, ...]:
    """Return the other stations at a station's site, in input order; empty where it has none.

    Two stations of different kinds share a site within 30 m, or in one building, and so do all that a chain of such
    pairs connects. Two stations of one kind don't make a site: they are duplicates, or two places. Stations closed for
    good are left out.
    """
    there = [one for one in stations if one.status is not Status.CLOSED_FOR_GOOD]
    lonlat = [(one.lon, one.lat) if one.is_placed else (np.nan, np.nan) for one in there]
    points = np.array(lonlat, dtype=np.float64).reshape(-1, 2)
    kinds, houses = (np.array([name(one) for one in there]) for name in (lambda one: one.kind.value, _house))
    is_beside = np.array([one.id == station.id for one in there], dtype=bool)
    waiting = np.flatnonzero(is_beside).tolist()
    while waiting:
        place = waiting.pop()
        metres = geodesic_m(np.broadcast_to(points[place], points.shape), points)  # NaN without coordinates
        is_joined = (houses == houses[place]) & (houses != "") & ~(metres > SAME_BUILDING_M)
        is_joined |= metres <= SAME_SITE_M
        is_joined &= (kinds != kinds[place]) & ~is_beside
        is_beside |= is_joined
        waiting += np.flatnonzero(is_joined).tolist()
    return tuple(one for one, joined in zip(there, is_beside, strict=True) if joined and one.id != station.id)


def _house(station: Station) -> str:
    """Return the house in which a station lies, with its district; empty where the address names none."""
    area = (station.district_name,) if station.district_name else ()
    house = address_match_key(station.address, area).house
    return f"{house}\n{station.district}" if house else ""
