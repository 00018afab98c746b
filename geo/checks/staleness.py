"""Stations at which nobody has looked for long, or ever."""

from collections.abc import Iterator, Sequence
from datetime import date

from geo.checks.finding import Code, Finding, Severity
from geo.station import Station

N_ = str  # marks a text for the message catalogue

STALE_AFTER_DAYS = 180


def staleness(
    stations: Sequence[Station], today: date, after_days: int = STALE_AFTER_DAYS
) -> Iterator[Finding]:
    """Who was verified more than so many days ago, each; who never was, all in one."""
    never = [station for station in stations if station.verified_on is None]
    for station in stations:
        if station.verified_on is not None and (today - station.verified_on).days > after_days:
            yield _stale(station, station.verified_on, (today - station.verified_on).days)
    if never:
        yield _never(never)


def _stale(station: Station, on: date, days: int) -> Finding:
    return Finding(
        Code.STALE,
        Severity.WARNING,
        (station.id,),
        N_("“{name}” was last verified on {date}, {days} days ago"),
        N_("have somebody look, and enter the day"),
        {"name": station.name, "date": on.isoformat(), "days": str(days)},
        {"days": days},
        weight=days,
    )


def _never(stations: Sequence[Station]) -> Finding:
    return Finding(
        Code.NEVER_VERIFIED,
        Severity.WARNING,
        tuple(station.id for station in stations),
        N_("of {count} stations no day of verification is known"),
        N_("have somebody look, and enter the day"),
        {"count": str(len(stations))},
    )
