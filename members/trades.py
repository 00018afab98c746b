"""Trades that are worked outdoors or indoors, as data with their sources. Every other trade is unknown.

A trade that is worked in both ways (保安员, 家政服务员, 房产中介员) is left out on purpose: unknown is never false.
"""

import unicodedata
from types import MappingProxyType

_STATIONS = (
    "whom the unions' 户外劳动者服务站点 serve, as summer-cooling in rules/library lists them (example)"
)
_INSIDE = "the place of work is named by the trade itself (example)"
TRADE_SOURCES = MappingProxyType(
    {
        **dict.fromkeys(
            ("快递员", "外卖员", "网约送餐员", "货车司机", "环卫工", "建筑工", "网约车司机", "交通警察"),
            (True, _STATIONS),
        ),
        **dict.fromkeys(("办公室", "商场信息员", "护工护理员"), (False, _INSIDE)),
    }
)
"""By trade: whether it is worked outdoors, and where that is stated."""


def is_outdoor_trade(trade: str) -> bool | None:
    """Return whether a trade is worked outdoors; None if the list doesn't know it."""
    found = TRADE_SOURCES.get(unicodedata.normalize("NFKC", trade).strip())
    return None if found is None else found[0]
