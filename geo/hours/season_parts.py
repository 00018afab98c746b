"""Read seasons, dates and conditions: summer hours, a closure on some dates, an evening that is longer in July."""

from dataclasses import replace

from geo.hours.clock import start_minutes
from geo.hours.day_parts import DayReader
from geo.hours.day_selector import DaySelector
from geo.hours.items import ClosingExtension, TimeSpan
from geo.hours.reader_state import CLOSING
from geo.hours.timetable import Season
from geo.hours.tokens import BY_WEATHER, NotUnderstoodError
from geo.hours.words import TOKENS_BY_TERM, TokenKind


def is_condition(item: object) -> bool:
    """Return whether an item names a case, such as 雨天 or 如遇停电, and no season of the year."""
    return (
        isinstance(item, Season)
        and bool(item.name)
        and not all(name in TOKENS_BY_TERM for name in item.name.split("、"))
    )


class SeasonReader(DayReader):
    """Reads seasons with the hours, closures and words that belong to them."""

    def _read_season(self, season: Season) -> None:
        """Read a season: 夏季8:00-18:00, 夏季(5月1日-9月30日), or 8:00-18:00(夏季)."""
        self._at += 1
        season = self._with_dates(season)
        if self._next() is TokenKind.BREAK and self._next(1) in CLOSING:
            self._at += 1
        following = self._next()
        if following in (*CLOSING, TokenKind.EXCEPT) or season.name == BY_WEATHER:
            self._at += following in (*CLOSING, TokenKind.EXCEPT)
            self._shut_seasons.append(season)
            return
        if following is TokenKind.AS_USUAL:
            self._at += 1  # 雨天照常
            return
        if isinstance(following, ClosingExtension) and season.ranges:
            self._extend_in(season, following)
            return
        days = self._next() if self._next(1) is TokenKind.RIGHT else None
        inside = self._before(2) is TokenKind.LEFT and (
            self._next() is TokenKind.RIGHT or isinstance(days, DaySelector)
        )
        if inside and self._drafts and not self._fresh and self._drafts[-1].season is None:
            if isinstance(days, DaySelector):  # 8:30-17:00 (4月1日-10月31日 周二-周日)
                if self._drafts[-1].days is not None:
                    raise NotUnderstoodError("…")
                self._drafts[-1].days, self._bracketed = days, True
                self._at += 1
            self._drafts[-1].season, self._drafts[-1].bracketed = season, True
            self._fresh = True
            return
        self._season, self._fresh = season, True

    def _extend_in(self, season: Season, extension: ClosingExtension) -> None:
        """9:00-17:00，7月至8月延长至20:00."""
        self._at += 1
        end = start_minutes(extension.at)
        base = self._drafts[0] if len(self._drafts) == 1 and self._days_used else None
        if base is None or base.season is not None or not base.is_extendable(end):
            raise NotUnderstoodError("延长")
        spans = [*base.spans[:-1], TimeSpan(base.spans[-1].start, end)]
        self._drafts.append(replace(base, season=season, spans=spans))
        base.season, self._fresh = Season("").without([season]), True

    def _with_dates(self, season: Season) -> Season:
        if season.ranges or not season.name:
            return season
        ahead = 1 if self._next() is TokenKind.LEFT else 0
        dated = self._next(ahead)
        if not isinstance(dated, Season) or not dated.ranges:
            return season
        if is_condition(season):
            raise NotUnderstoodError(season.name)  # 雨天（7月）暂停开放: not all July
        self._at += ahead + 1
        if ahead and self._next() is TokenKind.RIGHT:
            self._at += 1
        return replace(season, ranges=dated.ranges)

    def _settle_dates(self) -> None:
        """Take the dates of hours of their own, and of closures, out of the hours for the rest of the year.

        *Raises* NotUnderstoodError where both may be meant together: 8:00-12:00，7月14:00-18:00.
        """
        dated = [draft for draft in self._drafts if draft.season is not None and draft.season.ranges]
        plain = [draft for draft in self._drafts if draft.season is None]
        for draft in plain if dated else []:
            if not all(one.days is None and one.touches(draft) for one in dated):
                raise NotUnderstoodError("…")
        closed = [season for season in self._shut_seasons if season.ranges]
        try:
            for draft in plain if dated or closed else []:
                draft.season = Season("").without([*(one.season for one in dated if one.season), *closed])
            for draft in dated if closed else []:
                draft.season = (draft.season or Season("")).without(closed)
        except ValueError as error:
            raise NotUnderstoodError("…") from error
