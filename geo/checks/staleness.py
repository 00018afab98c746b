"""Find stations that were verified too long ago, or never."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date

from core.text_marks import N_
from geo.checks.finding import FindingCode, FindingReason, FindingSeverity, StationFinding
from geo.hours import list_unparsed_hours, parse_hours
from geo.station import Station

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
                FindingSeverity.WARNING,
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
