"""Turn the parts of a phrase into a timetable.

Every part must be used; a part that isn't makes the phrase *not understood*. Where Chinese allows two
readings (does 节假日除外 except the closure or the opening?), the timetable keeps both and the state is
unknown.
"""

from dataclasses import replace

from geo.hours.clock import start_minutes
from geo.hours.consistency import check_timetable, merge_named_days
from geo.hours.drafts import RuleDraft, contains_span
from geo.hours.items import ClosingExtension, ItemReader, LastEntry, PhraseItem, SeasonEnd, TimeSpan
from geo.hours.timetable import (
    DAY_MINUTES,
    WHOLE_DAY,
    ClosureRule,
    DaySelector,
    HoursRule,
    Season,
    Timetable,
    minute_bits,
)
from geo.hours.tokens import NotUnderstoodError, normalise_hours, tokenise_hours
from geo.hours.usual_days import resolve_usual_days
from geo.hours.words import HOLIDAYS, DayClass, TokenKind

_ALL_WEEK = DaySelector(weekdays=frozenset(range(7)))
_WEEKEND = frozenset({5, 6})
_NOON = (11 * 60, 15 * 60)  # within which a break may stand before the hours
_WORKDAYS = DaySelector(classes=frozenset({DayClass.WORKDAY}))
_DAYS_OFF = DaySelector(classes=frozenset({DayClass.STATUTORY}))
_PUNCTUATION = (TokenKind.BREAK, TokenKind.LINE, TokenKind.LEFT, TokenKind.RIGHT, TokenKind.AND)


def parse_timetable(text: str) -> Timetable:
    """Parse a Chinese phrase. *Raises* NotUnderstoodError."""
    items = ItemReader(tokenise_hours(normalise_hours(text))).read()
    return _Reader(items).read()


class _Reader:
    def __init__(self, items: list[PhraseItem]) -> None:
        self._items = items
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

    def read(self) -> Timetable:
        while self._at < len(self._items):
            self._step()
        if not self._days_used or not self._drafts:
            raise NotUnderstoodError("…")
        for draft in self._drafts:
            draft.shut |= self._early_break
        rules = tuple(rule for at in range(len(self._drafts)) for rule in self._rules_from(at))
        default = any(span.is_default for draft in self._drafts for span in draft.spans)
        timetable = Timetable(rules, tuple(self._closures), tuple(self._opened), default)
        return check_timetable(resolve_usual_days(timetable))

    def _rules_from(self, at: int) -> list[HoursRule]:
        """Return the rules of a draft.

        8:00-12:00 周一至周五 14:00-18:00: the days may be meant for both spans, so on other days the first
        is unknown.
        """
        rule = self._rule(self._drafts[at])
        halves = [d for d in self._drafts[at + 1 :] if d.days is not None and d.season == rule.season]
        if self._drafts[at].days is not None or not halves or halves[0].all_day:
            return [rule]
        days, plan = halves[0].days or _ALL_WEEK, halves[0].plan()
        if (plan.open | plan.unknown) & (rule.plan.open | rule.plan.unknown):
            return [rule]  # 9:00-17:00，周六9:00-12:00: hours of their own
        if days.classes or days.nths or any(d.days is not None for d in self._drafts[:at]):
            raise NotUnderstoodError("…")
        others = DaySelector(weekdays=_ALL_WEEK.weekdays - days.weekdays)
        doubtful = [replace(rule, days=others, plan=rule.plan.as_unknown())] if others.weekdays else []
        return [replace(rule, days=days), *doubtful]

    def _rule(self, draft: RuleDraft) -> HoursRule:
        if draft.days is None and self._bracketed:
            raise NotUnderstoodError("…")  # other hours have days in brackets, these have none
        if draft.days is None and draft.office:
            raise NotUnderstoodError("上班时间")  # office hours, but on which days?
        plan = draft.plan()
        if not plan.open | plan.unknown:
            raise NotUnderstoodError("…")
        return HoursRule(draft.days or _ALL_WEEK, draft.season, plan)

    # Walking ---------------------------------------------------------------------------------

    def _next(self, ahead: int = 0) -> PhraseItem | None:
        at = self._at + ahead
        return self._items[at] if at < len(self._items) else None

    def _before(self, back: int = 1) -> PhraseItem | None:
        return self._items[self._at - back] if self._at >= back else None

    def _step(self) -> None:
        item = self._items[self._at]
        if isinstance(item, DaySelector):
            self._read_days(item)
        elif isinstance(item, TimeSpan):
            self._read_span(item)
        elif isinstance(item, Season):
            self._read_season(item)
        elif isinstance(item, LastEntry):
            self._read_last_entry(item)
        elif isinstance(item, SeasonEnd):
            self._read_season_end(item)
        elif isinstance(item, ClosingExtension):
            raise NotUnderstoodError("延长")  # on which days?
        else:
            self._read_word(item)

    def _read_word(self, kind: TokenKind) -> None:
        if kind in _PUNCTUATION:
            self._at += 1
        elif kind is TokenKind.MAINTENANCE:
            self._read_maintenance()
        elif kind is TokenKind.LABEL:
            self._office, self._at = True, self._at + 1
        elif kind is TokenKind.ALL_DAY:
            self._read_all_day()
        elif kind in (TokenKind.CLOSED, TokenKind.EXCLUDING):
            self._read_leading_closure(kind)
        elif kind is TokenKind.REST:
            self._read_rest()
        elif kind in (TokenKind.INCLUDING, TokenKind.WITHOUT):
            self._read_inclusion(kind)
        elif kind is TokenKind.OTHERWISE:
            self._read_otherwise()
        elif kind is TokenKind.AS_USUAL and self._names_hours(-1):
            self._at += 1  # 24小时不打烊
        else:
            raise NotUnderstoodError(kind.value)

    def _read_rest(self) -> None:
        self._at += 1
        while self._next() is TokenKind.BREAK:
            self._at += 1
        following = self._next()
        if not isinstance(following, TimeSpan) or not self._is_in_hours(following):
            raise NotUnderstoodError("午休")
        self._read_noon_break(following)

    def _is_in_hours(self, span: TimeSpan) -> bool:
        """Return whether a span lies in the last hours, if there are any: not so 9:00-12:00 午休 13:00-17:00."""
        last = self._drafts[-1] if self._drafts else None
        return last is None or last.all_day or any(contains_span(outer, span) for outer in last.spans)

    def _read_inclusion(self, kind: TokenKind) -> None:
        """Read 含节假日, 不含节假日."""
        days = self._next(1)
        if not isinstance(days, DaySelector):
            raise NotUnderstoodError("含")
        self._at += 2
        if kind is TokenKind.INCLUDING:
            self._opened.append(days)
        else:
            self._closures.append(ClosureRule(days))

    def _read_otherwise(self) -> None:
        """Read 其余时间: closed after hours, or the hours of the days that were not named."""
        self._at += 1
        if self._next() is TokenKind.CLOSED and self._drafts and self._days_used:
            self._at += 1
            return
        named = [*(d.days for d in self._drafts), *(closure.days for closure in self._closures)]
        if not self._names_hours(0) or not named or any(d is None or d.classes or d.nths for d in named):
            raise NotUnderstoodError("其余时间")
        weekdays = frozenset[int]().union(*(d.weekdays for d in named if d is not None))
        self._days, self._days_used, self._fresh = DaySelector(_ALL_WEEK.weekdays - weekdays), False, True
        if not self._days.weekdays:
            raise NotUnderstoodError("其余时间")

    def _read_maintenance(self) -> None:
        before = [i for i in self._items[: self._at] if i not in _PUNCTUATION]
        if not before or before[-1] is not TokenKind.CLOSED:
            raise NotUnderstoodError("检修")
        self._at += 1

    # Days ------------------------------------------------------------------------------------

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
        if following is TokenKind.CLOSED:
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
        else:
            self._name(days)

    def _adds_days(self, days: DaySelector) -> bool:
        """Return whether 开放 after days adds them to the hours before: 8:00-20:00，节假日开放.

        *Raises* NotUnderstoodError for 9:00-21:00 周末开放: on those days too, or on those only?
        """
        following = next((i for i in self._items[self._at + 1 :] if i not in _PUNCTUATION), None)
        hours_follow = isinstance(following, TimeSpan) or following is TokenKind.ALL_DAY
        if not self._drafts or not self._days_used or hours_follow:
            return False
        if days.classes and days.classes <= HOLIDAYS and not days.nths:
            return True
        if days.classes or days.nths or not days.weekdays <= _WEEKEND:
            return False
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
        if base is None or not base.spans or base.all_day or base.doubt or days.classes or days.nths:
            raise NotUnderstoodError("延长")
        last = base.spans[-1].end
        if not (last < end <= DAY_MINUTES and days.weekdays <= (base.days or _ALL_WEEK).weekdays):
            raise NotUnderstoodError("延长")
        self._drafts.append(RuleDraft(days, base.season, [TimeSpan(last, end)]))
        self._fresh = True

    def _name(self, days: DaySelector) -> None:
        """Assign days to the hours that follow, or to those just read if none follow."""
        if self._is_only_on_workdays(days):
            self._closures.append(ClosureRule(_DAYS_OFF))
            return
        if self._is_bracketed_after_hours():
            self._drafts[-1].days, self._bracketed = days, True
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
            self._season = None  # 夏季8:00-20:00，平时8:00-18:00
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
        """周一闭馆(节假日除外): return the days on which a closure may not hold."""
        ahead = 0
        while self._next(ahead) in (TokenKind.LEFT, TokenKind.BREAK, TokenKind.EXCLUDING):
            ahead += 1
        days, word = self._next(ahead), self._next(ahead + 1)
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
        self._closures.append(ClosureRule(days, sure=not self._closures))

    def _read_leading_closure(self, kind: TokenKind) -> None:
        """Read a closure that precedes its days: 休馆日：周一; 除周一外."""
        self._at += 1
        while self._next() in (TokenKind.BREAK, TokenKind.LEFT, TokenKind.AND) and kind is TokenKind.CLOSED:
            self._at += 1
        days = self._next()
        if kind is TokenKind.EXCLUDING and isinstance(days, TimeSpan) and self._drafts:
            self._read_noon_break(days)  # 除12:00-13:00（外）
            return
        if not isinstance(days, DaySelector) or (kind is TokenKind.CLOSED and self._names_hours(1)):
            raise NotUnderstoodError("…")
        self._at += 1
        if self._next() in (TokenKind.EXCEPT, TokenKind.CLOSED):
            self._at += 1
        elif kind is TokenKind.EXCLUDING:
            raise NotUnderstoodError("除")
        self._close(days)

    def _names_hours(self, ahead: int) -> bool:
        return isinstance(self._next(ahead), TimeSpan) or self._next(ahead) is TokenKind.ALL_DAY

    # Hours -----------------------------------------------------------------------------------

    def _read_span(self, span: TimeSpan) -> None:
        leads = self._next(1) is TokenKind.REST and isinstance(self._next(2), TimeSpan)
        if self._next(1) in (TokenKind.CLOSED, TokenKind.REST, TokenKind.EXCEPT) and not leads:
            self._read_noon_break(span)
            return
        self._at += 1
        draft = self._draft()
        if any(contains_span(outer, span) for outer in draft.spans):
            # 8:00-18:00（12:00-14:00）: a break, or hours of something else
            draft.doubt |= 0 if span in draft.spans else minute_bits(span.start, span.end)
            return
        if draft.all_day or (draft.spans and span.start < max(s.end for s in draft.spans)):
            raise NotUnderstoodError("…")
        draft.spans.append(span)

    def _read_all_day(self) -> None:
        self._at += 1
        draft = self._draft()
        if draft.spans:
            raise NotUnderstoodError("24小时")
        draft.all_day = True

    def _draft(self) -> RuleDraft:
        """Return the rule that the next span belongs to."""
        if self._fresh or not self._drafts:
            self._drafts.append(RuleDraft(self._days, self._season, [], self._office))
            self._fresh, self._days_used = False, True
        return self._drafts[-1]

    def _read_noon_break(self, span: TimeSpan) -> None:
        beside = self._before() is TokenKind.LEFT or (
            self._before() is TokenKind.REST and self._before(2) is TokenKind.LEFT
        )
        attached = beside and len(self._drafts) > 1
        self._at += 1
        while self._next() in (TokenKind.CLOSED, TokenKind.REST, TokenKind.EXCEPT):
            self._at += 1
        bits = minute_bits(span.start, span.end)
        if not self._drafts or not self._days_used:
            if self._drafts or not _NOON[0] <= span.start < span.end <= _NOON[1]:
                raise NotUnderstoodError("午休")
            self._early_break |= bits  # 午休12:00-13:00，9:00-17:00
            return
        last = self._is_last()
        for draft in self._drafts[:-1] if attached else []:
            draft.doubt |= bits if last else 0
        for draft in self._drafts[-1:] if attached else self._drafts:
            draft.shut |= bits

    def _is_last(self) -> bool:
        return all(i in _PUNCTUATION for i in self._items[self._at :])

    def _read_last_entry(self, entry: LastEntry) -> None:
        """Mark the time from the last entry to closing as unknown: visitors can't enter any more."""
        self._at += 1
        if not self._drafts:
            raise NotUnderstoodError("停止入场")
        for draft in self._drafts if self._is_last() else self._drafts[-1:]:
            draft.doubt |= minute_bits(start_minutes(entry.at), 2880)

    def _read_season_end(self, end: SeasonEnd) -> None:
        """Read 9:00-18:00（夏季至21:00）: the time between the two ends is unknown."""
        self._at += 1
        draft = self._drafts[-1] if self._drafts and self._days_used else None
        if draft is None or draft.all_day or not draft.spans or draft.season is not None:
            raise NotUnderstoodError("至")
        last, at = draft.spans[-1], start_minutes(end.at)
        if not last.start < at <= DAY_MINUTES or at == last.end:
            raise NotUnderstoodError("至")
        draft.doubt |= minute_bits(min(at, last.end), max(at, last.end))
        if at > last.end:
            draft.spans.append(TimeSpan(last.end, at))

    # Seasons ---------------------------------------------------------------------------------

    def _read_season(self, season: Season) -> None:
        """Read a season: 夏季8:00-18:00, 夏季(5月1日-9月30日), or 8:00-18:00(夏季)."""
        self._at += 1
        season = self._with_dates(season)
        inside = self._before(2) is TokenKind.LEFT and self._next() is TokenKind.RIGHT
        if inside and self._drafts and not self._fresh and self._drafts[-1].season is None:
            self._drafts[-1].season = season
            self._fresh = True
            return
        if self._next() is TokenKind.CLOSED:
            raise NotUnderstoodError(season.name)
        self._season, self._fresh = season, True

    def _with_dates(self, season: Season) -> Season:
        if season.ranges or not season.name:
            return season
        ahead = 1 if self._next() is TokenKind.LEFT else 0
        ranges: list[tuple[tuple[int, int], tuple[int, int]]] = []
        dated = self._next(ahead)
        if not (isinstance(dated, Season) and dated.ranges):
            return season
        ranges.extend(dated.ranges)
        self._at += ahead + 1
        if ahead and self._next() is TokenKind.RIGHT:
            self._at += 1
        return replace(season, ranges=tuple(ranges))
