"""What tokens of a phrase mean by those beside them: 开放 after days, 自助服务 that is closed, remarks, 公休日."""

import re
from dataclasses import replace
from itertools import groupby, pairwise, takewhile

from geo.hours.tokens import CLAUSE_ENDS, NotUnderstoodError, Token
from geo.hours.words import OPENING_WORDS, DayClass, TokenKind

_REST_DAY_WORDS = ("公休日", "公休", "休息日")
_HOURS = (TokenKind.CLOCK, TokenKind.MARK, TokenKind.ALL_DAY)
_DAYS = (TokenKind.WEEKDAY, TokenKind.DAY_CHAR, TokenKind.WEEKEND, TokenKind.DAY_CLASS)
_LISTED = (*_DAYS, TokenKind.AND, TokenKind.TO)
_DATES = (TokenKind.DATE, TokenKind.MONTH, TokenKind.SEASON)
_AT_HOURS = re.compile(r"\d|[晚夜深凌]")
_ROUND_THE_CLOCK = (TokenKind.ALL_DAY, TokenKind.EVERY_DAY, TokenKind.REMARK, *CLAUSE_ENDS)
_EXCEPTIONS = (
    TokenKind.EXCEPT,
    TokenKind.EXCLUDING,
    TokenKind.WITHOUT,
    TokenKind.INCLUDING,
    TokenKind.OTHERWISE,
)
_MANY_DAYS = (DayClass.WORKDAY, DayClass.STATUTORY, DayClass.FESTIVE, DayClass.REST_DAY)
_STAFFED = ("值守", "值班", "在岗", "看管", "管理")
_OF_THE_STATION = ": 我馆 本馆 全馆 馆 均 从 自 起 于 为 开放时间 营业时间 服务时间"
_OF_ALL = re.compile("[馆园店站,;，；]|故障")  # beside a part: the place itself may be closed


def settle_tokens(tokens: list[Token]) -> list[Token]:
    """Return the tokens that state hours, days and closures. *Raises* NotUnderstoodError for what isn't certain."""
    _check_suspensions(tokens)
    _check_counts_of_days(tokens)
    tokens = _with_openings(_with_self_service(tokens))
    _check_parts(tokens)
    return _with_rest_days(_without_remarks([t for t in tokens if t.kind is not TokenKind.NOTE]))


def _check_suspensions(tokens: list[Token]) -> None:
    """*Raises* NotUnderstoodError where something else than the station is suspended: 自助服务暂停使用, 会员卡停用."""
    for at, token in enumerate(tokens):
        if token.kind is TokenKind.SUSPENDED:
            beside = (*takewhile(_is_note, reversed(tokens[:at])), *takewhile(_is_note, tokens[at + 1 :]))
            others = [one.text for one in beside if one.text not in _OF_THE_STATION.split()]
            others += [one.text for one in tokens[at:] if one.text.startswith("自助")]
            if others:
                raise NotUnderstoodError(others[0])


def _check_counts_of_days(tokens: list[Token]) -> None:
    """*Raises* NotUnderstoodError for a closure on some of several days: 周末休一天, 周六、日休一天."""
    named = [one for one in tokens if one.kind is not TokenKind.NOTE]
    for at, token in enumerate(named):
        if token.kind is TokenKind.CLOSED and token.text.endswith("天"):
            days = list(takewhile(lambda one: one.kind in _LISTED, reversed(named[:at])))
            many = any(one.kind is TokenKind.WEEKEND or one.text in _MANY_DAYS for one in days)
            if many or sum(one.kind in (TokenKind.WEEKDAY, TokenKind.DAY_CHAR) for one in days) > 1:
                raise NotUnderstoodError(token.text)


def _check_parts(tokens: list[Token]) -> None:
    """*Raises* NotUnderstoodError where a clause with a part tells more: 全馆及淋浴关闭, 周一闭馆二楼开放, 一楼装修，暂停开放."""
    for is_bound, clause in groupby(tokens, key=lambda one: one.kind in CLAUSE_ENDS):
        words = [] if is_bound else list(clause)
        if any(one.kind is TokenKind.PART for one in words):
            for one in words:
                more = _is_note(one) or one.kind is TokenKind.OPENED
                if more or (one.kind is not TokenKind.PART and _OF_ALL.search(one.text)):
                    raise NotUnderstoodError(one.text)


def _is_note(token: Token) -> bool:
    return token.kind in (TokenKind.NOTE, TokenKind.REMARK)


def _without_remarks(tokens: list[Token]) -> list[Token]:
    """Drop remarks; days or nights with an entry of their own may have other hours: 周末需按门铃, 22:00后刷卡进入.

    *Raises* NotUnderstoodError for any other remark on some days or hours only: 周末无午休, 除周末外刷卡进入.
    """
    tokens = [_as_doubt(tokens, at) for at in range(len(tokens))]
    for before, token in pairwise(tokens):
        partly = before.kind in (*_DAYS, *_DATES, *_EXCEPTIONS) and token.kind is TokenKind.REMARK
        staffed = before.kind is TokenKind.REMARK and before.text.endswith(_STAFFED)
        if partly or (staffed and token.kind in (*_DAYS, *_DATES, *_HOURS)):
            raise NotUnderstoodError(before.text + token.text)
    if any(one.kind not in _ROUND_THE_CLOCK for one in tokens):
        tokens = [
            replace(one, kind=TokenKind.NIGHT_ENTRY, number=_night_minutes(one.text))
            if one.kind is TokenKind.REMARK and _AT_HOURS.match(one.text)
            else one
            for one in tokens
        ]
    return [token for token in tokens if token.kind is not TokenKind.REMARK]


def _as_doubt(tokens: list[Token], at: int) -> Token:
    """Return a token, or that its days are uncertain: 9:00-17:00，周末需按门铃."""
    token = tokens[at]
    is_entry = token.kind is TokenKind.REMARK and "午" not in token.text and not token.text.endswith(_STAFFED)
    if not is_entry or _AT_HOURS.match(token.text):
        return token
    days = list(takewhile(lambda one: one.kind not in CLAUSE_ENDS, reversed(tokens[:at])))
    begun = at > len(days) and any(one.kind in _HOURS for one in tokens[: at - len(days)])
    few = all(one.kind in (*_DAYS, TokenKind.AND) for one in days) and len(days) in (1, 2, 3)
    return replace(token, kind=TokenKind.UNCERTAIN) if begun and few else token


def _night_minutes(text: str) -> int:
    """Return from when an entry of its own holds by night; 0 for 夜间. *Units*: minutes."""
    found = re.match(r"(晚?)\D*(\d{1,2})(?:[:点时](\d{2})?)?", text)
    if found is None:
        return 0
    hour = int(found[2])
    return (hour + 12 if found[1] and hour < 12 else hour) * 60 + int(found[3] or 0)


def _with_openings(tokens: list[Token]) -> list[Token]:
    """Mark the 开放 of 节假日开放: after days it states that the place is open then."""
    found = list(tokens)
    days = False
    for at, token in enumerate(tokens):
        if token.kind is TokenKind.NOTE:
            if days and token.text in OPENING_WORDS:
                found[at] = Token(TokenKind.OPENED, token.text, 0, token.spaced)
                days = False
        else:
            days = token.kind in _DAYS
    return found


def _with_self_service(tokens: list[Token]) -> list[Token]:
    """Mark 自助服务 as a part of what is offered where it alone is closed: 周一自助服务不开放.

    Not so in 24小时自助，周一闭馆. *Raises* NotUnderstoodError for 周一闭馆，自助服务开放.
    """
    found = list(tokens)
    for at, token in enumerate(tokens):
        if token.kind is TokenKind.NOTE and token.text.startswith("自助"):
            before, after = (
                list(takewhile(lambda one: one.kind not in CLAUSE_ENDS, some))
                for some in (reversed(tokens[:at]), tokens[at + 1 :])
            )
            words = [one for one in (*before, *after) if one.kind is not TokenKind.NOTE]
            beside = [*before[:1], *after[:1]] if any(one.kind in _HOURS for one in words) else words
            if any(one.kind in (TokenKind.CLOSED, TokenKind.EXCEPT) for one in beside):
                found[at] = Token(TokenKind.PART, token.text, 0, token.spaced)
            elif not words and after and any(one.kind is TokenKind.CLOSED for one in tokens[:at]):
                raise NotUnderstoodError(token.text)
    return found


def _with_rest_days(tokens: list[Token]) -> list[Token]:
    """Replace 公休日 by a day class where it names days: 公休日除外, 公休日及节假日…. In 公休日:周一 it means closed and stays."""
    found = list(tokens)
    for at, token in enumerate(tokens):
        if token.kind is not TokenKind.CLOSED or token.text not in _REST_DAY_WORDS:
            continue
        after, before = tokens[at + 1 : at + 3], tokens[max(at - 2, 0) : at]
        joined = (
            [t.kind for t in after] == [TokenKind.AND, TokenKind.DAY_CLASS],
            [t.kind for t in before] == [TokenKind.DAY_CLASS, TokenKind.AND],
        )
        hours = after and token.text == "休息日" and after[0].kind in _HOURS
        if any(joined) or hours or (after and after[0].kind is TokenKind.EXCEPT):
            found[at] = Token(TokenKind.DAY_CLASS, DayClass.REST_DAY.value, 0, token.spaced)
    return found
