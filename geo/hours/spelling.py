"""Write a phrase in one spelling: half-width, simplified, with 周一, 9:00-17:00 and 休馆日:周一 for all that mean the same.

A spelling that may mean something else stays as it is, so that the phrase isn't understood.
"""

import re
import unicodedata
from itertools import pairwise

from core.simplified import to_simplified
from geo.hours.words import AFTERNOON, EVENING, MORNING, NOON, SMALL_HOURS, WEEKDAYS

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


_VARIANTS = str.maketrans("馀ㄧ", "余一")  # which OpenCC leaves as they are
_DASHES = str.maketrans(
    dict.fromkeys("‐‑‒–—―−─━﹣－⁃˗﹘⸺⸻ー→⁓〜～∼˜〰", "-") | {"：": ":", "﹕": ":", "∶": ":", "︰": ":"}
)


def normalise_hours(text: str) -> str:
    """Return the text in half-width, lower case, simplified characters, with one kind of dash.

    Line breaks stay.

    >>> normalise_hours("週一－週五　９：００")
    '周一-周五 9:00'
    """
    folded = unicodedata.normalize("NFKC", text.translate(_DASHES)).translate(_DASHES).lower()
    folded = to_simplified(folded).translate(_VARIANTS).replace("\r\n", "\n").replace("\r", "\n")
    folded = re.sub(r"(?<=\d)\s*一+\s*(?=\d{1,2}[:点时.])", "-", folded)  # 9:00一17:00: 一 used as a dash
    folded = re.sub(r"(?<=[休闭]馆日|公休日)\s*-+\s*(?=每?[周星])", ":", folded)  # 休馆日-周一
    folded = _with_weekdays(_with_colons(folded))
    folded = _with_clauses(_with_bare_weekdays(re.sub(r"[^\S\n]+", " ", folded).strip()))
    return _FROM_EARLY.sub(_early_to_late, numerals_to_digits(_with_clocks(folded)))


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


# Points for colons -----------------------------------------------------------------------------

_DAY_PART = "|".join(sorted(MORNING | NOON | AFTERNOON | EVENING | SMALL_HOURS, key=len, reverse=True))
_MARKED = rf"((?:(?:次日|翌日|隔[日天]|第二天)\s?)?(?:(?:{_DAY_PART.replace('.', '[.]')})\s?)?)"
_POINTED_SPAN = re.compile(
    rf"(?<![\d.])(?<!\d[:~至到-])(?<!收费)(?<!收费[: ]){_MARKED}(?P<first>\d{{1,2}}[.;。·:]\d{{2}})\s*[-~至到]+\s*"
    rf"{_MARKED}(?P<last>\d{{1,2}}[.;。·:]\d{{2}})(?!\d|[.:]\d)"
)
_POINTED = re.compile(r"(?<![\d.:])\d{1,2}\.\d{2}(?![\d.])")
_MONTH_DAYS = (0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_LONGEST_NOON = 180  # minutes


def _with_colons(text: str) -> str:
    """Write 8.30~18.30 and 上午8.30到下午6.30 with colons, and then 17.30停止入场 beside them.

    5.15-10.15 may be dates and stays, but 8.30-11.30 before 14.00-17.30 is a morning.
    """
    spans = list(_POINTED_SPAN.finditer(text))
    sure = [_is_of_clocks(span) for span in spans]
    for at, (span, after) in enumerate(pairwise(spans)):
        noon = _minutes_of(after["first"]) - _minutes_of(span["last"])
        halves = span["first"].endswith(".30") and span["last"].endswith(".30")
        sure[at] |= sure[at + 1] and halves and ":" not in after[0] and 0 < noon <= _LONGEST_NOON
    clocks = {span.start() for span, is_sure in zip(spans, sure, strict=True) if is_sure}
    if not clocks:
        return text
    text = _POINTED_SPAN.sub(
        lambda span: _POINT.sub(":", span[0]) if span.start() in clocks else span[0], text
    )
    return _POINTED.sub(lambda one: one[0] if _may_be_date(one[0]) else one[0].replace(".", ":"), text)


_POINT = re.compile(r"(?<=\d)[.;。·](?=\d)")


def _is_of_clocks(span: re.Match[str]) -> bool:
    """Return whether both ends of a span are times of the day that can't be dates: 31 April is none."""
    first, last = span["first"], span["last"]
    is_named = bool(span[1] or span[3]) or ":" in first + last
    return (
        _is_clock(first)
        and _is_clock(last)
        and (is_named or not (_may_be_date(first) and _may_be_date(last)))
    )


def _may_be_date(text: str) -> bool:
    month, day = _numbers(text)
    return 1 <= month <= 12 and 1 <= day <= _MONTH_DAYS[month]


def _is_clock(text: str) -> bool:
    hour, minute = _numbers(text)
    return hour <= 24 and minute < 60


def _minutes_of(text: str) -> int:
    hour, minute = _numbers(text)
    return hour * 60 + minute


def _numbers(text: str) -> tuple[int, int]:
    return int(text[:-3]), int(text[-2:])


# Weekdays without 周 ---------------------------------------------------------------------------

_ENGLISH = re.compile(
    r"(?<![a-z])(mon|tue|wed|thu|fri|sat|sun)"
    r"(?:(?<=tue)s(?:day)?|(?<=wed)nesday|(?<=thu)r(?:s(?:day)?)?|(?<=sat)urday|(?<=mon|fri|sun)day)?(?![a-z])"
)
_ENGLISH_DAYS = dict(zip(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), WEEKDAYS, strict=True))
_TIME_AFTER = (
    r"(?=\s?-?\s?:?\s?(?:\d{1,2}[:点时]|(?:[01]\d|2[0-4])[0-5]\d(?!\d)|上午|早|下午|晚|中午|凌晨|[ap]m))"
)
_BARE_DAYS = re.compile(
    r"(?:(?<=^)|(?<=[\s,;。(\[《【]))(?<![一二三四五六日],)(?P<days>[一二三四五六日](?:\s?[-~至到、,/&及和]?\s?[一二三四五六日])*)"
    rf"(?:{_TIME_AFTER}|(?P<close>(?=\s?[)\]》】]))|(?P<shut>(?=\s?(?:店休|公休|休(?:息|馆|园|业)?)(?:$|[\s,;。)\]》】]))))"
)
_NO_DAYS = ("五一", "六一", "五四")  # 五一休 is Labour Day; nor 一日休
_LIST_NUMBERS = "(一)"


def _with_bare_weekdays(text: str) -> str:
    """Write 二-日1130-2230, 9:00-18:00(四休) and Sun-Thu with 周; leave (一), which may number a list."""
    text = _ENGLISH.sub(lambda m: "周" + _ENGLISH_DAYS[m[1]], text)
    others = bool(re.search(r"(?:周|星期|礼拜)[一二三四五六日天]", text))

    def write(found: re.Match[str]) -> str:
        days = re.sub(r"\s", "", found["days"])
        others_before = others or any(
            _is_day_list(m["days"]) for m in _BARE_DAYS.finditer(text[: found.start()])
        )
        alone = len(days) == 1
        if any(name in days for name in _NO_DAYS) or re.fullmatch("[一二三四五]日", days):
            return found[0]
        if found["shut"] is not None:
            sure = True
        elif alone and found["close"] is not None:
            after_hours = re.search(r"\d ?\($", text[: found.start()]) is not None
            sure = others and after_hours and _LIST_NUMBERS not in text
        elif alone:
            sure = others_before and days in "五六日"
        else:
            sure = _is_day_list(days) or others_before
        return f"周{days}" if sure else found[0]

    return _BARE_DAYS.sub(write, text)


def _is_day_list(days: str) -> bool:
    """Return whether characters can only be weekdays: 一至五, 三、四 or 一三五; not 六日, which may be a date."""
    named = re.sub(r"[^一二三四五六日]", "", days)
    return len(named) == len(set(named)) and (len(named) > 2 or len(re.sub(r"\s", "", days)) > len(named) > 1)


# Clauses ---------------------------------------------------------------------------------------

_REST_DAYS = r"(?:店休|公休|定休|休馆|闭馆|休息|休园|闭园|休业)"
_CLOSING_DAYS = re.compile(
    rf"(?<![午间为])[,;]?\s?(?:{_REST_DAYS}(?:日期?|时间)?|休)\s?:\s?(?=每月第|[每逢]?(?:周|星期|礼拜|隔周|国定|法定|节|例?假日|除夕))"
)
_TELEPHONE = re.compile(
    r"(?<!\w)(?<![时天候h] )"  # 24小时服务热线…: its own hours
    r"(?:(?:预约|订位|咨询|洽询|服务|联系|联络)?(?:电话|专线|热线)|(?:预约|订位|洽询|咨询)(?=\(0|0\d{2,3}-)|tel)[:.]?\s?"
    r"(?:\(0\d{1,3}\)\s?|0\d{1,3}[- ])?(?:1\d{10}|\d{3,4}[- ]?\d{4}|\d{7,8})(?![\d:点时])(?!\s?[-~至到])(?![\s,;:(]*(?:每[天日])?\s?\d)"  # 电话…(9:00-17:00): its own hours?
)
_TWO_NTHS = re.compile(
    r"第([一二三四])[、,和及]第?([一二三四])(个|周(?=周|星期|礼拜))?的?((?:周|星期|礼拜)[一二三四五六日天])"
)
_SPECIAL_CASES = re.compile(r"(?:[和及与、或,]\s?)?特殊情况(?=除外)")
_FULL_DATE = re.compile(r"(?<!\d)(20\d{2})([-./])(\d{1,2})\2(\d{1,2})(?![\d:])")
_TO_DAY = re.compile(r"(\d{1,2}月)(\d{1,2})[日号]?\s?([-~至到])\s?(\d{1,2})[日号]")
_DASH_AFTER_DAYS = re.compile(
    r"(?<=[周期拜至到、,~-][一二三四五六日天])\s?-\s?(?=(?:\d{1,2}:\d{2}|[012]\d[0-5]\d)\s?[-~至到])"
)


def _with_clauses(text: str) -> str:
    text = _TELEPHONE.sub("", text).strip()
    text = _CLOSING_DAYS.sub(",休馆日:", text).removeprefix(",")
    text = _TWO_NTHS.sub(lambda m: f"第{m[1]}{m[3] or ''}{m[4]}、第{m[2]}{m[3] or ''}{m[4]}", text)
    text = _SPECIAL_CASES.sub(lambda m: "" if m[0] != "特殊情况" else "遇特殊情况", text)
    text = _TO_DAY.sub(r"\1\2日\3\1\4日", _FULL_DATE.sub(r"\1年\3月\4日", text))
    text = re.sub(r"也(?:会|都)?(?=店?休|公休|闭馆)", "", text)
    return _opened_and_closed(_DASH_AFTER_DAYS.sub(" ", text))


# Clocks ----------------------------------------------------------------------------------------

_CLOCK = r"(?:上午|早上?|中午|下午|晚上?)?\d{1,2}[:点时](?:\d{2}分?|半)?"
_ENDS_BY_ITSELF = r"(?!\s?(?:[-~至到]|\d))"
_LAST = r"(?:(?:停止|最晚|最后|最迟|截止)(?:[^\W\d]{2,4}))"
_OPENING = r"(?:开放入馆|开馆|开门|开园|开放|开始营业)(?:、开始领票)?(?:时间)?"
_CLOSING = r"(?:闭馆|关门|关馆|闭园|打烊|停止营业|结束营业)(?:时间)?"
_ENTERED = r"(?:进入|入场|入馆|入园|进场|进馆|进园)"
_LATEST_ENTRY = re.compile(
    rf"(?:最晚|最迟|最后)(?:于|在)?({_CLOCK})(?:之?前)?{_ENTERED}|({_CLOCK})(?:以|之)?后(?:停止|不再|谢绝|禁止|不得){_ENTERED}"
)
_NAMED_ENDS = re.compile(
    rf"{_OPENING}\s?:?\s?({_CLOCK}){_ENDS_BY_ITSELF}[,;、\s]*"
    rf"(?:({_LAST}(?:、{_LAST})?)\s?:?\s?({_CLOCK}){_ENDS_BY_ITSELF}[,;、\s]*)?"
    rf"{_CLOSING}\s?:?\s?({_CLOCK}){_ENDS_BY_ITSELF}"
)
_ENDS_NAMED = re.compile(
    rf"({_CLOCK})\s?(?:准时)?{_OPENING}[,;、\s]*(?:({_CLOCK})\s?{_LAST}[,;、\s]*)?({_CLOCK})\s?(?:准时)?{_CLOSING}(?![日期一二三四五六七八九前后])"
)
_HALF_DAY_CLOCK = re.compile(r"(?<![\d:.])(?<![ap]m)(?<![ap]m )(\d{1,2})\s?([ap])\.?m(?![a-z])\.?")
_THREE_DIGITS = re.compile(r"(?<![\d:.年)-])([5-9])([0134][05])\s?-\s?((?:1\d|2[0-4])(?:[0134][05]))(?!\d)")


def _opened_and_closed(text: str) -> str:
    """Write 开馆时间:9:00,闭馆时间:17:00 and 9:00开馆,17:00闭馆 as a span, with the last entry between them."""
    text = _LATEST_ENTRY.sub(lambda m: f"{m[1] or m[2]}停止入场", text)

    def write(first: str, entry: str | None, last: str) -> str:
        return f"{first}-{last}" + (f"({entry}停止入场)" if entry else "")

    text = _NAMED_ENDS.sub(lambda m: write(m[1], m[3], m[4]), text)
    return _ENDS_NAMED.sub(lambda m: write(m[1], m[2], m[3]), text)


def _with_clocks(text: str) -> str:
    """Write 9am-5pm and 930-1730 with minutes."""
    text = _HALF_DAY_CLOCK.sub(r"\1:00\2m", text)
    return _THREE_DIGITS.sub(lambda m: f"{m[1]}:{m[2]}-{m[3][:2]}:{m[3][2:]}", text)
