"""Made-up members: where they work, what they do, when they were born. No names at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from random import Random

from tools.sample_organisations import enterprises, townships

BORN_FROM = date(1966, 1, 1)
BORN_WITHIN_DAYS = 39 * 365

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


def person(number: int, rng: Random) -> Person:
    """Draws one member."""
    trade = rng.choices(_TRADE_NAMES, cum_weights=_TRADE_SHARES)[0]
    return Person(number, organisation(rng), trade, _birthday(rng))


def organisation(rng: Random) -> str:
    """Draws an enterprise or, for somebody whose employer has no union, a township."""
    return drawn(_TOWNSHIPS if rng.random() < _TOWNSHIP_SHARE else _ENTERPRISES, rng)


def drawn(options: Sequence[str], rng: Random) -> str:
    """One of the options, all equally likely. (Of ``Random`` only ``random`` is promised to stay as it is.)"""
    return options[int(rng.random() * len(options))]


def _birthday(rng: Random) -> date:
    """A day of birth; not 29 February, on which each rule has its own opinion."""
    day = BORN_FROM + timedelta(days=int(rng.random() * BORN_WITHIN_DAYS))
    return day.replace(day=28) if (day.month, day.day) == (2, 29) else day


_TOWNSHIPS = townships()
_ENTERPRISES = enterprises()
