"""From the parts of a phrase to its meaning.

Every part must find its place; one that doesn't makes the phrase *not understood*. Where Chinese leaves
two readings (does 节假日除外 except the closure or the opening?), the timetable keeps both and says unknown.
"""

from dataclasses import dataclass, replace

from geo.hours.clock import start_minutes
from geo.hours.items import Extension, Item, ItemReader, LastEntry, Span
from geo.hours.timetable import DAY_MINUTES, Closure, Days, Plan, Rule, Season, Timetable, minutes
from geo.hours.tokens import NotUnderstoodError, normalise, tokenise
from geo.hours.words import DayClass, Kind

_ALL_WEEK = Days(weekdays=frozenset(range(7)))
_MONDAY_TO_FRIDAY = Days(weekdays=frozenset(range(5)))
_WORKDAYS = Days(classes=frozenset({DayClass.WORKDAY}))
_DAYS_OFF = Days(classes=frozenset({DayClass.STATUTORY}))
_PUNCTUATION = (Kind.BREAK, Kind.LINE, Kind.LEFT, Kind.RIGHT, Kind.AND)


def read_timetable(text: str) -> Timetable:
    """The meaning of a Chinese phrase. *Raises* NotUnderstoodError."""
    items = ItemReader(tokenise(normalise(text))).read()
    return _Reader(items).read()


@dataclass(slots=True)
class _Draft:
    """A rule while its spans are being read; ``days`` None: the text hasn't said yet."""

    days: Days | None
    season: Season | None
    spans: list[Span]
    office: bool = False
    all_day: bool = False
    shut: int = 0  # a noon break
    doubt: int = 0

    def plan(self) -> Plan:
        bits = minutes(0, DAY_MINUTES) if self.all_day else 0
        for span in self.spans:
            bits |= minutes(span.start, span.end)
        bits &= ~(self.shut | self.shut >> DAY_MINUTES)  # 22:00-6:00停止服务 is of last night too
        return Plan(bits & ~self.doubt, bits & self.doubt)


class _Reader:
    def __init__(self, items: list[Item]) -> None:
        self._items = items
        self._at = 0
        self._drafts: list[_Draft] = []
        self._closures: list[Closure] = []
        self._opened: list[Days] = []
        self._days: Days | None = None
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

    def _rule(self, draft: _Draft) -> Rule:
        if draft.days is None and self._bracketed:
            raise NotUnderstoodError("…")  # some hours have their days in brackets, these have none
        if draft.days is None and draft.office:
            raise NotUnderstoodError("上班时间")  # office hours, but on which days?
        plan = draft.plan()
        if not plan.open | plan.unknown:
            raise NotUnderstoodError("…")
        return Rule(draft.days or _ALL_WEEK, draft.season, plan)

    # Walking ---------------------------------------------------------------------------------

    def _next(self, ahead: int = 0) -> Item | None:
        at = self._at + ahead
        return self._items[at] if at < len(self._items) else None

    def _before(self, back: int = 1) -> Item | None:
        return self._items[self._at - back] if self._at >= back else None

    def _step(self) -> None:
        item = self._items[self._at]
        if isinstance(item, Days):
            self._read_days(item)
        elif isinstance(item, Span):
            self._read_span(item)
        elif isinstance(item, Season):
            self._read_season(item)
        elif isinstance(item, LastEntry):
            self._read_last_entry(item)
        elif isinstance(item, Extension):
            raise NotUnderstoodError("延长")  # on which days?
        else:
            self._read_word(item)

    def _read_word(self, kind: Kind) -> None:
        if kind in _PUNCTUATION:
            self._at += 1
        elif kind is Kind.MAINTENANCE:
            self._read_maintenance()
        elif kind is Kind.LABEL:
            self._office, self._at = True, self._at + 1
        elif kind is Kind.ALL_DAY:
            self._read_all_day()
        elif kind in (Kind.CLOSED, Kind.EXCLUDING):
            self._read_leading_closure(kind)
        elif kind is Kind.REST:
            self._at += 1
            following = self._next()
            if not isinstance(following, Span):
                raise NotUnderstoodError("午休")
            self._read_noon_break(following)
        else:
            raise NotUnderstoodError(kind.value)

    def _read_maintenance(self) -> None:
        before = [i for i in self._items[: self._at] if i not in _PUNCTUATION]
        if not before or before[-1] is not Kind.CLOSED:
            raise NotUnderstoodError("检修")
        self._at += 1

    # Days ------------------------------------------------------------------------------------

    def _read_days(self, days: Days) -> None:
        self._at += 1
        following = self._next()
        if following is Kind.ALL_DAY and self._next(1) is Kind.CLOSED:
            self._at += 1
            following = self._next()
        if following is Kind.CLOSED:
            self._at += 1
            self._close(days)
        elif following is Kind.EXCEPT:
            self._at += 1
            self._except(days)
        elif following is Kind.AS_USUAL:
            self._at += 1
            self._opened.append(days)
        elif self._is_bracketed_exception():
            unless = self._next(1)
            assert isinstance(unless, Days)
            self._at += 5
            self._closures.append(Closure(days, unless))
        elif following is Kind.POSTPONED:
            self._postpone(days)
        elif isinstance(following, Extension):
            self._extend(days, following)
        else:
            self._name(days)

    def _postpone(self, holidays: Days) -> None:
        """周一闭馆(逢节假日顺延): closed on a later day then; which one, and whether open that day, is open."""
        self._at += 1
        last = self._closures[-1] if self._closures else None
        if last is None or last.unless or not last.days.weekdays or not holidays.classes:
            raise NotUnderstoodError("顺延")
        self._closures[-1] = replace(last, unless=holidays, postponed=True)

    def _extend(self, days: Days, extension: Extension) -> None:
        """9:00-17:00(周六延长至20:00): the time between is added on those days."""
        self._at += 1
        base = self._drafts[-1] if self._drafts and self._days_used else None
        end = start_minutes(extension.at)
        if base is None or not base.spans or base.all_day or base.doubt or days.classes or days.nths:
            raise NotUnderstoodError("延长")
        last = base.spans[-1].end
        if not (last < end <= DAY_MINUTES and days.weekdays <= (base.days or _ALL_WEEK).weekdays):
            raise NotUnderstoodError("延长")
        self._drafts.append(_Draft(days, base.season, [Span(last, end)]))
        self._fresh = True

    def _name(self, days: Days) -> None:
        """Days that hours belong to: those that follow, or those just read when none follow."""
        if self._is_only_on_workdays(days):
            self._closures.append(Closure(_DAYS_OFF))
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

    def _is_only_on_workdays(self, days: Days) -> bool:
        """周一至周五8:00-17:30(仅上班日): the days are said already; this takes holidays out."""
        said = self._drafts[-1].days if self._drafts else None
        return (
            said is not None
            and days == _WORKDAYS
            and self._before(2) is Kind.LEFT
            and self._next() is Kind.RIGHT
            and said.weekdays <= frozenset(range(5))
        )

    def _is_bracketed_after_hours(self) -> bool:
        """9:00-12:00(周一至周五) 14:00-17:00(周六)."""
        bracketed = self._before(2) is Kind.LEFT and self._next() is Kind.RIGHT
        after_hours = isinstance(self._before(3), Span) or self._before(3) is Kind.ALL_DAY
        return bracketed and after_hours and not self._fresh and self._drafts[-1].days is None

    def _is_afterthought(self) -> bool:
        """8:30-17:30(周一至周五): no hours of its own follow, and those before have no days."""
        if not self._drafts or self._drafts[-1].days is not None:
            return False
        if self._next() not in (None, Kind.RIGHT, Kind.BREAK, Kind.LINE) or self._next(1) is Kind.CLOSED:
            return False
        return not any(isinstance(i, Span) or i is Kind.ALL_DAY for i in self._items[self._at :])

    def _close(self, days: Days) -> None:
        if isinstance(self._before(3), Season) or self._before(2) is Kind.TO:
            raise NotUnderstoodError("…")
        self._closures.append(Closure(days, self._exception()))

    def _exception(self) -> Days | None:
        """周一闭馆(节假日除外): the days on which a closure may not hold."""
        ahead = 0
        while self._next(ahead) in (Kind.LEFT, Kind.BREAK, Kind.EXCLUDING):
            ahead += 1
        days, word = self._next(ahead), self._next(ahead + 1)
        if ahead and isinstance(days, Days) and word is Kind.EXCEPT and days.classes:
            self._at += ahead + 2
            return days
        return None

    def _is_bracketed_exception(self) -> bool:
        """周一(节假日除外)闭馆."""
        words = [self._next(n) for n in range(5)]
        return isinstance(words[1], Days) and [words[0], *words[2:]] == [
            Kind.LEFT,
            Kind.EXCEPT,
            Kind.RIGHT,
            Kind.CLOSED,
        ]

    def _except(self, days: Days) -> None:
        """节假日除外: closed then; after a closure it may as well mean that the closure doesn't hold."""
        self._closures.append(Closure(days, sure=not self._closures))

    def _read_leading_closure(self, kind: Kind) -> None:
        """休馆日：周一; 除周一外."""
        self._at += 1
        while self._next() in (Kind.BREAK, Kind.LEFT, Kind.AND) and kind is Kind.CLOSED:
            self._at += 1
        days = self._next()
        if not isinstance(days, Days) or (kind is Kind.CLOSED and self._names_hours(1)):
            raise NotUnderstoodError("…")
        self._at += 1
        if self._next() in (Kind.EXCEPT, Kind.CLOSED):
            self._at += 1
        elif kind is Kind.EXCLUDING:
            raise NotUnderstoodError("除")
        self._close(days)

    def _names_hours(self, ahead: int) -> bool:
        return isinstance(self._next(ahead), Span) or self._next(ahead) is Kind.ALL_DAY

    # Hours -----------------------------------------------------------------------------------

    def _read_span(self, span: Span) -> None:
        if self._next(1) in (Kind.CLOSED, Kind.REST):
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
        """The rule that the next span belongs to."""
        if self._fresh or not self._drafts:
            self._drafts.append(_Draft(self._days, self._season, [], self._office))
            self._fresh, self._days_used = False, True
        return self._drafts[-1]

    def _read_noon_break(self, span: Span) -> None:
        beside = self._before() is Kind.LEFT or (self._before() is Kind.REST and self._before(2) is Kind.LEFT)
        attached = beside and len(self._drafts) > 1
        self._at += 1
        while self._next() in (Kind.CLOSED, Kind.REST):
            self._at += 1
        if not self._drafts or not self._days_used:
            raise NotUnderstoodError("午休")
        bits = minutes(span.start, span.end)
        last = self._is_last()
        for draft in self._drafts[:-1] if attached else []:
            draft.doubt |= bits if last else 0
        for draft in self._drafts[-1:] if attached else self._drafts:
            draft.shut |= bits

    def _is_last(self) -> bool:
        return all(i in _PUNCTUATION for i in self._items[self._at :])

    def _read_last_entry(self, entry: LastEntry) -> None:
        """From the last entry to the closing nobody is let in, though the timetable says open."""
        self._at += 1
        if not self._drafts:
            raise NotUnderstoodError("停止入场")
        for draft in self._drafts if self._is_last() else self._drafts[-1:]:
            draft.doubt |= minutes(start_minutes(entry.at), 2880)

    # Seasons ---------------------------------------------------------------------------------

    def _read_season(self, season: Season) -> None:
        """夏季8:00-18:00, 夏季(5月1日-9月30日), or 8:00-18:00(夏季)."""
        self._at += 1
        season = self._with_dates(season)
        inside = self._before(2) is Kind.LEFT and self._next() is Kind.RIGHT
        if inside and self._drafts and not self._fresh and self._drafts[-1].season is None:
            self._drafts[-1].season = season
            self._fresh = True
            return
        if self._next() is Kind.CLOSED:
            raise NotUnderstoodError(season.name)
        self._season, self._fresh = season, True

    def _with_dates(self, season: Season) -> Season:
        if season.ranges or not season.name:
            return season
        ahead = 1 if self._next() is Kind.LEFT else 0
        ranges: list[tuple[tuple[int, int], tuple[int, int]]] = []
        dated = self._next(ahead)
        if not (isinstance(dated, Season) and dated.ranges):
            return season
        ranges.extend(dated.ranges)
        self._at += ahead + 1
        if ahead and self._next() is Kind.RIGHT:
            self._at += 1
        return replace(season, ranges=tuple(ranges))


def _both(first: Days, second: Days) -> Days:
    """Days said twice before their hours: 工作日(周一至周五), 周二至周日 每天, 周一至周五 工作日."""
    for one, other in ((first, second), (second, first)):
        if one.classes & {DayClass.WORKDAY, DayClass.ORDINARY} and other == _MONDAY_TO_FRIDAY:
            return Days(classes=frozenset({DayClass.ORDINARY}))
        if other == _ALL_WEEK and not one.nths:
            return one
    if second.weekdays <= first.weekdays and not second.classes and not second.nths:
        return second
    raise NotUnderstoodError("…")  # two lists of days, hours for one only


def _checked(timetable: Timetable) -> Timetable:
    """The timetable, if it says something and nothing that we can't write down."""
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
    """全周开放，节假日照常 needs no table: there is nothing that a holiday could change."""
    plain = frozenset().union(*(r.days.weekdays for r in timetable.rules))
    if timetable.closures or plain < frozenset(range(7)):
        return timetable
    kept = tuple(d for d in timetable.opened if DayClass.WORKDAY in d.classes)
    return replace(timetable, opened=kept)
