"""Closures of a part of a place, or of what it offers, which don't close the place: 周一淋浴不开放, 二楼暂停开放."""

from itertools import dropwhile, takewhile

from geo.hours.day_selector import DaySelector
from geo.hours.items import LastEntry, Part, PhraseItem, TimeSpan
from geo.hours.reader_state import CLOSING, PUNCTUATION
from geo.hours.timetable import Season
from geo.hours.tokens import NotUnderstoodError
from geo.hours.words import TokenKind

_ENDING = (*CLOSING, TokenKind.EXCEPT)
_DAYS = DaySelector | Season
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
        parts = [one for one in closure if isinstance(one, Part)]
        if any(one.may_be_all for one in parts) or sum(one.is_floor for one in parts) > 1:
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
    """Return whether the items close a part once, and neither they nor a clause beside them may mean the place.

    So 9:00-17:00 周一淋浴不开放; not so 周一和淋浴不开放, 周三，二楼关闭 or 淋浴检修，暂停开放.
    """
    closure, before, after = items[first:end], items[first - 1 :: -1] if first else [], items[end:]
    with_days = isinstance(closure[0], _DAYS) and before[:1] != [] and _tells_hours(before[:1])
    if not with_days and before[:1] and before[0] not in _BOUNDS:
        return False
    if (after[:1] and after[0] not in _BOUNDS) or sum(one in _ENDING for one in closure) != 1:
        return False
    joined = any(
        word is TokenKind.AND and isinstance(one, Part) != isinstance(other, Part)
        for one, word, other in zip(closure, closure[1:], closure[2:], strict=False)
    )
    earlier, later = _clause_of(before), _clause_of(after)
    excepts = TokenKind.EXCEPT in closure
    return (
        not joined
        and (not earlier or _tells_hours(earlier) or (_closes(earlier) and not excepts))
        and (
            not later or _tells_hours(later) or _closes(later) or any(isinstance(one, Part) for one in later)
        )
    )


def _clause_of(items: list[PhraseItem]) -> list[PhraseItem]:
    """Return the first clause of the items, which may begin with punctuation."""
    return list(takewhile(lambda one: one not in _BOUNDS, dropwhile(lambda one: one in _BOUNDS, items)))


def _tells_hours(clause: list[PhraseItem]) -> bool:
    return any(isinstance(one, TimeSpan | LastEntry) or one is TokenKind.ALL_DAY for one in clause)


def _closes(clause: list[PhraseItem]) -> bool:
    """Return whether a clause closes the place on days that it names: 周二闭馆."""
    return any(isinstance(one, _DAYS) for one in clause) and any(one in CLOSING for one in clause)


def _is_of_closure(item: PhraseItem) -> bool:
    return isinstance(item, _DAYS | Part) or item in (*_ENDING, TokenKind.AND)


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
