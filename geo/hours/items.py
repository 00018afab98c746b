"""From words to the parts of a phrase: days, spans, seasons, last entries, and single words."""

from dataclasses import dataclass, replace

from geo.hours.clock import Written, span_minutes
from geo.hours.timetable import Days, Nth, Season
from geo.hours.tokens import NotUnderstoodError, Token
from geo.hours.words import DayClass, Kind

_ALL_WEEK = frozenset(range(7))
_WEEKEND = frozenset({5, 6})
_STARTS_DAYS = (Kind.WEEKDAY, Kind.WEEKEND, Kind.EVERY_DAY, Kind.DAY_CLASS, Kind.NTH)
_NAMED_DAYS = (Kind.DAY_CHAR, Kind.WEEKDAY, Kind.WEEKEND)
_NARROWING = (DayClass.WORKDAY, DayClass.ORDINARY)
_STARTS_TIME = (Kind.MARK, Kind.CLOCK, Kind.NUMBER)
_NAMES = {"夏": "夏季", "冬": "冬季", "春": "春季", "秋": "秋季", "夏令": "夏令时", "冬令": "冬令时"}


@dataclass(frozen=True, slots=True)
class Span:
    """*Units*: minutes from midnight; the end may pass 1440."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class LastEntry:
    at: Written


@dataclass(frozen=True, slots=True)
class Extension:
    """延长至20:00."""

    at: Written


Item = Days | Span | Season | LastEntry | Extension | Kind


class ItemReader:
    """Walks the tokens once, from left to right."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def read(self) -> list[Item]:
        """All items. *Raises* NotUnderstoodError."""
        items: list[Item] = []
        while self._at < len(self._tokens):
            items.append(self._item())
        return items

    def _peek(self, ahead: int = 0) -> Token | None:
        at = self._at + ahead
        return self._tokens[at] if at < len(self._tokens) else None

    def _is(self, *kinds: Kind, ahead: int = 0) -> bool:
        token = self._peek(ahead)
        return token is not None and token.kind in kinds

    def _take(self) -> Token:
        self._at += 1
        return self._tokens[self._at - 1]

    def _item(self) -> Item:
        if self._is(Kind.DATE, Kind.MONTH) or self._is_short_months():
            return self._dated_season()
        if self._is(*_STARTS_TIME):
            return self._time()
        if self._is(*_STARTS_DAYS):
            return self._days()
        if self._is(Kind.SEASON):
            return self._named_season()
        if self._is(Kind.LAST_ENTRY):
            self._take()
            return LastEntry(self._written())
        if self._is(Kind.EXTENDED):
            self._take()
            return Extension(self._written())
        token = self._take()
        if token.kind in (Kind.TO, Kind.DAY_CHAR, Kind.NEXT_DAY):
            raise NotUnderstoodError(token.text)
        return token.kind

    # Days ------------------------------------------------------------------------------------

    def _days(self) -> Days:
        days = self._one_days()
        while self._goes_on(days):
            if self._is(Kind.AND) or self._is(Kind.BREAK):
                self._take()
            days = days | self._one_days()
        return days

    def _goes_on(self, days: Days) -> bool:
        """Whether more days follow: 周二、四, 周六周日及例假日; a space or a full stop ends the list.

        So does 工作日, which narrows (周一至周五工作日), and a holiday after a range (周一至周五节假日除外).
        """
        if self._is(Kind.AND):
            return self._is(*_STARTS_DAYS, Kind.DAY_CHAR, ahead=1)
        if self._is(Kind.BREAK):
            return self._is(Kind.DAY_CHAR, ahead=1)
        following = self._peek()
        if following is None or following.spaced:
            return False
        if following.kind is Kind.DAY_CLASS:
            return following.text not in _NARROWING and len(days.weekdays) <= 2
        return following.kind in _NAMED_DAYS and not days.classes & set(_NARROWING)

    def _one_days(self) -> Days:
        token = self._take()
        if token.kind is Kind.EVERY_DAY:
            return Days(weekdays=_ALL_WEEK)
        if token.kind is Kind.DAY_CLASS:
            return Days(classes=frozenset({DayClass(token.text)}))
        if token.kind is Kind.NTH:
            weekday = self._take().number if self._is(Kind.WEEKDAY) else None
            if weekday is None:
                raise NotUnderstoodError(token.text)
            return Days(nths=frozenset({Nth(weekday, token.number, not token.unsure)}))
        if token.kind is Kind.WEEKEND:
            return Days(weekdays=_WEEKEND)
        return Days(weekdays=self._weekdays_from(token.number))

    def _weekdays_from(self, first: int) -> frozenset[int]:
        if not (self._is(Kind.TO) and self._is(Kind.WEEKDAY, Kind.DAY_CHAR, Kind.WEEKEND, ahead=1)):
            return frozenset({first})
        self._take()
        end = self._take()
        last = 6 if end.kind is Kind.WEEKEND else end.number
        return frozenset((first + n) % 7 for n in range((last - first) % 7 + 1))

    # Times -----------------------------------------------------------------------------------

    def _time(self) -> Item:
        start = self._written()
        if self._is(Kind.LAST_ENTRY):
            self._take()
            return LastEntry(start)
        if not self._is(Kind.TO):
            raise NotUnderstoodError(self._around())
        self._take()
        end = self._written()
        if start.mark and not end.mark and end.minutes <= 720:
            # 上午9-12时; 晚上7-9时: the mark stands for both.
            end = replace(end, mark=start.mark) if _shares_mark(start, end) else end
        return Span(*span_minutes(start, end))

    def _written(self) -> Written:
        next_day = bool(self._is(Kind.NEXT_DAY) and self._take())
        mark = self._take().text if self._is(Kind.MARK) else ""
        next_day = next_day or bool(self._is(Kind.NEXT_DAY) and self._take())
        if self._is(Kind.CLOCK):
            token = self._take()
            return Written(token.number, mark, _is_padded(token.text), next_day)
        if self._is(Kind.NUMBER) and self._is_hour():
            return Written(self._take().number * 60, mark, next_day=next_day)
        if mark in ("中午", "正午", "中午时"):
            return Written(720, mark, next_day=next_day)
        raise NotUnderstoodError(self._around())

    def _is_hour(self) -> bool:
        """A bare number is an hour only as the start of 8-17点 and the like."""
        token, end = self._peek(), self._peek(2 if not self._is(Kind.MARK, ahead=2) else 3)
        return (
            token is not None
            and token.number <= 24
            and self._is(Kind.TO, ahead=1)
            and end is not None
            and end.kind is Kind.CLOCK
            and not end.text[-1].isdigit()
        )

    def _around(self) -> str:
        return "".join(t.text for t in self._tokens[max(self._at - 1, 0) : self._at + 2])

    # Seasons ---------------------------------------------------------------------------------

    def _named_season(self) -> Season:
        names = [self._take().text]
        while self._is(Kind.SEASON) or (self._is(Kind.AND) and self._is(Kind.SEASON, ahead=1)):
            if self._is(Kind.AND):
                self._take()
            names.append(self._take().text)
        return Season("、".join(_NAMES.get(n, n) for n in names))

    def _is_short_months(self) -> bool:
        """10-4月."""
        return self._is(Kind.NUMBER) and self._is(Kind.TO, ahead=1) and self._is(Kind.MONTH, ahead=2)

    def _dated_season(self) -> Season:
        first = self._take()
        if not self._is(Kind.TO):
            raise NotUnderstoodError(first.text)
        self._take()
        if self._is(Kind.NEXT_DAY):
            raise NotUnderstoodError(first.text)
        if not self._is(Kind.DATE, Kind.MONTH):
            raise NotUnderstoodError(first.text)
        last = self._take()
        begin = first.number * 100 + 1 if first.kind is Kind.NUMBER else first.number
        end = last.number if last.kind is Kind.DATE else last.number // 100 * 100 + 31
        return Season("", ((divmod(begin, 100), divmod(end, 100)),))


def _shares_mark(start: Written, end: Written) -> bool:
    return end.minutes > start.minutes and start.minutes < 720 and end.minutes < 720


def _is_padded(text: str) -> bool:
    return text[:2].isdigit()
