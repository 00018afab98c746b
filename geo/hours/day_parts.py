"""Read the days of a phrase: which days the hours hold on, which are closed, and which are added or uncertain.

Days that are named twice are merged, and timetables that contradict themselves are refused.
"""

from dataclasses import replace

from geo.hours.clock import start_minutes
from geo.hours.day_selector import DaySelector
from geo.hours.items import ClosingExtension, DayEnd, TimeSpan
from geo.hours.reader_state import ALL_WEEK, CLOSING, PUNCTUATION, ReaderState, RuleDraft
from geo.hours.timetable import DAY_MINUTES, WHOLE_DAY, ClosureRule, Season, Timetable
from geo.hours.tokens import NotUnderstoodError
from geo.hours.words import HOLIDAYS, DayClass, TokenKind

_MONDAY_TO_FRIDAY = DaySelector(weekdays=frozenset(range(5)))
_WEEKEND = frozenset({5, 6})
_WORKDAYS = DaySelector(classes=frozenset({DayClass.WORKDAY}))
_DAYS_OFF = DaySelector(classes=frozenset({DayClass.STATUTORY}))


class DayReader(ReaderState):
    """Reads day selectors with the words around them."""

    def _read_days(self, days: DaySelector) -> None:
        self._at += 1
        following = self._next()
        if following is TokenKind.ALL_DAY and self._next(1) is TokenKind.CLOSED:
            self._at += 1
            following = self._next()
        if following is TokenKind.OPENED:
            if self._adds_days(days):
                self._at += 1
                self._opened.append(days)
                return
            del self._items[self._at]
            following = self._next()
        if following in CLOSING:
            self._at += 1
            self._close(days)
        elif following is TokenKind.EXCEPT:
            self._at += 1
            self._except(days)
        elif following is TokenKind.AS_USUAL:
            self._at += 1
            self._opened.append(days)
        elif following is TokenKind.UNCERTAIN:
            self._at += 1
            doubtful = RuleDraft(days, self._season, [TimeSpan(0, DAY_MINUTES)], doubt=WHOLE_DAY)
            self._drafts.append(doubtful)
            self._fresh = True
        elif self._is_bracketed_exception():
            unless = self._next(1)
            assert isinstance(unless, DaySelector)
            self._at += 5
            self._closures.append(ClosureRule(days, unless))
        elif following is TokenKind.POSTPONED:
            self._postpone(days)
        elif isinstance(following, ClosingExtension):
            self._extend(days, following)
        elif isinstance(following, DayEnd):
            self._end_on(days, following)
        else:
            self._name(days)

    def _adds_days(self, days: DaySelector) -> bool:
        """Return whether 开放 after days adds them to the hours before: 8:00-20:00，节假日开放.

        *Raises* NotUnderstoodError for 9:00-21:00 周末开放: on those days too, or on those only?
        """
        following = next((i for i in self._items[self._at + 1 :] if i not in PUNCTUATION), None)
        hours_follow = isinstance(following, TimeSpan) or following is TokenKind.ALL_DAY
        if not self._drafts or not self._days_used or hours_follow:
            return False
        if days.nths or not days.classes <= HOLIDAYS or not days.weekdays <= _WEEKEND:
            return False
        if not days.weekdays:
            return True
        if any(draft.days is None for draft in self._drafts):
            raise NotUnderstoodError("周末开放")
        return True

    def _postpone(self, holidays: DaySelector) -> None:
        """周一闭馆(逢节假日顺延): the closure moves to a later day; which one it is, is unknown."""
        self._at += 1
        last = self._closures[-1] if self._closures else None
        if last is None or last.unless or not last.days.weekdays or not holidays.classes:
            raise NotUnderstoodError("顺延")
        self._closures[-1] = replace(last, unless=holidays, postponed=True)

    def _extend(self, days: DaySelector, extension: ClosingExtension) -> None:
        """9:00-17:00(周六延长至20:00): add the time in between on those days."""
        self._at += 1
        base = self._drafts[-1] if self._drafts and self._days_used else None
        end = start_minutes(extension.at)
        if base is None or not base.is_extendable(end) or days.nths or days.classes - HOLIDAYS:
            raise NotUnderstoodError("延长")
        base.days = base.days or ALL_WEEK
        if not days.weekdays <= base.days.weekdays or (days.classes and base.days != ALL_WEEK):
            raise NotUnderstoodError("延长")
        last = base.spans[-1]
        if days.weekdays:
            self._drafts.append(
                RuleDraft(replace(days, classes=frozenset()), base.season, [TimeSpan(last.end, end)])
            )
        if days.classes:  # the hours of holidays replace those of their weekday
            spans = [*base.spans[:-1], TimeSpan(last.start, end)]
            holidays = replace(base, days=replace(days, weekdays=frozenset()), spans=spans)
            self._drafts.append(holidays)
        self._fresh = True

    def _end_on(self, days: DaySelector, other: DayEnd) -> None:
        """9:00-21:00（周日至17:30）: on those days the hours have another end."""
        self._at += 1
        base = self._drafts[-1] if self._drafts and self._days_used else None
        end = start_minutes(other.at)
        if base is None or base.all_day or base.doubt or base.shut or days.classes or days.nths:
            raise NotUnderstoodError("至")
        named = (base.days or ALL_WEEK).weekdays
        if not base.spans or not base.spans[-1].start < end <= DAY_MINUTES or not days.weekdays < named:
            raise NotUnderstoodError("至")
        spans = [*base.spans[:-1], TimeSpan(base.spans[-1].start, end)]
        self._drafts.append(replace(base, days=days, spans=spans))
        base.days, self._fresh = DaySelector(named - days.weekdays), True

    def _name(self, days: DaySelector) -> None:
        """Assign days to the hours that follow, or to those just read if none follow."""
        if self._is_only_on_workdays(days):
            self._closures.append(ClosureRule(_DAYS_OFF))
            return
        if self._is_bracketed_after_hours():
            self._drafts[-1].days, self._drafts[-1].bracketed, self._bracketed = days, True, True
            self._days, self._fresh = None, True
            return
        if self._is_afterthought():
            if days.classes & HOLIDAYS and not days.weekdays:
                raise NotUnderstoodError("节假日")  # 9:00-17:00 节假日: then too, or only then?
            for draft in reversed(self._drafts):
                if draft.days is not None:
                    break
                draft.days = days
            self._days, self._days_used = days, True
            return
        pending = None if self._days_used else self._days
        if pending is not None:
            days = merge_named_days(pending, days)
        elif DayClass.USUAL in days.classes and any(d.season == self._season for d in self._drafts):
            self._season = self._other_season()  # 夏季8:00-20:00，平时8:00-18:00
        self._days, self._days_used, self._fresh = days, False, True

    def _is_only_on_workdays(self, days: DaySelector) -> bool:
        """周一至周五8:00-17:30(仅上班日): the days are already named; this excludes holidays."""
        said = self._drafts[-1].days if self._drafts else None
        return (
            said is not None
            and days == _WORKDAYS
            and self._before(2) is TokenKind.LEFT
            and self._next() is TokenKind.RIGHT
            and said.weekdays <= frozenset(range(5))
        )

    def _is_bracketed_after_hours(self) -> bool:
        """Return whether the days stand in brackets after hours: 9:00-12:00(周一至周五) 14:00-17:00(周六)."""
        bracketed = self._before(2) is TokenKind.LEFT and self._next() is TokenKind.RIGHT
        after_hours = isinstance(self._before(3), TimeSpan) or self._before(3) is TokenKind.ALL_DAY
        return bracketed and after_hours and not self._fresh and self._drafts[-1].days is None

    def _is_afterthought(self) -> bool:
        """8:30-17:30(周一至周五): no hours follow the days, and the hours before them have no days."""
        if not self._drafts or self._drafts[-1].days is not None:
            return False
        if (
            self._next() not in (None, TokenKind.RIGHT, TokenKind.BREAK, TokenKind.LINE)
            or self._next(1) is TokenKind.CLOSED
        ):
            return False
        return not any(isinstance(i, TimeSpan) or i is TokenKind.ALL_DAY for i in self._items[self._at :])

    def _close(self, days: DaySelector) -> None:
        if isinstance(self._before(3), Season) or self._before(2) is TokenKind.TO:
            raise NotUnderstoodError("…")
        self._closures.append(ClosureRule(days, self._exception()))

    def _exception(self) -> DaySelector | None:
        """周一闭馆(节假日除外), 周一闭馆(不含节假日): return the days on which a closure may not hold."""
        ahead = 0
        while self._next(ahead) in (TokenKind.LEFT, TokenKind.BREAK, TokenKind.EXCLUDING):
            ahead += 1
        days, word = self._next(ahead), self._next(ahead + 1)
        if ahead and days is TokenKind.WITHOUT and isinstance(word, DaySelector) and word.classes:
            self._at += ahead + 2
            return word
        if ahead and isinstance(days, DaySelector) and word is TokenKind.EXCEPT and days.classes:
            self._at += ahead + 2
            return days
        return None

    def _is_bracketed_exception(self) -> bool:
        """Return whether an exception stands in brackets before the closure: 周一(节假日除外)闭馆."""
        words = [self._next(n) for n in range(5)]
        return isinstance(words[1], DaySelector) and [words[0], *words[2:]] == [
            TokenKind.LEFT,
            TokenKind.EXCEPT,
            TokenKind.RIGHT,
            TokenKind.CLOSED,
        ]

    def _except(self, days: DaySelector) -> None:
        """节假日除外: closed on these days; after a closure it may also lift that closure."""
        sure = not self._closures
        if days.classes and not days.weekdays:
            self._closures = [one if one.unless else replace(one, unless=days) for one in self._closures]
        self._closures.append(ClosureRule(days, sure=sure))

    def _read_leading_closure(self, kind: TokenKind) -> None:
        """Read a closure that precedes its days: 休馆日：周一; 除周一外."""
        self._at += 1
        while self._next() in (TokenKind.BREAK, TokenKind.LEFT, TokenKind.AND) and kind is TokenKind.CLOSED:
            self._at += 1
        days = self._next()
        if kind is TokenKind.EXCLUDING and isinstance(days, Season) and self._next(1) is TokenKind.EXCEPT:
            self._at += 2  # 除雨天外
            self._shut_seasons.append(days)
            return
        if not isinstance(days, DaySelector) or (kind in CLOSING and self._names_hours(1)):
            raise NotUnderstoodError("…")
        self._at += 1
        if self._next() in (TokenKind.EXCEPT, TokenKind.CLOSED):
            self._at += 1
        elif kind is TokenKind.EXCLUDING:
            raise NotUnderstoodError("除")
        if kind is TokenKind.EXCLUDING and days.classes and not days.weekdays:
            closed = self._closed_next()
            if closed is not None:
                self._closures.append(ClosureRule(closed, unless=days))
                return
        self._close(days)

    def _closed_next(self) -> DaySelector | None:
        """除法定节假日外，周一闭馆: return the days of a closure that the exception belongs to, not to the hours."""
        ahead = 1 if self._next() is TokenKind.BREAK else 0
        days = self._next(ahead)
        if isinstance(days, DaySelector) and days.weekdays and self._next(ahead + 1) is TokenKind.AS_USUAL:
            raise NotUnderstoodError("除")  # 除节假日外，周一不闭馆: and on other days?
        shut = ahead + 2 if self._next(ahead + 1) is TokenKind.ALL_DAY else ahead + 1
        if not isinstance(days, DaySelector) or self._next(shut) not in CLOSING:
            return None
        self._at += shut + 1
        return days

    def _read_inclusion(self, kind: TokenKind) -> None:
        """Read 含节假日, 不含节假日."""
        days = self._next(1)
        if not isinstance(days, DaySelector):
            raise NotUnderstoodError("含")
        self._at += 2
        if kind is TokenKind.INCLUDING:
            self._opened.append(days)
        else:
            self._except(days)

    def _other_season(self) -> Season | None:
        """Return the dates that no hours were given for; None if no dates were named."""
        named = [*self._shut_seasons, *(draft.season for draft in self._drafts if draft.season is not None)]
        dated = [season for season in named if season.ranges]
        try:
            return Season("").without(dated) if dated else None
        except ValueError:
            return None

    def _read_otherwise(self) -> None:
        """Read 其余时间: closed after hours, or the hours of the days or dates that were not named."""
        self._at += 1
        others = self._other_season()
        if self._next() in CLOSING and self._drafts and self._days_used:
            self._at += 1
            self._shut_seasons += [others] if others is not None else []
            return
        if self._next() is TokenKind.AS_USUAL and self._drafts and (self._shut_seasons or self._closures):
            self._at += 1  # 7月闭馆，其他时间正常开放
            return
        if others is not None and self._names_hours(0) and all(d.days is None for d in self._drafts):
            self._season, self._days, self._fresh = others, None, True
            return
        named = [*(d.days for d in self._drafts), *(closure.days for closure in self._closures)]
        if not self._names_hours(0) or not named or any(d is None or d.classes or d.nths for d in named):
            raise NotUnderstoodError("其余时间")
        weekdays = frozenset[int]().union(*(d.weekdays for d in named if d is not None))
        self._days, self._days_used, self._fresh = DaySelector(ALL_WEEK.weekdays - weekdays), False, True
        if not self._days.weekdays:
            raise NotUnderstoodError("其余时间")


def merge_named_days(first: DaySelector, second: DaySelector) -> DaySelector:
    """Merge days that are named twice: 工作日(周一至周五), 周二至周日 每天, 周一至周五 工作日."""
    for one, other in ((first, second), (second, first)):
        if one.classes & {DayClass.WORKDAY, DayClass.ORDINARY, DayClass.USUAL} and other == _MONDAY_TO_FRIDAY:
            return DaySelector(classes=frozenset({DayClass.ORDINARY}))
        if other == ALL_WEEK and not one.nths:
            return one
    if second.weekdays <= first.weekdays and not second.classes and not second.nths:
        return second
    raise NotUnderstoodError("…")  # two lists of days, hours for one only


def check_timetable(timetable: Timetable) -> Timetable:
    """Return the timetable if it is consistent and can be written in OSM syntax.

    *Raises* NotUnderstoodError otherwise.
    """
    closed = frozenset().union(*(c.days.weekdays for c in timetable.closures))
    if closed >= frozenset(range(7)):
        raise NotUnderstoodError("…")
    undated = {s.name for s in timetable.seasons if not s.ranges}
    dated = {s for s in timetable.seasons if s.ranges}
    seasonless = any(r.season is None for r in timetable.rules)
    if (undated and dated) or (len(undated) == 1 and not seasonless) or (dated and seasonless):
        raise NotUnderstoodError("…")
    nths = {nth for days in timetable.selectors for nth in days.nths}
    mixed = any(a.weekday == b.weekday and a.n * b.n < 0 for a in nths for b in nths)
    if mixed or (timetable.spills_over_midnight and (nths or dated)):
        raise NotUnderstoodError("…")
    return _without_idle_openings(timetable)


def _without_idle_openings(timetable: Timetable) -> Timetable:
    """Drop openings that change nothing: 全周开放，节假日照常; not so where the days of the week differ."""
    if not timetable.opens_every_weekday:
        return timetable
    kept = {DayClass.WORKDAY} | (HOLIDAYS if timetable.follows_week else frozenset())
    opened = (replace(days, weekdays=frozenset()) for days in timetable.opened if days.classes & kept)
    return replace(timetable, opened=tuple(opened))


def resolve_usual_days(timetable: Timetable) -> Timetable:
    """Return the timetable with the meaning of 平时 in it.

    Beside weekends it is Monday to Friday. Beside holidays, seasons or a closing day it is every other day.
    Alone it stays what it is: Monday to Friday, and perhaps other days.
    """
    if not any(DayClass.USUAL in days.classes for days in timetable.selectors):
        return timetable
    meaning = _meaning(timetable)
    if meaning is DayClass.USUAL:
        return timetable

    def resolve(days: DaySelector) -> DaySelector:
        if DayClass.USUAL not in days.classes:
            return days
        return replace(days, classes=days.classes - {DayClass.USUAL} | {meaning})

    rules = tuple(replace(rule, days=resolve(rule.days)) for rule in timetable.rules)
    closures = tuple(replace(closure, days=resolve(closure.days)) for closure in timetable.closures)
    return replace(timetable, rules=rules, closures=closures, opened=tuple(map(resolve, timetable.opened)))


def _meaning(timetable: Timetable) -> DayClass:
    of_rules = [rule.days for rule in timetable.rules]
    weekend = any(days.weekdays & _WEEKEND and len(days.weekdays) < 7 for days in of_rules)
    weekend |= any(DayClass.REST_DAY in days.classes for days in timetable.selectors)
    weekend |= any(closure.days.weekdays >= _WEEKEND for closure in timetable.closures)
    if weekend:
        return DayClass.ORDINARY
    if any(0 < len(days.weekdays) < 7 for days in of_rules):
        return DayClass.USUAL  # 平日9:00-18:00，周五9:00-20:00 says nothing of weekends
    others = [days for days in timetable.selectors if DayClass.USUAL not in days.classes]
    seasons = len({rule.season for rule in timetable.rules}) > 1
    return DayClass.OTHER if others or seasons else DayClass.USUAL
