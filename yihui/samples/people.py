"""Draw made-up members: organisation, trade, birthday and name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from random import Random

from yihui.samples.organisations import enterprise_codes, township_codes

FIRST_BIRTHDAY = date(1966, 1, 1)
BIRTHDAY_RANGE_DAYS = 39 * 365

# trade → share, and the form of employment that goes with it
TRADES = {
    "外卖员": (24, "新就业形态"),
    "快递员": (20, "新就业形态"),
    "货车司机": (12, "新就业形态"),
    "网约车司机": (8, "新就业形态"),
    "环卫工": (8, "单位职工"),
    "建筑工": (8, "农民工"),
    "家政服务员": (6, "灵活就业"),
    "护工护理员": (4, "灵活就业"),
    "保安员": (4, "单位职工"),
    "办公室": (6, "单位职工"),
}
_TRADE_NAMES = tuple(TRADES)
_TRADE_SHARES = tuple(accumulate(share for share, _ in TRADES.values()))
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
_SOLAR_TERMS = [
    "立春",
    "雨水",
    "惊蛰",
    "春分",
    "清明",
    "谷雨",
    "立夏",
    "小满",
    "芒种",
    "夏至",
    "小暑",
    "大暑",
    "立秋",
    "处暑",
    "白露",
    "秋分",
    "寒露",
    "霜降",
    "立冬",
    "小雪",
    "大雪",
    "冬至",
    "小寒",
    "大寒",
]
_TOWNSHIP_SHARE = 0.3  # members whose employer has no union


@dataclass(frozen=True, slots=True)
class Person:
    """One made-up member."""

    number: int
    organisation: str
    trade: str
    birthday: date

    @property
    def id(self) -> str:
        return f"m-{self.number:06d}"

    @property
    def district(self) -> str:
        return self.organisation[:6]

    @property
    def employment_form(self) -> str:
        return TRADES[self.trade][1]


def name_person(number: int) -> str:
    """Return a made-up name: a surname and a day of the farmers' calendar."""
    return _SURNAMES[number % len(_SURNAMES)] + _SOLAR_TERMS[number // len(_SURNAMES) % len(_SOLAR_TERMS)]


def draw_person(number: int, rng: Random) -> Person:
    """Draw one member."""
    trade = rng.choices(_TRADE_NAMES, cum_weights=_TRADE_SHARES)[0]
    return Person(number, draw_organisation(rng), trade, _birthday(rng))


def draw_organisation(rng: Random) -> str:
    """Draw an enterprise or, for a member whose employer has no union, a township."""
    return draw_choice(_TOWNSHIPS if rng.random() < _TOWNSHIP_SHARE else _ENTERPRISES, rng)


def draw_choice(options: Sequence[str], rng: Random) -> str:
    """Draw one of the options, all equally likely.

    Of ``Random``, only the results of ``random`` are guaranteed not to change between Python versions.
    """
    return options[int(rng.random() * len(options))]


def _birthday(rng: Random) -> date:
    """Draw a birthday; not 29 February, which rules treat differently."""
    day = FIRST_BIRTHDAY + timedelta(days=int(rng.random() * BIRTHDAY_RANGE_DAYS))
    return day.replace(day=28) if (day.month, day.day) == (2, 29) else day


_TOWNSHIPS = township_codes()
_ENTERPRISES = enterprise_codes()
