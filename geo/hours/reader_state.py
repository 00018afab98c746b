"""The state of a reader that walks over the parts of a phrase once, from left to right."""

from geo.hours.drafts import RuleDraft
from geo.hours.items import PhraseItem, TimeSpan
from geo.hours.timetable import ClosureRule, DaySelector, Season
from geo.hours.words import TokenKind

ALL_WEEK = DaySelector(weekdays=frozenset(range(7)))
CLOSING = (TokenKind.CLOSED, TokenKind.SUSPENDED)
PUNCTUATION = (TokenKind.BREAK, TokenKind.LINE, TokenKind.LEFT, TokenKind.RIGHT, TokenKind.AND)


class ReaderState:
    """The parts, the position in them, and the rules read so far."""

    def __init__(self, items: list[PhraseItem], doubted: list[DaySelector]) -> None:
        self._items = items
        self._doubted = doubted  # the days on which the place may be closed
        self._at = 0
        self._drafts: list[RuleDraft] = []
        self._closures: list[ClosureRule] = []
        self._opened: list[DaySelector] = []
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
