"""Run all checks of a register, and find stations whose facts are old."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from core.text_marks import N_
from geo.checks.duplicates import check_duplicates
from geo.checks.finding import FindingCode, FindingReason, StationFinding, rank_findings
from geo.checks.locations import check_districts, districts_in_addresses
from geo.checks.points import check_datums, check_points
from geo.checks.shared_building import check_shared_addresses, check_standards
from geo.districts import Districts
from geo.hours import list_unparsed_hours, parse_hours
from geo.station import Station, Status

STALE_AFTER_DAYS = 180
_LEAST_DEFAULTS = 3


def check_staleness(
    stations: Sequence[Station], today: date, after_days: int = STALE_AFTER_DAYS
) -> Iterator[StationFinding]:
    """Yield one finding for each station verified more than ``after_days`` days ago.

    All stations that were never verified are reported in one finding.
    """
    never = [station for station in stations if station.verified_on is None]
    for station in stations:
        if station.verified_on is not None and (today - station.verified_on).days > after_days:
            yield _stale(station, station.verified_on, (today - station.verified_on).days)
    if never:
        yield _never(never)


def _stale(station: Station, on: date, days: int) -> StationFinding:
    return StationFinding(
        FindingCode.STALE,
        (station.id,),
        N_("“{name}” was last verified on {date}, {days} days ago"),
        N_("have somebody look, and enter the day"),
        {"name": station.name, "date": on.isoformat(), "days": str(days)},
        {"days": days},
        weight=days,
    )


def _never(stations: Sequence[Station]) -> StationFinding:
    return StationFinding(
        FindingCode.NEVER_VERIFIED,
        tuple(station.id for station in stations),
        N_("of {count} stations no day of verification is known"),
        N_("have somebody look, and enter the day"),
        {"count": str(len(stations))},
    )


def check_opening_hours(stations: Sequence[Station]) -> Iterator[StationFinding]:
    """Yield one finding for each text that can't be parsed, with all its stations.

    The most frequent text has the greatest weight.
    """
    by_text: dict[str, list[str]] = defaultdict(list)
    for station in stations:
        by_text[station.hours_text].append(station.id)
    for told, count in list_unparsed_hours([(text, len(ids)) for text, ids in by_text.items()]):
        yield StationFinding(
            FindingCode.HOURS_NOT_UNDERSTOOD,
            tuple(by_text[told.text]),
            N_("opening hours of {count} stations can't be understood: {text}"),
            N_("write them like “周一至周五 9:00-17:00”; until then the answer is “unknown”"),
            {"count": str(count), "text": told.text.replace("\n", " / ")},
            {"stations": count},
            reasons=tuple(
                reason
                for reason in (
                    FindingReason(told.reason),
                    FindingReason(N_("what was not understood: {part}"), {"part": told.unread.strip("…")}),
                )
                if reason.message and all(reason.params.values())
            ),
            weight=count,
        )


def check_default_hours(stations: Sequence[Station]) -> Iterator[StationFinding]:
    """Yield one finding for each source whose stations mostly have the hours that a form fills in.

    A single 00:00-00:00 may be meant. Where most stations have it, nobody entered their hours.
    """
    by_source: dict[str, list[Station]] = defaultdict(list)
    for station in stations:
        if station.hours_text.strip():
            by_source[station.source].append(station)
    for source, listed in by_source.items():
        default = [station for station in listed if parse_hours(station.hours_text).is_default]
        if len(default) >= _LEAST_DEFAULTS and len(default) * 2 > len(listed):
            yield StationFinding(
                FindingCode.HOURS_BY_DEFAULT,
                tuple(station.id for station in default),
                N_("{count} of {total} stations with hours in “{source}” have {text}, which forms fill in"),
                N_(
                    "enter their hours, or 24小时 where that is so; until then the answer says “not verified”"
                ),
                {
                    "count": str(len(default)),
                    "total": str(len(listed)),
                    "source": source,
                    "text": default[0].hours_text,
                },
                {"stations": len(default)},
                weight=len(default),
            )


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
