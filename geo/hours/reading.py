"""Turn the parts of a phrase into a timetable.

Every part must be used; a part that isn't makes the phrase *not understood*. Where Chinese allows two
readings (does 节假日除外 except the closure or the opening?), the timetable keeps both and the state is
unknown.
"""

from dataclasses import replace
from itertools import combinations

from geo.hours.clock import start_minutes
from geo.hours.day_parts import check_timetable, resolve_usual_days
from geo.hours.day_selector import DaySelector
from geo.hours.items import (
    ClosingExtension,
    DayEnd,
    ItemReader,
    LastEntry,
    NightEntry,
    OnDates,
    Part,
    SeasonEnd,
    TimeSpan,
)
from geo.hours.reader_state import (
    ALL_WEEK,
    CLOSING,
    PUNCTUATION,
    RuleDraft,
    contains_span,
    without_part_closures,
)
from geo.hours.season_parts import SeasonReader, is_condition
from geo.hours.spelling import normalise_hours
from geo.hours.timetable import (
    DAY_MINUTES,
    ClosureRule,
    DayPlan,
    HoursRule,
    Season,
    SpecialDates,
    Timetable,
    minute_bits,
)
from geo.hours.token_context import settle_tokens
from geo.hours.tokens import NotUnderstoodError, tokenise_hours
from geo.hours.words import TokenKind

# Before and after 暂停开放 they leave open what is suspended: 不定期，暂停开放; 暂停开放，其他时间正常开放.
_PARTLY = (
    (TokenKind.UNCERTAIN, TokenKind.MAINTENANCE, TokenKind.OTHERWISE),
    (TokenKind.AS_USUAL, TokenKind.OPENED, TokenKind.OTHERWISE),
)
_NOON = (11 * 60, 15 * 60)  # within which a break may stand before the hours


def parse_timetable(text: str) -> Timetable:
    """Parse a Chinese phrase. *Raises* NotUnderstoodError."""
    items = ItemReader(settle_tokens(tokenise_hours(normalise_hours(text)))).read()
    return _Reader(*without_part_closures(items)).read()


class _Reader(SeasonReader):
    def read(self) -> Timetable:
        if self._is_suspended():
            return Timetable((HoursRule(ALL_WEEK, None, DayPlan()),))
        while self._at < len(self._items):
            self._step()
        if not self._days_used or not self._drafts:
            raise NotUnderstoodError("…")
        if self._season is not None and self._fresh and self._season not in [d.season for d in self._drafts]:
            raise NotUnderstoodError(self._season.name or "…")  # 9:00-17:00，夏季
        for draft in self._drafts:
            draft.shut |= self._early_break
            draft.doubt |= 0 if not self._unnamed_rest or draft.has_break(*_NOON) else minute_bits(*_NOON)
            draft.doubt |= (
                0 if all(season.ranges for season in self._shut_seasons) else minute_bits(0, 2 * DAY_MINUTES)
            )
        if self._night is not None:
            self._doubt_nights(self._night.after)
        for earlier, draft in combinations(self._drafts, 2):
            if earlier.bracketed:
                draft.doubt_spans_of(earlier)
        self._settle_dates()
        rules = tuple(rule for at in range(len(self._drafts)) for rule in self._rules_from(at))
        shut = tuple(HoursRule(ALL_WEEK, season, DayPlan()) for season in self._shut_seasons if season.ranges)
        default = any(span.is_default for draft in self._drafts for span in draft.spans)
        closures = (*self._closures, *(ClosureRule(days, sure=False) for days in self._doubted))
        timetable = Timetable((*rules, *shut), closures, tuple(self._opened), default, tuple(self._special))
        return check_timetable(resolve_usual_days(timetable))

    def _doubt_nights(self, after: int) -> None:
        if len(self._drafts) > 1 or self._closures or self._shut_seasons or self._special:
            raise NotUnderstoodError("…")
        self._drafts[0].doubt_night(after)

    def _is_suspended(self) -> bool:
        """Return whether the place is closed altogether: 9:00-17:00（暂停开放）.

        Not so where days, dates or hours stand beside the word: 周一暂停开放, 暂停开放（12:00-14:00）.
        """
        for at, item in enumerate(self._items):
            if item is not TokenKind.SUSPENDED:
                continue
            beside = [*self._items[max(at - 1, 0) : at], *self._items[at + 1 : at + 2]]
            before = [one for one in self._items[:at] if one not in PUNCTUATION][-1:]
            after = [one for one in self._items[at + 1 :] if one not in PUNCTUATION][:1]
            is_named = any(isinstance(one, DaySelector | Season) for one in (*before, *after))
            is_named |= any(is_condition(one) or one in _PARTLY[0] for one in self._items[:at])
            is_named |= any(is_condition(one) or one in _PARTLY[1] for one in self._items[at + 1 :])
            if all(one in PUNCTUATION and one is not TokenKind.AND for one in beside) and not is_named:
                return self._items[at + 1 : at + 2] != [TokenKind.LEFT]
        return False

    def _rules_from(self, at: int) -> list[HoursRule]:
        """Return the rules of a draft.

        8:00-12:00 周一至周五 14:00-18:00: the days may be meant for both spans, so on other days the first
        is unknown.
        """
        rule = self._rule(self._drafts[at])
        halves = [d for d in self._drafts[at + 1 :] if d.days is not None and d.season == rule.season]
        if self._drafts[at].days is not None or not halves or halves[0].all_day:
            return [rule]
        days, plan = halves[0].days or ALL_WEEK, halves[0].plan()
        if (plan.open | plan.unknown) & (rule.plan.open | rule.plan.unknown):
            return [rule]  # 9:00-17:00，周六9:00-12:00: hours of their own
        if days.classes or days.nths or any(d.days is not None for d in self._drafts[:at]):
            raise NotUnderstoodError("…")
        others = DaySelector(weekdays=ALL_WEEK.weekdays - days.weekdays)
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
        return HoursRule(draft.days or ALL_WEEK, draft.season, plan)

    # Walking ---------------------------------------------------------------------------------

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
        elif isinstance(item, NightEntry):
            self._night, self._at = item, self._at + 1
        elif isinstance(item, OnDates):
            self._read_special(item)
        elif isinstance(item, DayEnd):
            raise NotUnderstoodError("至")
        elif isinstance(item, SeasonEnd | ClosingExtension):
            self._read_other_end(item)
        else:
            assert not isinstance(item, Part), "without_part_closures takes them out"
            self._read_word(item)

    def _read_word(self, kind: TokenKind) -> None:
        if kind in PUNCTUATION:
            self._at += 1
        elif kind is TokenKind.MAINTENANCE:
            self._read_maintenance()
        elif kind is TokenKind.LABEL:
            self._office, self._at = True, self._at + 1
        elif kind is TokenKind.ALL_DAY:
            self._read_all_day()
        elif kind is TokenKind.EXCLUDING and self._drafts and isinstance(self._next(1), TimeSpan):
            self._read_rest()  # 除12:00-13:00（外）
        elif kind in (*CLOSING, TokenKind.EXCLUDING):
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
        if isinstance(following, TimeSpan) and self._is_in_hours(following):
            self._read_noon_break(following)
            return
        while self._next() in (*CLOSING, TokenKind.EXCEPT):
            self._at += 1
        is_break = isinstance(following, TimeSpan) and following.end <= _NOON[1]
        if is_break or not self._drafts or not self._days_used:
            raise NotUnderstoodError("午休")
        self._unnamed_rest = True

    def _is_in_hours(self, span: TimeSpan) -> bool:
        """Return whether a span lies in the last hours, if there are any: not so 9:00-12:00 午休 13:00-17:00."""
        last = self._drafts[-1] if self._drafts else None
        if last is None or last.all_day or any(contains_span(outer, span) for outer in last.spans):
            return True
        return span.end <= _NOON[1] and last.spans[-1:] != [] and last.spans[-1].end == span.start

    def _read_maintenance(self) -> None:
        before = [i for i in self._items[: self._at] if i not in PUNCTUATION]
        if not before or before[-1] is not TokenKind.CLOSED:
            raise NotUnderstoodError("检修")
        self._at += 1

    # Hours -----------------------------------------------------------------------------------

    def _read_span(self, span: TimeSpan) -> None:
        leads = self._next(1) is TokenKind.REST and isinstance(self._next(2), TimeSpan)
        if self._next(1) in (*CLOSING, TokenKind.REST, TokenKind.EXCEPT) and not leads:
            self._read_noon_break(span)
            return
        self._at += 1
        draft = self._draft()
        if any(contains_span(outer, span) for outer in draft.spans):
            # 8:00-18:00（12:00-14:00）: a break, or hours of something else
            draft.doubt |= 0 if span in draft.spans else minute_bits(span.start, span.end)
            return
        overlaps = bool(draft.spans) and span.start < max(s.end for s in draft.spans)
        words = [self._next(n) for n in range(3)]
        own_days = [words[0], words[2]] == [TokenKind.LEFT, TokenKind.RIGHT] and isinstance(
            words[1], DaySelector
        )
        if overlaps and own_days and draft.days is None and draft.season is None:
            draft.days, self._fresh = ALL_WEEK, True  # 12:00-19:30 12:00-22:30（周五）
            draft, overlaps = self._draft(), False
        if draft.all_day or overlaps:
            raise NotUnderstoodError("…")
        draft.spans.append(span)

    def _read_all_day(self) -> None:
        self._at += 1
        draft = self._draft()
        if draft.spans:
            raise NotUnderstoodError("24小时")
        draft.all_day = True

    def _read_noon_break(self, span: TimeSpan) -> None:
        beside = self._before() is TokenKind.LEFT or (
            self._before() is TokenKind.REST and self._before(2) is TokenKind.LEFT
        )
        attached = beside and len(self._drafts) > 1
        self._at += 1
        while self._next() in (*CLOSING, TokenKind.REST, TokenKind.EXCEPT):
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

    def _read_last_entry(self, entry: LastEntry) -> None:
        """Mark the time from the last entry to closing as unknown: visitors can't enter any more."""
        self._at += 1
        if not self._drafts:
            raise NotUnderstoodError("停止入场")
        for draft in self._drafts if self._is_last() else self._drafts[-1:]:
            first = draft.end - entry.before_end if entry.at is None else start_minutes(entry.at)
            draft.doubt |= minute_bits(max(first, 0), 2880)

    def _read_other_end(self, end: SeasonEnd | ClosingExtension) -> None:
        """Read 9:00-18:00（夏季至21:00）, 9:00-18:00，延长至21:00: the time between the two ends is unknown."""
        self._at += 1
        draft = self._drafts[-1] if self._drafts and self._days_used else None
        if draft is None or draft.all_day or not draft.spans or draft.season is not None:
            raise NotUnderstoodError("至")
        if isinstance(end, ClosingExtension) and (self._before(2) is TokenKind.RIGHT or self._names_days()):
            raise NotUnderstoodError("延长")  # （周五）延长至20:00
        last, at = draft.spans[-1], start_minutes(end.at)
        if not last.start < at <= DAY_MINUTES or at == last.end:
            raise NotUnderstoodError("至")
        if isinstance(end, ClosingExtension) and at < last.end:
            raise NotUnderstoodError("延长")  # 延至10:00 before the close: the opening may be what moved
        draft.doubt |= minute_bits(min(at, last.end), max(at, last.end))
        if at > last.end:
            draft.spans.append(TimeSpan(last.end, at))

    def _names_days(self) -> bool:
        """Return whether the next item but a bracket names days or dates."""
        following = self._next(1) if self._next() is TokenKind.LEFT else self._next()
        return isinstance(following, DaySelector | Season)

    def _read_special(self, dates: OnDates) -> None:
        """Read the hours or the closure of days of one year: 2026年10月1日12:00-次日1:00."""
        self._at += 1
        plan = RuleDraft(None, None, [], all_day=self._next() is TokenKind.ALL_DAY)
        if plan.all_day or self._next() in CLOSING:
            self._at += 1
        while isinstance(span := self._next(), TimeSpan):
            plan.spans.append(span)
            self._at += 2 if self._next(1) is TokenKind.AND else 1
        is_closed = self._before() in CLOSING
        ends = self._next() in (None, TokenKind.BREAK, TokenKind.LINE, TokenKind.RIGHT)
        if not ends or isinstance(self._next(1), TimeSpan) or (not plan.plan().open and not is_closed):
            raise NotUnderstoodError(f"{dates.first:%Y-%m-%d}")
        self._special.append(SpecialDates(dates.first, dates.last, plan.plan()))
