"""Find stations that were verified too long ago, or never."""

from collections.abc import Iterator, Sequence
from datetime import date

from core.text_marks import N_
from geo.checks.finding import FindingCode, FindingSeverity, StationFinding
from geo.station import Station

STALE_AFTER_DAYS = 180


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
        FindingSeverity.WARNING,
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
        FindingSeverity.WARNING,
        tuple(station.id for station in stations),
        N_("of {count} stations no day of verification is known"),
        N_("have somebody look, and enter the day"),
        {"count": str(len(stations))},
    )
