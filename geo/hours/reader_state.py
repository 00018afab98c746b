"""The rules that a reader drafts, and its state: it walks over the parts of a phrase once, from left to right."""

from dataclasses import dataclass
from itertools import dropwhile, pairwise, takewhile

from geo.hours.day_selector import DaySelector
from geo.hours.items import LastEntry, NightEntry, Part, PhraseItem, TimeSpan
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


_ENDING = (*CLOSING, TokenKind.EXCEPT)
_DAYS = DaySelector | Season
_BOUNDS = tuple(kind for kind in PUNCTUATION if kind is not TokenKind.AND)


def without_part_closures(items: list[PhraseItem]) -> tuple[list[PhraseItem], list[DaySelector]]:
    """Return the items without such closures, and the days on which the place may be closed all the same.

    *Raises* NotUnderstoodError where something else is stated of a part, such as its hours.
    """
    left, doubted = list(items), list[DaySelector]()
    while found := [(at, item) for at, item in enumerate(left) if isinstance(item, Part)]:
        at, part = found[0]
        first, end = _find_closure(left, at)
        closure = left[first:end]
        if not _is_closure(left, first, end):
            raise NotUnderstoodError(part.text)
        parts = [one for one in closure if isinstance(one, Part)]
        if any(one.may_be_all for one in parts) or sum(one.is_floor for one in parts) > 1:
            days = [one for one in closure if isinstance(one, DaySelector)]
            if len(days) != 1 or any(isinstance(one, Season) for one in closure):
                raise NotUnderstoodError(part.text)
            doubted += days
        _cut(left, first, end)
    return left, doubted


def _find_closure(items: list[PhraseItem], at: int) -> tuple[int, int]:
    """Return where the closure of a part begins and ends: its days, parts and words of closing."""
    first = end = at
    while first > 0 and _is_of_closure(items[first - 1]):
        first -= 1
    while end < len(items) and _is_of_closure(items[end]):
        end += 1
    return first, end


def _is_closure(items: list[PhraseItem], first: int, end: int) -> bool:
    """Return whether the items close a part once, and neither they nor a clause beside them may mean the place.

    So 9:00-17:00 周一淋浴不开放; not so 周一和淋浴不开放, 周三，二楼关闭 or 淋浴检修，暂停开放.
    """
    closure, before, after = items[first:end], items[first - 1 :: -1] if first else [], items[end:]
    with_days = isinstance(closure[0], _DAYS) and before[:1] != [] and _tells_hours(before[:1])
    if not with_days and before[:1] and before[0] not in _BOUNDS:
        return False
    if (after[:1] and after[0] not in _BOUNDS) or sum(one in _ENDING for one in closure) != 1:
        return False
    joined = any(
        word is TokenKind.AND and isinstance(one, Part) != isinstance(other, Part)
        for one, word, other in zip(closure, closure[1:], closure[2:], strict=False)
    )
    earlier, later = _clause_of(before), _clause_of(after)
    excepts = TokenKind.EXCEPT in closure
    return (
        not joined
        and (not earlier or _tells_hours(earlier) or (_closes(earlier) and not excepts))
        and (
            not later or _tells_hours(later) or _closes(later) or any(isinstance(one, Part) for one in later)
        )
    )


def _clause_of(items: list[PhraseItem]) -> list[PhraseItem]:
    """Return the first clause of the items, which may begin with punctuation."""
    return list(takewhile(lambda one: one not in _BOUNDS, dropwhile(lambda one: one in _BOUNDS, items)))


def _tells_hours(clause: list[PhraseItem]) -> bool:
    return any(isinstance(one, TimeSpan | LastEntry) or one is TokenKind.ALL_DAY for one in clause)


def _closes(clause: list[PhraseItem]) -> bool:
    """Return whether a clause closes the place on days that it names: 周二闭馆."""
    return any(isinstance(one, _DAYS) for one in clause) and any(one in CLOSING for one in clause)


def _is_of_closure(item: PhraseItem) -> bool:
    return isinstance(item, _DAYS | Part) or item in (*_ENDING, TokenKind.AND)


def _cut(items: list[PhraseItem], first: int, end: int) -> None:
    """Delete a closure with the brackets around it, or with a comma beside it."""
    before, after = items[max(first - 1, 0) : first], items[end : end + 1]
    if before == [TokenKind.LEFT] and after == [TokenKind.RIGHT]:
        first, end = first - 1, end + 1
    elif before == [TokenKind.BREAK]:
        first -= 1
    elif after == [TokenKind.BREAK]:
        end += 1
    del items[first:end]
