"""A rule while its parts are being read."""

from dataclasses import dataclass
from itertools import pairwise

from geo.hours.items import TimeSpan
from geo.hours.timetable import DAY_MINUTES, DayPlan, DaySelector, Season, minute_bits


@dataclass(slots=True)
class RuleDraft:
    """A rule while its spans are being read; ``days`` is None until the text names them."""

    days: DaySelector | None
    season: Season | None
    spans: list[TimeSpan]
    office: bool = False
    all_day: bool = False
    shut: int = 0  # a noon break
    doubt: int = 0
    bracketed: bool = False  # its days or dates stood in brackets after its hours

    def doubt_spans_of(self, earlier: "RuleDraft") -> None:
        """Add as unknown the spans but the last of earlier hours that may be meant for these days too.

        8:00-12:00，14:00-18:00（5月-9月），13:30-17:30（10月-4月）: the brackets may belong to the afternoons alone.
        """
        for span in earlier.spans[:-1]:
            if not self.touches(RuleDraft(None, None, [span])):
                self.spans.append(span)
                self.doubt |= minute_bits(span.start, span.end)

    def has_break(self, start: int, end: int) -> bool:
        """Return whether the hours leave a gap between two spans within a part of the day."""
        return any(start <= a.end < b.start <= end for a, b in pairwise(self.spans))

    def touches(self, other: "RuleDraft") -> bool:
        """Return whether the two share a minute."""
        one, two = self.plan(), other.plan()
        return bool((one.open | one.unknown) & (two.open | two.unknown))

    def is_extendable(self, end: int) -> bool:
        """Return whether the hours can close later, at a minute of the same day."""
        return (
            bool(self.spans)
            and not self.all_day
            and not self.doubt
            and self.spans[-1].end < end <= DAY_MINUTES
        )

    def plan(self) -> DayPlan:
        bits = minute_bits(0, DAY_MINUTES) if self.all_day else 0
        for span in self.spans:
            bits |= minute_bits(span.start, span.end)
        bits &= ~(
            self.shut | self.shut >> DAY_MINUTES
        )  # 22:00-6:00停止服务 also covers the end of last night
        return DayPlan(bits & ~self.doubt, bits & self.doubt)


def contains_span(outer: TimeSpan, inner: TimeSpan) -> bool:
    """Return whether a span lies within another."""
    return outer.start <= inner.start and inner.end <= outer.end
