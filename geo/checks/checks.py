"""All checks of a set of stations, each finding told once."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from geo.checks.datums import datums
from geo.checks.duplicates import duplicates
from geo.checks.finding import Code, Finding, ranked
from geo.checks.locations import stated_in_addresses, whereabouts
from geo.checks.points import suspicious_points
from geo.checks.shared_building import one_house
from geo.checks.staleness import STALE_AFTER_DAYS, staleness
from geo.checks.standards import standards
from geo.checks.unread_hours import door_plates
from geo.districts import Districts
from geo.station import Station, Status

_OF_THE_POINT = (Code.OUTSIDE_DISTRICT, Code.OFF_THE_MAP)


@dataclass(frozen=True, slots=True)
class Standpoint:
    """What stations are judged by: the outlines, the day, and after how many days a look is stale."""

    districts: Districts
    today: date
    stale_after_days: int = STALE_AFTER_DAYS


def check_stations(
    stations: Sequence[Station], standpoint: Standpoint, only: Collection[Code] = ()
) -> tuple[Finding, ...]:
    """What is wrong with these stations, worst first; of the codes in ``only`` if there are any.

    Stations that are closed for good are not looked at.
    """
    there = [station for station in stations if station.status is not Status.CLOSED_FOR_GOOD]
    findings = _told_once(list(_all(there, standpoint)))
    return ranked([finding for finding in findings if not only or finding.code in only])


def _all(stations: Sequence[Station], standpoint: Standpoint) -> Iterator[Finding]:
    districts = standpoint.districts
    named = stated_in_addresses(stations, districts)
    yield from datums(stations, districts, named)
    areas = {district.code: district for district in districts.districts}
    yield from one_house(stations, areas)
    yield from whereabouts(stations, districts, named)
    yield from duplicates(stations, areas)
    yield from suspicious_points(stations)
    yield from door_plates(stations)
    yield from standards(stations)
    yield from staleness(stations, standpoint.today, standpoint.stale_after_days)


def _told_once(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Without what a wrong datum explains, and without a common point of what is one place anyway."""
    shifted = {id for finding in findings if finding.code is Code.WRONG_DATUM for id in finding.stations}
    pairs = {frozenset(finding.stations) for finding in findings if finding.code is Code.DUPLICATE}
    for finding in findings:
        explained = finding.code in _OF_THE_POINT and shifted.issuperset(finding.stations)
        twice = finding.code is Code.SAME_POINT and frozenset(finding.stations) in pairs
        if not explained and not twice:
            yield finding
