"""Run all checks on a set of stations and report each finding once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from geo.checks.duplicates import check_duplicates
from geo.checks.finding import FindingCode, StationFinding, rank_findings
from geo.checks.locations import check_districts, districts_in_addresses
from geo.checks.points import check_datums, check_points
from geo.checks.shared_building import check_shared_addresses, check_standards
from geo.checks.staleness import STALE_AFTER_DAYS, check_default_hours, check_opening_hours, check_staleness
from geo.districts import Districts
from geo.station import Station, Status

_OF_THE_POINT = (FindingCode.OUTSIDE_DISTRICT, FindingCode.OFF_THE_MAP)


@dataclass(frozen=True, slots=True)
class CheckCriteria:
    """What stations are checked against.

    ``districts`` are the outlines, ``today`` is the day of the check, and a station that was verified more
    than ``stale_after_days`` days ago is stale.
    """

    districts: Districts
    today: date
    stale_after_days: int = STALE_AFTER_DAYS


def check_stations(
    stations: Sequence[Station], standpoint: CheckCriteria, *, about: str | None = None
) -> tuple[StationFinding, ...]:
    """Return the findings about these stations, worst first.

    If ``about`` names a station, only findings about it are returned. Stations that are closed for good are
    not checked.
    """
    there = [station for station in stations if station.status is not Status.CLOSED_FOR_GOOD]
    findings = _without_repeats(list(_all(there, standpoint, about)))
    return rank_findings([one for one in findings if about is None or about in one.stations])


def _all(
    stations: Sequence[Station], standpoint: CheckCriteria, about: str | None
) -> Iterator[StationFinding]:
    """Yield the findings of all checks; of duplicates those ``about`` one station, if it is named."""
    districts = standpoint.districts
    named = districts_in_addresses(stations, districts)
    yield from check_datums(stations, districts, named)
    areas = {district.code: district for district in districts.districts}
    yield from check_shared_addresses(stations, areas)
    yield from check_districts(stations, districts, named)
    yield from check_duplicates(stations, areas, about)
    yield from check_points(stations)
    yield from check_opening_hours(stations)
    yield from check_default_hours(stations)
    yield from check_standards(stations)
    yield from check_staleness(stations, standpoint.today, standpoint.stale_after_days)


def _without_repeats(findings: Sequence[StationFinding]) -> Iterator[StationFinding]:
    """Yield the findings without those that another finding explains.

    A wrong datum explains a point in a wrong place. A duplicate explains a shared point.
    """
    shifted = {
        id for finding in findings if finding.code is FindingCode.WRONG_DATUM for id in finding.stations
    }
    pairs = {frozenset(finding.stations) for finding in findings if finding.code is FindingCode.DUPLICATE}
    for finding in findings:
        explained = finding.code in _OF_THE_POINT and shifted.issuperset(finding.stations)
        twice = finding.code is FindingCode.SAME_POINT and frozenset(finding.stations) in pairs
        if not explained and not twice:
            yield finding
