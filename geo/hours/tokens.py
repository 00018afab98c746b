"""Normalise the text of a phrase and cut it into tokens, leaving nothing over."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from geo.hours.words import (
    OPENING_WORDS,
    SIMPLIFIED_CHARACTERS,
    TOKENS_BY_TERM,
    WEEKDAYS,
    DayClass,
    TokenKind,
)

_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5} | {
    "六": 6, "七": 7, "八": 8, "九": 9,
}  # fmt: skip
_QUARTERS = {"一刻": "15分", "三刻": "45分"}
# The 五 of 周五八点 is a weekday: an hour is one digit or a number with ten, and never follows 周.
_HOUR = re.compile(
    r"(?<![周期拜第])(?<![周期拜][一二三四五六日][、,])(?<![、,]二)"
    r"(二十[一二三四]?|十[一二三四五六七八九]?|[一二两三四五六七八九零])(?=[点时](?![间段常]))"
)
_MINUTE = re.compile(r"(?<=[点时])(?:([一三]刻)|(二十|三十|四十|五十|十)([一二三四五六七八九])?分?)")
_MONTH = re.compile(r"(?<![周期拜个每])(十[一二]?|[一二三四五六七八九])(?=月)")
_DAY = re.compile(r"(?<=月)(三十一?|二?十[一二三四五六七八九]?|[一二三四五六七八九])(?=[日号])")


def numerals_to_digits(text: str) -> str:
    """Write hours, minutes, months and days of the month in digits; leave weekdays as they are.

    >>> numerals_to_digits("周五八点至十二点半")
    '周五8点至12点半'
    """
    text = _HOUR.sub(lambda m: str(_number(m[1])), text)
    text = _MINUTE.sub(lambda m: _QUARTERS.get(m[1]) or f"{_number(m[2] + (m[3] or ''))}分", text)
    text = _MONTH.sub(lambda m: str(_number(m[1])), text)
    return _DAY.sub(lambda m: str(_number(m[1])), text)


def _number(numeral: str) -> int:
    tens, ten, ones = numeral.rpartition("十")
    if not ten:
        return _DIGITS[ones]
    return _DIGITS.get(tens, 1) * 10 + _DIGITS.get(ones, 0)


class NotUnderstoodError(Exception):
    """A phrase can't be parsed; the argument is the text at which parsing stopped."""


@dataclass(frozen=True, slots=True)
class Token:
    """One token of a phrase.

    ``number`` is a weekday, minutes, a month × 100 + day, or ±n, depending on ``kind``.
    """

    kind: TokenKind
    text: str
    number: int = 0
    spaced: bool = False  # white space stands before it
    unsure: bool = False  # 第一周的…


_DASHES = str.maketrans(
    dict.fromkeys("‐‑‒–—―−─━﹣－⁓〜～∼", "-") | {"：": ":", "﹕": ":", "∶": ":", "︰": ":"}
)


def normalise_hours(text: str) -> str:
    """Return the text in half-width, lower case, simplified characters, with one kind of dash.

    Line breaks stay.

    >>> normalise_hours("週一－週五　９：００")
    '周一-周五 9:00'
    """
    folded = unicodedata.normalize("NFKC", text.translate(_DASHES)).translate(_DASHES).lower()
    folded = folded.translate(SIMPLIFIED_CHARACTERS).replace("\r\n", "\n").replace("\r", "\n")
    folded = re.sub(r"(?<=\d)\s*一+\s*(?=\d{1,2}[:点时])", "-", folded)  # 9:00一17:00: 一 used as a dash
    folded = re.sub(r"(?<=[休闭]馆日|公休日)\s*-+\s*(?=每?[周星])", ":", folded)  # 休馆日-周一
    folded = _POINTED_SPAN.sub(r"\1:\2-\3:\4", _with_weekdays(folded))
    return _FROM_EARLY.sub(_early_to_late, numerals_to_digits(re.sub(r"[^\S\n]+", " ", folded).strip()))


_POINTED_SPAN = re.compile(r"(?<![\d.])(\d{1,2})[.;](\d{2})\s*[-至到]+\s*(\d{1,2})[.;](\d{2})(?![\d.])")
_FROM_EARLY = re.compile(
    r"[早朝]\s?(\d{1,2}|[一二三四五六七八九十]+)\s?晚\s?(\d{1,2}|[一二三四五六七八九十]+)(?![\d点时:])"
)
_NUMBERED_DAYS = re.compile(r"(周|星期|礼拜)([1-6])\s*([-至到、])\s*(?:周|星期|礼拜)?([2-7])(?![\d:点时])")
_NUMBERED_DAY = re.compile(r"(周|星期|礼拜)([1-7])(?![\d:点时])")


def _early_to_late(found: re.Match[str]) -> str:
    """早9晚5, 早九晚五."""
    first, last = (int(n) if n.isdigit() else _number(n) for n in found.groups())
    return f"早{first}点-晚{last}点"


def _with_weekdays(text: str) -> str:
    """Write 星期1-5 and 周1至周5 with numerals."""
    names = dict(zip("1234567", WEEKDAYS, strict=True))
    text = _NUMBERED_DAYS.sub(lambda m: f"{m[1]}{names[m[2]]}{m[3]}{m[1]}{names[m[4]]}", text)
    return _NUMBERED_DAY.sub(lambda m: m[1] + names[m[2]], text)


_WEEKDAY = r"(?:每?(?:周|星期|礼拜))"
_PATTERNS = [
    ("item", r"(?:^|(?<=\n)|(?<=[ ;。]))[1-9](?:[.、)](?!\d)|(?=周))"),
    (
        "nth",
        rf"(?:每个?月)?的?(?:第(?P<n>[一二三四])|(?P<last>最后一?|月末))(?P<unit>个|周)?的?(?={_WEEKDAY})",
    ),
    ("weekend", r"(?:周|星期)末|双休日"),
    ("weekday", rf"{_WEEKDAY}(?P<day>[一二三四五六日天])"),
    ("all_day", r"(?:7\s*[*x×]\s*)?24\s*(?:小时|h(?:rs?)?(?![a-z]))(?!制)|24/7(?!\d)|7[*x×]24(?!\d)"),
    ("all_day_zero", r"(?<!\d)0?0(?::00)?\s*[-至到~]+\s*24(?::00|[点时](?!间))?(?![\d:])"),
    ("date", r"(?P<dm>\d{1,2})月(?P<dd>\d{1,2})[日号]?"),
    ("month", r"(?P<mm>\d{1,2})月份?"),
    ("clock", r"(?P<h>\d{1,2})\s?:\s?(?P<m>\d{2})(?::[0-5]\d)?(?!\d)(?:分|[点时](?!间))?"),
    ("oclock", r"(?P<oh>\d{1,2})[点时](?!间)(?:钟|整|(?P<half>半)|\s?(?P<om>\d{1,2})(?![\d:点时])\s?分?)?"),
    ("three", r"(?<=[午晨上晚早])(?P<th>[1-9])(?P<tm>[0-5]\d)(?![\d:年])"),
    ("compact", r"(?<!\d)(?P<ch>[01]\d|2[0-4])(?P<cm>[0-5]\d)(?![\d:年])"),
    ("number", r"\d{1,2}(?![\d:])"),
    ("dash", r"[-~]+"),
    ("line", r"\n"),
]
_LEXER = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _PATTERNS))
_NAMED_BY_DATE = ("五一", "六一", "五四")  # the last two are not days off for everyone: refused
_REST_DAY_WORDS = ("公休日", "公休", "休息日")
_HOURS = (TokenKind.CLOCK, TokenKind.MARK, TokenKind.ALL_DAY)
_DAYS = (TokenKind.WEEKDAY, TokenKind.DAY_CHAR, TokenKind.WEEKEND, TokenKind.DAY_CLASS)
_AFTER_DAY = (TokenKind.WEEKDAY, TokenKind.DAY_CHAR)


@cache
def _lexicon() -> re.Pattern[str]:
    return re.compile("|".join(re.escape(w) for w in sorted(TOKENS_BY_TERM, key=len, reverse=True)))


def tokenise_hours(text: str) -> list[Token]:
    """Return the tokens of a normalised phrase.

    *Raises* NotUnderstoodError at the first part that is not in the vocabulary.
    """
    tokens: list[Token] = []
    at, spaced = 0, False
    while at < len(text):
        if text[at] == " ":
            at, spaced = at + 1, True
            continue
        token, length = _token_at(text, at, spaced, tokens)
        tokens.append(token)
        at, spaced = at + length, False
    return _with_rest_days([t for t in _with_openings(tokens) if t.kind is not TokenKind.NOTE])


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


def _with_rest_days(tokens: list[Token]) -> list[Token]:
    """Replace 公休日 by a day class where it names days: 公休日除外, 公休日及节假日….

    In 公休日:周一 it means closed and stays.
    """
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


def _token_at(text: str, at: int, spaced: bool, before: list[Token]) -> tuple[Token, int]:
    char = text[at].replace("天", "日")
    if text.startswith(_NAMED_BY_DATE, at) and char in WEEKDAYS:
        return _word_at(text, at, spaced)  # 五一 isn't Friday and Monday
    if char in WEEKDAYS and _continues_days(before, spaced):
        return Token(TokenKind.DAY_CHAR, char, WEEKDAYS.index(char), spaced), 1
    match = _LEXER.match(text, at)
    if match:
        return _read(match, spaced), max(len(match[0]), 1)
    return _word_at(text, at, spaced)


def _word_at(text: str, at: int, spaced: bool) -> tuple[Token, int]:
    word = _lexicon().match(text, at)
    if word is None:
        raise NotUnderstoodError(text[at : at + 12])
    kind, value = TOKENS_BY_TERM[word[0]]
    return Token(kind, value, 0, spaced), len(word[0])


def _continues_days(before: list[Token], spaced: bool) -> bool:
    """Return whether a bare 五 or 日 continues the weekdays before it: 周一至五, 周六、日, 周六日."""
    words = [t for t in before[-2:] if t.kind is not TokenKind.NOTE]
    if not words or spaced:
        return False
    if words[-1].kind in _AFTER_DAY:
        return True
    joined = words[-1].kind in (TokenKind.TO, TokenKind.AND) or words[-1].text == ","
    return joined and len(words) == 2 and words[0].kind in _AFTER_DAY


def _read(match: re.Match[str], spaced: bool) -> Token:
    name, text, part = match.lastgroup or "", match[0], match.groupdict()
    kind, number, unsure = _SIMPLE.get(name, TokenKind.NUMBER), 0, False
    if part["day"]:
        kind, number = TokenKind.WEEKDAY, WEEKDAYS.index(part["day"].replace("天", "日"))
    elif part["n"] or part["last"]:
        kind, unsure = TokenKind.NTH, part["unit"] == "周"
        number = "一二三四".index(part["n"]) + 1 if part["n"] else -1
    elif part["dm"]:
        kind, number = TokenKind.DATE, _month_day(part["dm"], part["dd"])
    elif part["mm"]:
        kind, number = TokenKind.MONTH, _month_day(part["mm"], "1")
    elif part["h"] or part["oh"] or part["ch"] or part["th"]:
        kind, number = TokenKind.CLOCK, _minutes(part)
    elif match["number"]:
        number = int(text)
    return Token(kind, text, number, spaced, unsure)


_SIMPLE = {
    "item": TokenKind.LINE,
    "weekend": TokenKind.WEEKEND,
    "all_day": TokenKind.ALL_DAY,
    "all_day_zero": TokenKind.ALL_DAY,
    "dash": TokenKind.TO,
    "line": TokenKind.LINE,
}


def _month_day(month: str, day: str) -> int:
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        raise NotUnderstoodError(f"{month}月{day}日")
    return int(month) * 100 + int(day)


def _minutes(part: dict[str, str | None]) -> int:
    hour = int(part["h"] or part["oh"] or part["ch"] or part["th"] or 0)
    minute = 30 if part["half"] else int(part["m"] or part["om"] or part["cm"] or part["tm"] or 0)
    if hour > 26 or minute > 59:
        raise NotUnderstoodError(f"{hour}:{minute:02d}")
    return hour * 60 + minute
