"""Opening hours that can't be understood."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from geo.checks.finding import Code, Finding, Reason, Severity
from geo.hours import unread
from geo.station import Station

N_ = str  # marks a text for the message catalogue


def door_plates(stations: Sequence[Station]) -> Iterator[Finding]:
    """Each text that can't be understood once, with all its stations; the most frequent weighs most."""
    by_text: dict[str, list[str]] = defaultdict(list)
    for station in stations:
        by_text[station.hours_text].append(station.id)
    for told in unread([(text, len(ids)) for text, ids in by_text.items()]):
        yield Finding(
            Code.HOURS_NOT_UNDERSTOOD,
            Severity.WARNING,
            tuple(by_text[told.text]),
            N_("opening hours of {count} stations can't be understood: {text}"),
            N_("write them like “周一至周五 9:00-17:00”; until then the answer is “unknown”"),
            {"count": str(told.count), "text": told.text.replace("\n", " / ")},
            {"stations": told.count},
            reasons=tuple(
                reason
                for reason in (
                    Reason(told.reason),
                    Reason(N_("what was not understood: {part}"), {"part": told.unread.strip("…")}),
                )
                if reason.message and all(reason.params.values())
            ),
            weight=told.count,
        )
