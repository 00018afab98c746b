"""Convert Chinese numerals in times and dates to digits: 九点半, 十二时三十分, 五月一日."""

import re

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
