"""Find stations that were verified too long ago, or never."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date

from core.text_marks import N_
from geo.checks.finding import FindingCode, FindingReason, FindingSeverity, StationFinding
from geo.hours import list_unparsed_hours
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


def check_opening_hours(stations: Sequence[Station]) -> Iterator[StationFinding]:
    """Yield one finding for each text that can't be parsed, with all its stations.

    The most frequent text has the greatest weight.
    """
    by_text: dict[str, list[str]] = defaultdict(list)
    for station in stations:
        by_text[station.hours_text].append(station.id)
    for told in list_unparsed_hours([(text, len(ids)) for text, ids in by_text.items()]):
        yield StationFinding(
            FindingCode.HOURS_NOT_UNDERSTOOD,
            FindingSeverity.WARNING,
            tuple(by_text[told.text]),
            N_("opening hours of {count} stations can't be understood: {text}"),
            N_("write them like “周一至周五 9:00-17:00”; until then the answer is “unknown”"),
            {"count": str(told.count), "text": told.text.replace("\n", " / ")},
            {"stations": told.count},
            reasons=tuple(
                reason
                for reason in (
                    FindingReason(told.reason),
                    FindingReason(N_("what was not understood: {part}"), {"part": told.unread.strip("…")}),
                )
                if reason.message and all(reason.params.values())
            ),
            weight=told.count,
        )
