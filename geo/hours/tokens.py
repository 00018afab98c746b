"""From the text of a phrase to its words: normalise, then cut into tokens, leaving nothing over."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from geo.hours.numerals import in_digits
from geo.hours.words import SIMPLIFY, WEEKDAYS, WORDS, DayClass, Kind


class NotUnderstoodError(Exception):
    """A phrase, or the place in it where reading ended."""


@dataclass(frozen=True, slots=True)
class Token:
    """One word. ``number`` is a weekday, minutes, a month × 100 + day, or ±n, as the kind says."""

    kind: Kind
    text: str
    number: int = 0
    spaced: bool = False  # white space stands before it
    unsure: bool = False  # 第一周的…


_DASHES = str.maketrans(
    dict.fromkeys("‐‑‒–—―−─━﹣－⁓〜～∼", "-") | {"：": ":", "﹕": ":", "∶": ":", "︰": ":"}
)


def normalise(text: str) -> str:
    """Half-width, lower case, simplified, one kind of dash; line breaks stay.

    >>> normalise("週一－週五　９：００")
    '周一-周五 9:00'
    """
    folded = unicodedata.normalize("NFKC", text.translate(_DASHES)).translate(_DASHES).lower()
    folded = folded.translate(SIMPLIFY).replace("\r\n", "\n").replace("\r", "\n")
    folded = re.sub(r"(?<=\d)\s*一+\s*(?=\d{1,2}[:点时])", "-", folded)  # 9:00一17:00: a 一 for a dash
    folded = re.sub(r"(?<=[休闭]馆日|公休日)\s*-+\s*(?=每?[周星])", ":", folded)  # 休馆日-周一
    return in_digits(re.sub(r"[^\S\n]+", " ", folded).strip())


_WEEKDAY = r"(?:每?(?:周|星期|礼拜))"
_PATTERNS = [
    ("item", r"(?:^|(?<=\n)|(?<=[ ;。]))[1-9](?:[.、)](?!\d)|(?=周))"),
    ("nth", rf"(?:每个?月)?的?(?:第(?P<n>[一二三四])|(?P<last>最后一?))(?P<unit>个|周)?的?(?={_WEEKDAY})"),
    ("weekend", r"(?:周|星期)末|双休日"),
    ("weekday", rf"{_WEEKDAY}(?P<day>[一二三四五六日天])"),
    ("all_day", r"(?:7\s*[*x×]\s*)?24\s*(?:小时|h(?:rs?)?(?![a-z]))(?!制)|24/7(?!\d)|7[*x×]24(?!\d)"),
    ("all_day_zero", r"(?<!\d)0?0(?::00)?\s*[-至到~]+\s*24(?::00|[点时](?!间))?(?![\d:])"),
    ("date", r"(?P<dm>\d{1,2})月(?P<dd>\d{1,2})[日号]?"),
    ("month", r"(?P<mm>\d{1,2})月份?"),
    ("clock", r"(?P<h>\d{1,2})\s?:\s?(?P<m>\d{2})(?!\d)(?:分|[点时](?!间))?"),
    ("oclock", r"(?P<oh>\d{1,2})[点时](?!间)(?:钟|整|(?P<half>半)|\s?(?P<om>\d{1,2})(?![\d:点时])\s?分?)?"),
    ("three", r"(?<=[午晨上晚早])(?P<th>[1-9])(?P<tm>[0-5]\d)(?![\d:年])"),
    ("compact", r"(?<!\d)(?P<ch>[01]\d|2[0-4])(?P<cm>[0-5]\d)(?![\d:年])"),
    ("number", r"\d{1,2}(?![\d:])"),
    ("dash", r"[-~]+"),
    ("line", r"\n"),
]
_LEXER = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _PATTERNS))
_NAMED_BY_DATE = ("五一", "六一", "五四")  # the last two are no days off for all: refused
_REST_DAY_WORDS = ("公休日", "公休", "休息日")
_AFTER_DAY = (Kind.WEEKDAY, Kind.DAY_CHAR)


@cache
def _lexicon() -> re.Pattern[str]:
    return re.compile("|".join(re.escape(w) for w in sorted(WORDS, key=len, reverse=True)))


def tokenise(text: str) -> list[Token]:
    """The words of a normalised phrase.

    *Raises* NotUnderstoodError at the first piece that is no word of ours.
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
    return _with_rest_days([t for t in tokens if t.kind is not Kind.NOTE])


def _with_rest_days(tokens: list[Token]) -> list[Token]:
    """公休日 names days in 公休日除外 and 公休日及节假日…; in 公休日:周一 it says closed."""
    found = list(tokens)
    for at, token in enumerate(tokens):
        if token.kind is not Kind.CLOSED or token.text not in _REST_DAY_WORDS:
            continue
        after, before = tokens[at + 1 : at + 3], tokens[max(at - 2, 0) : at]
        joined = (
            [t.kind for t in after] == [Kind.AND, Kind.DAY_CLASS],
            [t.kind for t in before] == [Kind.DAY_CLASS, Kind.AND],
        )
        if any(joined) or (after and after[0].kind is Kind.EXCEPT):
            found[at] = Token(Kind.DAY_CLASS, DayClass.REST_DAY.value, 0, token.spaced)
    return found


def _token_at(text: str, at: int, spaced: bool, before: list[Token]) -> tuple[Token, int]:
    char = text[at].replace("天", "日")
    if text.startswith(_NAMED_BY_DATE, at) and char in WEEKDAYS:
        return _word_at(text, at, spaced)  # 五一 isn't Friday and Monday
    if char in WEEKDAYS and _continues_days(before, spaced):
        return Token(Kind.DAY_CHAR, char, WEEKDAYS.index(char), spaced), 1
    match = _LEXER.match(text, at)
    if match:
        return _read(match, spaced), max(len(match[0]), 1)
    return _word_at(text, at, spaced)


def _word_at(text: str, at: int, spaced: bool) -> tuple[Token, int]:
    word = _lexicon().match(text, at)
    if word is None:
        raise NotUnderstoodError(text[at : at + 12])
    kind, value = WORDS[word[0]]
    return Token(kind, value, 0, spaced), len(word[0])


def _continues_days(before: list[Token], spaced: bool) -> bool:
    """Whether a bare 五 or 日 goes on with the weekdays before it: 周一至五, 周六、日, 周六日."""
    words = [t for t in before[-2:] if t.kind is not Kind.NOTE]
    if not words or spaced:
        return False
    if words[-1].kind in _AFTER_DAY:
        return True
    joined = words[-1].kind in (Kind.TO, Kind.AND) or words[-1].text == ","
    return joined and len(words) == 2 and words[0].kind in _AFTER_DAY


def _read(match: re.Match[str], spaced: bool) -> Token:
    name, text, part = match.lastgroup or "", match[0], match.groupdict()
    kind, number, unsure = _SIMPLE.get(name, Kind.NUMBER), 0, False
    if part["day"]:
        kind, number = Kind.WEEKDAY, WEEKDAYS.index(part["day"].replace("天", "日"))
    elif part["n"] or part["last"]:
        kind, unsure = Kind.NTH, part["unit"] == "周"
        number = "一二三四".index(part["n"]) + 1 if part["n"] else -1
    elif part["dm"]:
        kind, number = Kind.DATE, _month_day(part["dm"], part["dd"])
    elif part["mm"]:
        kind, number = Kind.MONTH, _month_day(part["mm"], "1")
    elif part["h"] or part["oh"] or part["ch"] or part["th"]:
        kind, number = Kind.CLOCK, _minutes(part)
    elif match["number"]:
        number = int(text)
    return Token(kind, text, number, spaced, unsure)


_SIMPLE = {
    "item": Kind.LINE,
    "weekend": Kind.WEEKEND,
    "all_day": Kind.ALL_DAY,
    "all_day_zero": Kind.ALL_DAY,
    "dash": Kind.TO,
    "line": Kind.LINE,
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
