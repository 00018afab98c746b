"""Closures of a part of a place, or of what it offers, which don't close the place: 周一淋浴不开放, 二楼暂停开放."""

from geo.hours.items import Part, PhraseItem, TimeSpan
from geo.hours.reader_state import CLOSING, PUNCTUATION
from geo.hours.timetable import DaySelector, Season
from geo.hours.tokens import NotUnderstoodError
from geo.hours.words import TokenKind

_ENDING = (*CLOSING, TokenKind.EXCEPT)
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
        if any(isinstance(one, Part) and one.may_be_all for one in closure):
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
    """Return whether the items close a part once, and nothing else belongs to them: 9:00-17:00 周一淋浴不开放."""
    before, after = items[max(first - 1, 0) : first], items[end : end + 1]
    has_days = isinstance(items[first], DaySelector | Season)
    follows_hours = has_days and any(isinstance(one, TimeSpan) or one is TokenKind.ALL_DAY for one in before)
    is_alone = all(one in _BOUNDS for one in after) and (
        follows_hours or all(one in _BOUNDS for one in before)
    )
    return is_alone and sum(one in _ENDING for one in items[first:end]) == 1


def _is_of_closure(item: PhraseItem) -> bool:
    return isinstance(item, DaySelector | Season | Part) or item in (*_ENDING, TokenKind.AND)


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
