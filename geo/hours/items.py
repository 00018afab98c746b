"""Combine tokens into the parts of a phrase: days, spans, seasons, last entries, and single tokens."""

from dataclasses import dataclass, replace
from datetime import date

from geo.hours.clock import DAY, ClockTime, is_form_default, span_minutes
from geo.hours.day_selector import DaySelector, NthWeekday
from geo.hours.timetable import Season
from geo.hours.tokens import NotUnderstoodError, Token
from geo.hours.words import AFTERNOON, EVENING, MORNING, NOON, PERHAPS_ALL, DayClass, TokenKind

_ALL_WEEK = frozenset(range(7))
_WEEKEND = frozenset({5, 6})
_STARTS_DAYS = (TokenKind.WEEKDAY, TokenKind.WEEKEND, TokenKind.EVERY_DAY, TokenKind.DAY_CLASS, TokenKind.NTH)
_NAMED_DAYS = (TokenKind.DAY_CHAR, TokenKind.WEEKDAY, TokenKind.WEEKEND)
_NARROWING = (DayClass.WORKDAY, DayClass.ORDINARY, DayClass.USUAL)
_STARTS_TIME = (TokenKind.MARK, TokenKind.CLOCK, TokenKind.NUMBER)
_AFTER_CLOCK = ("am", "pm", "a.m.", "p.m.")
_NAMES = {"夏": "夏季", "冬": "冬季", "春": "春季", "秋": "秋季", "夏令": "夏令时", "冬令": "冬令时"}


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """A span of opening. *Units*: minutes from midnight; the end may pass 1440.

    ``is_default``: a form's own value rather than a statement.
    """

    start: int
    end: int
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class OnDates:
    """Days of one year: 2026年10月1日."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class LastEntry:
    """The last entry: 16:30停止入场, or minutes before the end: 闭馆前30分钟停止入场."""

    at: ClockTime | None
    before_end: int = 0


@dataclass(frozen=True, slots=True)
class ClosingExtension:
    """A later closing time: 延长至20:00."""

    at: ClockTime


@dataclass(frozen=True, slots=True)
class SeasonEnd:
    """Another closing time in a season without dates: 冬季至21:00."""

    at: ClockTime


@dataclass(frozen=True, slots=True)
class NightEntry:
    """From when one gets in by bell or card: 22:00后需按门铃. *Units*: minutes; 0 is when the hours end."""

    after: int


@dataclass(frozen=True, slots=True)
class DayEnd:
    """Another closing time on the days before it: 周日至17:30."""

    at: ClockTime


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the place, or of what it offers: 二楼, 淋浴, 自助服务."""

    text: str

    @property
    def may_be_all(self) -> bool:
        """Whether a station may offer nothing else."""
        return self.text.startswith(PERHAPS_ALL)

    @property
    def is_floor(self) -> bool:
        return self.text.endswith(("楼", "层"))


PhraseItem = (
    DaySelector
    | TimeSpan
    | Season
    | LastEntry
    | ClosingExtension
    | SeasonEnd
    | DayEnd
    | NightEntry
    | OnDates
    | Part
    | TokenKind
)


class ItemReader:
    """Reads the tokens once, from left to right."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def read(self) -> list[PhraseItem]:
        """Return all items. *Raises* NotUnderstoodError."""
        items: list[PhraseItem] = []
        while self._at < len(self._tokens):
            items.append(self._item())
        return items

    def _peek(self, ahead: int = 0) -> Token | None:
        at = self._at + ahead
        return self._tokens[at] if at < len(self._tokens) else None

    def _is(self, *kinds: TokenKind, ahead: int = 0) -> bool:
        token = self._peek(ahead)
        return token is not None and token.kind in kinds

    def _take(self) -> Token:
        self._at += 1
        return self._tokens[self._at - 1]

    def _item(self) -> PhraseItem:
        if self._is(TokenKind.ON_DATE):
            return self._on_dates()
        if self._is(TokenKind.DATE, TokenKind.MONTH) or self._is_short_months():
            return self._dated_season()
        if self._is_noon() and self._is(TokenKind.CLOSED, TokenKind.SUSPENDED, TokenKind.REST, ahead=1):
            self._at += 2  # 中午关门
            return TokenKind.REST
        if self._is(*_STARTS_TIME):
            return self._time()
        if self._is(*_STARTS_DAYS):
            return self._days()
        if self._is(TokenKind.SEASON):
            return self._season_end() or self._named_season()
        if self._is(TokenKind.LAST_ENTRY):
            self._take()
            return LastEntry(self._written())
        if self._is(TokenKind.EXTENDED):
            self._take()
            return ClosingExtension(self._written())
        token = self._take()
        if token.kind is TokenKind.EARLY_ENTRY:
            return LastEntry(None, token.number)
        if token.kind is TokenKind.NIGHT_ENTRY:
            return NightEntry(token.number)
        if token.kind is TokenKind.PART:
            return Part(token.text)
        if token.kind is TokenKind.TO and self._is_day_end():
            return DayEnd(self._written())
        if token.kind in (TokenKind.TO, TokenKind.DAY_CHAR, TokenKind.NEXT_DAY):
            raise NotUnderstoodError(token.text)
        return token.kind

    def _is_day_end(self) -> bool:
        """Return whether an end for some days stands in brackets: （周日至17:30）."""
        before = self._tokens[self._at - 2] if self._at > 1 else None
        is_day = before is not None and before.kind in _NAMED_DAYS
        return is_day and self._is(TokenKind.CLOCK) and self._is(TokenKind.RIGHT, ahead=1)

    def _is_noon(self) -> bool:
        token = self._peek()
        return token is not None and token.kind is TokenKind.MARK and token.text in NOON

    # Days ------------------------------------------------------------------------------------

    def _days(self) -> DaySelector:
        days = self._one_days()
        while self._goes_on(days):
            if self._is(TokenKind.AND) or self._is(TokenKind.BREAK):
                self._take()
            days = days | self._one_days()
        return days

    def _goes_on(self, days: DaySelector) -> bool:
        """Return whether more days follow: 周二、四, 周六周日及例假日.

        A space or a full stop ends the list. So does 工作日, which narrows it (周一至周五工作日), and a holiday
        after a range (周一至周五节假日除外).
        """
        if self._is(TokenKind.AND):
            return self._is(*_STARTS_DAYS, TokenKind.DAY_CHAR, ahead=1)
        if self._is(TokenKind.BREAK):
            return self._is(TokenKind.DAY_CHAR, ahead=1)
        following = self._peek()
        if following is None or following.spaced:
            return False
        if following.kind is TokenKind.DAY_CLASS:
            return following.text not in _NARROWING and len(days.weekdays) <= 2
        return following.kind in _NAMED_DAYS and not days.classes & set(_NARROWING)

    def _one_days(self) -> DaySelector:
        token = self._take()
        if token.kind is TokenKind.EVERY_DAY:
            return DaySelector(weekdays=_ALL_WEEK)
        if token.kind is TokenKind.DAY_CLASS:
            return DaySelector(classes=frozenset({DayClass(token.text)}))
        if token.kind is TokenKind.NTH:
            weekday = self._take().number if self._is(TokenKind.WEEKDAY) else None
            if weekday is None:
                raise NotUnderstoodError(token.text)
            if token.number == 0:  # 隔周周三: every one of them may be meant
                return DaySelector(nths=frozenset(NthWeekday(weekday, n, sure=False) for n in (1, 3, 4)))
            return DaySelector(nths=frozenset({NthWeekday(weekday, token.number, not token.unsure)}))
        if token.kind is TokenKind.WEEKEND:
            return DaySelector(weekdays=_WEEKEND)
        return DaySelector(weekdays=self._weekdays_from(token.number))

    def _weekdays_from(self, first: int) -> frozenset[int]:
        if not (
            self._is(TokenKind.TO)
            and self._is(TokenKind.WEEKDAY, TokenKind.DAY_CHAR, TokenKind.WEEKEND, ahead=1)
        ):
            return frozenset({first})
        self._take()
        end = self._take()
        last = 6 if end.kind is TokenKind.WEEKEND else end.number
        return frozenset((first + n) % 7 for n in range((last - first) % 7 + 1))

    # Times -----------------------------------------------------------------------------------

    def _time(self) -> PhraseItem:
        start = self._written()
        if self._is(TokenKind.LAST_ENTRY):
            self._take()
            return LastEntry(start)
        following = self._peek()
        joined = start.mark in MORNING and following is not None and following.text in AFTERNOON | EVENING
        if not self._is(TokenKind.TO) and not joined:
            raise NotUnderstoodError(self._around())
        if not joined:
            self._take()
        end = self._written()
        if start.mark and not end.mark and end.minutes <= 720:
            # 上午9-12时; 晚上7-9时: the mark applies to both times.
            end = replace(end, mark=start.mark) if _shares_mark(start, end) else end
        if is_form_default(start, end):
            return TimeSpan(0, DAY, is_default=True)
        return TimeSpan(*span_minutes(start, end))

    def _written(self) -> ClockTime:
        next_day = bool(self._is(TokenKind.NEXT_DAY) and self._take())
        mark = self._take().text if self._is(TokenKind.MARK) else ""
        next_day = next_day or bool(self._is(TokenKind.NEXT_DAY) and self._take())
        if self._is(TokenKind.CLOCK):
            token = self._take()
            if not mark and (following := self._peek()) and following.text in _AFTER_CLOCK:
                mark = self._take().text  # 9:00am
            return ClockTime(token.number, mark, _is_padded(token.text), next_day)
        if self._is(TokenKind.NUMBER) and self._is_hour():
            return ClockTime(self._take().number * 60, mark, next_day=next_day)
        if mark in ("中午", "正午", "中午时"):
            return ClockTime(720, mark, next_day=next_day)
        raise NotUnderstoodError(self._around())

    def _is_hour(self) -> bool:
        """Return whether a bare number is an hour: only as the start of 8-17点 and the like."""
        token, end = self._peek(), self._peek(2 if not self._is(TokenKind.MARK, ahead=2) else 3)
        return (
            token is not None
            and token.number <= 24
            and self._is(TokenKind.TO, ahead=1)
            and end is not None
            and end.kind is TokenKind.CLOCK
            and not end.text[-1].isdigit()
        )

    def _around(self) -> str:
        return "".join(t.text for t in self._tokens[max(self._at - 1, 0) : self._at + 2])

    # Seasons ---------------------------------------------------------------------------------

    def _season_end(self) -> SeasonEnd | None:
        is_end = self._is(TokenKind.TO, TokenKind.EXTENDED, ahead=1) and self._is(*_STARTS_TIME, ahead=2)
        if not is_end:
            return None
        self._at += 2
        return SeasonEnd(self._written())

    def _named_season(self) -> Season:
        names = [self._take().text]
        while self._is(TokenKind.SEASON) or (self._is(TokenKind.AND) and self._is(TokenKind.SEASON, ahead=1)):
            if self._is(TokenKind.AND):
                self._take()
            names.append(self._take().text)
        return Season("、".join(_NAMES.get(n, n) for n in names))

    def _on_dates(self) -> OnDates:
        """2026年10月1日; 2026年10月1日至10月7日."""
        token = self._take()
        first = last = date.fromordinal(token.number)
        if self._is(TokenKind.TO) and self._is(TokenKind.DATE, TokenKind.ON_DATE, ahead=1):
            self._take()
            end = self._take()
            last = (
                date.fromordinal(end.number) if end.kind is TokenKind.ON_DATE else _in_year(first.year, end)
            )
        if token.unsure or not first <= last:
            raise NotUnderstoodError(token.text)
        return OnDates(first, last)

    def _is_short_months(self) -> bool:
        """10-4月; 7、8月."""
        return (
            self._is(TokenKind.NUMBER)
            and self._is(TokenKind.TO, TokenKind.AND, ahead=1)
            and self._is(TokenKind.MONTH, ahead=2)
        )

    def _dated_season(self) -> Season:
        """4月1日至10月31日; 7月; 7、8月; 12月31日."""
        ranges = [self._dates()]
        while self._is(TokenKind.AND) and self._is(TokenKind.DATE, TokenKind.MONTH, ahead=1):
            self._take()
            ranges.append(self._dates())
        return Season("", tuple(ranges))

    def _dates(self) -> tuple[tuple[int, int], tuple[int, int]]:
        first = self._take()
        if not self._is(TokenKind.TO):
            if first.unsure:
                raise NotUnderstoodError(first.text)
            begin = first.number if first.kind is not TokenKind.NUMBER else first.number * 100 + 1
            return divmod(begin, 100), divmod(begin if first.kind is TokenKind.DATE else begin + 30, 100)
        self._take()
        if self._is(TokenKind.NEXT_DAY):
            raise NotUnderstoodError(first.text)
        if not self._is(TokenKind.DATE, TokenKind.MONTH):
            raise NotUnderstoodError(first.text)
        last = self._take()
        begin = first.number * 100 + 1 if first.kind is TokenKind.NUMBER else first.number
        end = last.number if last.kind is TokenKind.DATE else last.number // 100 * 100 + 31
        return divmod(begin, 100), divmod(end, 100)


def _in_year(year: int, token: Token) -> date:
    try:
        return date(year, *divmod(token.number, 100))
    except ValueError as error:
        raise NotUnderstoodError(token.text) from error


def _shares_mark(start: ClockTime, end: ClockTime) -> bool:
    return end.minutes > start.minutes and start.minutes < 720 and end.minutes < 720


def _is_padded(text: str) -> bool:
    return text[:2].isdigit()
