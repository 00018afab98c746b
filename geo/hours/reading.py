"""Turn the parts of a phrase into a timetable.

Every part must be used; a part that isn't makes the phrase *not understood*. Where Chinese allows two
readings (does 节假日除外 except the closure or the opening?), the timetable keeps both and the state is
unknown.
"""

from dataclasses import dataclass, replace

from geo.hours.clock import start_minutes
from geo.hours.items import ClosingExtension, ItemReader, LastEntry, PhraseItem, TimeSpan
from geo.hours.timetable import (
    DAY_MINUTES,
    ClosureRule,
    DayPlan,
    DaySelector,
    HoursRule,
    Season,
    Timetable,
    minute_bits,
)
from geo.hours.tokens import NotUnderstoodError, normalise_hours, tokenise_hours
from geo.hours.words import DayClass, TokenKind

_ALL_WEEK = DaySelector(weekdays=frozenset(range(7)))
_MONDAY_TO_FRIDAY = DaySelector(weekdays=frozenset(range(5)))
_WORKDAYS = DaySelector(classes=frozenset({DayClass.WORKDAY}))
_DAYS_OFF = DaySelector(classes=frozenset({DayClass.STATUTORY}))
_PUNCTUATION = (TokenKind.BREAK, TokenKind.LINE, TokenKind.LEFT, TokenKind.RIGHT, TokenKind.AND)


def parse_timetable(text: str) -> Timetable:
    """Parse a Chinese phrase. *Raises* NotUnderstoodError."""
    items = ItemReader(tokenise_hours(normalise_hours(text))).read()
    return _Reader(items).read()


@dataclass(slots=True)
class _Draft:
    """A rule while its spans are being read; ``days`` is None until the text names them."""

    days: DaySelector | None
    season: Season | None
    spans: list[TimeSpan]
    office: bool = False
    all_day: bool = False
    shut: int = 0  # a noon break
    doubt: int = 0

    def plan(self) -> DayPlan:
        bits = minute_bits(0, DAY_MINUTES) if self.all_day else 0
        for span in self.spans:
            bits |= minute_bits(span.start, span.end)
        bits &= ~(
            self.shut | self.shut >> DAY_MINUTES
        )  # 22:00-6:00停止服务 also covers the end of last night
        return DayPlan(bits & ~self.doubt, bits & self.doubt)


class _Reader:
    def __init__(self, items: list[PhraseItem]) -> None:
        self._items = items
        self._at = 0
        self._drafts: list[_Draft] = []
        self._closures: list[ClosureRule] = []
        self._opened: list[DaySelector] = []
        self._days: DaySelector | None = None
        self._days_used = True
        self._season: Season | None = None
        self._office = False
        self._bracketed = False
        self._fresh = True  # the next span begins a new rule

    def read(self) -> Timetable:
        while self._at < len(self._items):
            self._step()
        if not self._days_used or not self._drafts:
            raise NotUnderstoodError("…")
        rules = tuple(self._rule(d) for d in self._drafts)
        return _checked(Timetable(rules, tuple(self._closures), tuple(self._opened)))

    def _rule(self, draft: _Draft) -> HoursRule:
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
            self._at += 1
            following = self._next()
            if not isinstance(following, TimeSpan):
                raise NotUnderstoodError("午休")
            self._read_noon_break(following)
        else:
            raise NotUnderstoodError(kind.value)

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
        if following is TokenKind.CLOSED:
            self._at += 1
            self._close(days)
        elif following is TokenKind.EXCEPT:
            self._at += 1
            self._except(days)
        elif following is TokenKind.AS_USUAL:
            self._at += 1
            self._opened.append(days)
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
        self._drafts.append(_Draft(days, base.season, [TimeSpan(last, end)]))
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
            for draft in reversed(self._drafts):
                if draft.days is not None:
                    break
                draft.days = days
            self._days, self._days_used = days, True
            return
        pending = None if self._days_used else self._days
        if pending is not None:
            days = _both(pending, days)
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
        if self._next(1) in (TokenKind.CLOSED, TokenKind.REST):
            self._read_noon_break(span)
            return
        self._at += 1
        draft = self._draft()
        if draft.all_day or (draft.spans and span.start < draft.spans[-1].start):
            raise NotUnderstoodError("…")
        draft.spans.append(span)

    def _read_all_day(self) -> None:
        self._at += 1
        draft = self._draft()
        if draft.spans:
            raise NotUnderstoodError("24小时")
        draft.all_day = True

    def _draft(self) -> _Draft:
        """Return the rule that the next span belongs to."""
        if self._fresh or not self._drafts:
            self._drafts.append(_Draft(self._days, self._season, [], self._office))
            self._fresh, self._days_used = False, True
        return self._drafts[-1]

    def _read_noon_break(self, span: TimeSpan) -> None:
        beside = self._before() is TokenKind.LEFT or (
            self._before() is TokenKind.REST and self._before(2) is TokenKind.LEFT
        )
        attached = beside and len(self._drafts) > 1
        self._at += 1
        while self._next() in (TokenKind.CLOSED, TokenKind.REST):
            self._at += 1
        if not self._drafts or not self._days_used:
            raise NotUnderstoodError("午休")
        bits = minute_bits(span.start, span.end)
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


def _both(first: DaySelector, second: DaySelector) -> DaySelector:
    """Merge days that are named twice: 工作日(周一至周五), 周二至周日 每天, 周一至周五 工作日."""
    for one, other in ((first, second), (second, first)):
        if one.classes & {DayClass.WORKDAY, DayClass.ORDINARY} and other == _MONDAY_TO_FRIDAY:
            return DaySelector(classes=frozenset({DayClass.ORDINARY}))
        if other == _ALL_WEEK and not one.nths:
            return one
    if second.weekdays <= first.weekdays and not second.classes and not second.nths:
        return second
    raise NotUnderstoodError("…")  # two lists of days, hours for one only


def _checked(timetable: Timetable) -> Timetable:
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
    """Drop openings that change nothing: 全周开放，节假日照常 needs no work-day table."""
    plain = frozenset().union(*(r.days.weekdays for r in timetable.rules))
    if timetable.closures or plain < frozenset(range(7)):
        return timetable
    kept = tuple(d for d in timetable.opened if DayClass.WORKDAY in d.classes)
    return replace(timetable, opened=kept)
