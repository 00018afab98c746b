"""Check for opening hours that can't be parsed."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from core.text_marks import N_
from geo.checks.finding import FindingCode, FindingReason, FindingSeverity, StationFinding
from geo.hours import list_unparsed_hours
from geo.station import Station


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
