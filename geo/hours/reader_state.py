"""The rules that a reader drafts, and its state: it walks over the parts of a phrase once, from left to right."""

from dataclasses import dataclass
from itertools import pairwise

from geo.hours.day_selector import DaySelector
from geo.hours.items import NightEntry, PhraseItem, TimeSpan
from geo.hours.timetable import DAY_MINUTES, ClosureRule, DayPlan, Season, SpecialDates, minute_bits
from geo.hours.tokens import NotUnderstoodError
from geo.hours.words import TokenKind

ALL_WEEK = DaySelector(weekdays=frozenset(range(7)))
CLOSING = (TokenKind.CLOSED, TokenKind.SUSPENDED)
PUNCTUATION = (TokenKind.BREAK, TokenKind.LINE, TokenKind.LEFT, TokenKind.RIGHT, TokenKind.AND)


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

    @property
    def end(self) -> int:
        """When the hours end. *Units*: minutes from midnight."""
        return self.spans[-1].end if self.spans else DAY_MINUTES

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

    def doubt_night(self, after: int) -> None:
        """Add as unknown the night after the hours, where people may get in by bell or card from a minute on.

        *Raises* NotUnderstoodError for hours of some days or dates only.
        """
        if self.days not in (None, ALL_WEEK) or self.season is not None or self.all_day or not self.spans:
            raise NotUnderstoodError("…")
        end = self.spans[-1].end
        if not self.spans[0].start <= after < end:
            self.spans.append(TimeSpan(max(after, end), DAY_MINUTES + self.spans[0].start))
            self.doubt |= minute_bits(max(after, end), DAY_MINUTES + self.spans[0].start)

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
        # 22:00-6:00停止服务 also covers the end of last night
        bits &= ~(self.shut | self.shut >> DAY_MINUTES)
        return DayPlan(bits & ~self.doubt, bits & self.doubt)


def contains_span(outer: TimeSpan, inner: TimeSpan) -> bool:
    """Return whether a span lies within another."""
    return outer.start <= inner.start and inner.end <= outer.end


class ReaderState:
    """The parts, the position in them, and the rules read so far."""

    def __init__(self, items: list[PhraseItem], doubted: list[DaySelector]) -> None:
        self._items = items
        self._doubted = doubted  # the days on which the place may be closed
        self._at = 0
        self._drafts: list[RuleDraft] = []
        self._closures: list[ClosureRule] = []
        self._opened: list[DaySelector] = []
        self._special: list[SpecialDates] = []
        self._night: NightEntry | None = None
        self._days: DaySelector | None = None
        self._days_used = True
        self._season: Season | None = None
        self._office = False
        self._bracketed = False
        self._fresh = True  # the next span begins a new rule
        self._early_break = 0
        self._unnamed_rest = False  # 午休 without hours
        self._shut_seasons: list[Season] = []

    def _next(self, ahead: int = 0) -> PhraseItem | None:
        at = self._at + ahead
        return self._items[at] if at < len(self._items) else None

    def _before(self, back: int = 1) -> PhraseItem | None:
        return self._items[self._at - back] if self._at >= back else None

    def _names_hours(self, ahead: int) -> bool:
        return isinstance(self._next(ahead), TimeSpan) or self._next(ahead) is TokenKind.ALL_DAY

    def _draft(self) -> RuleDraft:
        """Return the rule that the next span belongs to."""
        if self._fresh or not self._drafts:
            self._drafts.append(RuleDraft(self._days, self._season, [], self._office))
            self._fresh, self._days_used = False, True
        return self._drafts[-1]

    def _is_last(self) -> bool:
        return all(i in PUNCTUATION for i in self._items[self._at :])
