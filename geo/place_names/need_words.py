"""Read typed text as what a rider needs: 厕所, 哪里有熱水, 附近能充电的地方."""

import re
from collections.abc import Mapping
from functools import cache

from geo.formats.facility_words import FACILITY_TERMS
from geo.place_names.query_words import normalize_text
from geo.simplified import to_simplified

# What a register does not write, but people say.
_SPOKEN: Mapping[str, str] = {
    "toilet": "wc toilet 上厕所 去厕所 上卫生间 上洗手间 解手 方便一下 茅房 茅厕 化妆室 化妆间",
    "water": "水 口渴 渴了 饮水处",
    "hot_water": "泡面 泡面水 泡茶水 热开水 滚水",
    "charging": "没电 没电了 手机没电 充手机 充个电 给手机充电",
    "ebike_charging": "充电动车 给电动车充电 电动车没电 充电瓶 充电瓶车 电瓶充电",
    "battery_swap": "换电瓶 换电瓶车电池 电动车换电 换电电池",
    "nap": "睡觉 睡一会 睡一会儿 睡会儿 打盹 打个盹 眯一会 眯一会儿 躺一会儿 能睡 能躺",
}
# Terms of other facilities are also names of places (图书馆, 停车场, 健身房), which are searched by their names.
_NEEDS = (
    *(
        "toilet",
        "water",
        "hot_water",
        "charging",
        "ebike_charging",
        "battery_swap",
        "microwave",
        "aircon",
        "wifi",
    ),
    *("nap", "medicine", "rain_gear", "sewing", "shower", "fridge"),
)
_LONGEST = 20  # characters
_BEFORE = re.compile(
    r"^(?:请问|我|要|想|想要|需要|找|去|附近|周围|最近|就近|身边|哪里|哪儿|哪|什么地方|有没有|有|能|可以|可|免费|公共|的|个)"
)
_AFTER = re.compile(
    r"(?:在哪里|在哪儿|在哪|哪里有|哪儿有|哪有|的地方|的站点|的驿站|的站|站点|驿站|服务站|附近|一下|的|了|吗|呢|啊|处|点)$"
)


def read_need(typed: str) -> str | None:
    """Return the code of the facility that a text asks for; None for any other text.

    >>> read_need("厕所"), read_need("附近哪里有熱水？"), read_need("厕所路")
    ('toilet', 'hot_water', None)
    """
    text, needs = normalize_text(typed), _list_needs()
    readings = [text] if len(text) <= _LONGEST else []
    for reading in readings:
        if reading in needs:
            return needs[reading]
        shorter = (_BEFORE.sub("", reading), _AFTER.sub("", reading))
        readings += [one for one in shorter if one and one not in readings]
    return None


@cache
def _list_needs() -> Mapping[str, str]:
    """Return the code of a facility by each word for it, as it is compared."""
    words = {normalize_text(term): code for code in _NEEDS for term in FACILITY_TERMS[code].split()}
    return words | {normalize_text(one): code for code, some in _SPOKEN.items() for one in some.split()}


@cache
def list_need_rules() -> Mapping[str, object]:
    """Return all by which `read_need` reads, as plain data: a phone reads by it without a network.

    ``simplified`` holds the traditional characters of these words alone: a text with any other names no need.
    """
    needs = _list_needs()
    codes = {code: [word for word, of in needs.items() if of == code] for code in _NEEDS}
    used = set("".join(needs) + _BEFORE.pattern + _AFTER.pattern)
    every = [chr(number) for number in range(0x4E00, 0xA000)]
    pairs = zip(every, to_simplified("\n".join(every)).split("\n"), strict=True)
    simplified = {char: plain for char, plain in pairs if plain != char and plain in used}
    patterns = {"before": _BEFORE.pattern, "after": _AFTER.pattern}
    return {"codes": codes, **patterns, "longest": _LONGEST, "simplified": simplified}
