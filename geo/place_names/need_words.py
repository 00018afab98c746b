"""Read typed text as what a rider needs: 厕所, 哪里有熱水, 附近能充电的地方, and a kind of station: 妈妈小屋."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from geo.formats.facility_words import FACILITY_TERMS
from geo.place_names.query_words import normalize_text
from geo.simplified import to_simplified

# What a register does not write, but people say; or means otherwise: a 充电桩 in a list of facilities is for phones.
_SPOKEN: Mapping[str, str] = {
    "toilet": "wc toilet 上厕所 去厕所 上卫生间 上洗手间 解手 方便一下 茅房 茅厕 化妆室 化妆间",
    "water": "水 口渴 渴了 饮水处",
    "hot_water": "泡面 泡面水 泡茶水 热开水 滚水",
    "charging": "没电 没电了 手机没电 充手机 充个电 给手机充电",
    "ebike_charging": "充电桩 充电站 充电动车 给电动车充电 电动车没电 充电瓶 充电瓶车 电瓶充电",
    "battery_swap": "换电瓶 换电瓶车电池 电动车换电 换电电池",
    "nap": "睡觉 睡午觉 睡个午觉 午觉 睡一会 睡一会儿 睡会儿 打盹 打个盹 眯一会 眯一会儿 躺一会儿 能睡 能躺",
}
# Terms of other facilities are also names of places (图书馆, 停车场, 健身房), which are searched by their names.
_NEEDS = (
    *("toilet", "water", "hot_water", "charging", "ebike_charging", "battery_swap", "microwave", "aircon", "wifi"),
    *("nap", "medicine", "rain_gear", "sewing", "shower", "fridge"),
)  # fmt: skip
# A text that only ends so is a station's name: 泉城妈妈小屋.
_KINDS: Mapping[str, str] = {
    "outdoor_station": "驿站 工会驿站 劳动者驿站 户外劳动者驿站 骑手驿站 爱心驿站 户外劳动者服务站点",
    "mother_room": "妈妈小屋 爱心妈妈小屋 母婴室 母婴间 哺乳室 集乳室 哺集乳室 育婴室 喂奶 换尿布",
    "cultural_palace": "文化宫 工人文化宫 职工文化宫 劳动人民文化宫 工人俱乐部",
}
KIND_CODES = frozenset(_KINDS)
_LONGEST = 20  # characters
_BEFORE = re.compile(
    r"^(?:请问|我|要|想|想要|需要|找|去|附近|周围|最近|就近|身边|哪里|哪儿|哪|什么地方|有没有|有|能|可以|可|免费|公共|的|个)"
)
_AFTER = re.compile(
    r"(?:在哪里|在哪儿|在哪|哪里有|哪儿有|哪有|有没有|的地方|的站点|的驿站|的站|站点|驿站|服务站|附近|一下|的|了|有|吗|呢|啊|处|点)$"
)
_PARTS = re.compile(r"[\s、，,;；?？!！]+|附近的")
_AND = re.compile(r"(?:和|与|及|跟)$")  # 和平路 keeps its own
_BETWEEN = re.compile(r"(?:附近|周围|周边|旁边|哪里|哪儿|哪|有没有|有|能|可以|的|最近|免费)+$")
_AROUND_PLACE = re.compile(r"^(?:请问|請問|我在|在)+|[(（\[【]+$")
_LONGEST_TYPED = 60  # characters, of a place and of what is needed there
_SHORTEST = 2  # characters of a place, and of a need that stands at its end without a sign between


@dataclass(frozen=True, slots=True)
class TypedNeeds:
    """The codes of the facilities and kinds that a text asks for, and its rest, which names the place; both may be empty."""

    codes: tuple[str, ...] = ()
    place: str = ""


def read_needs(typed: str) -> TypedNeeds:
    """Return what a text asks for and where. A text that names no need is a place, however much it looks like one.

    >>> read_needs("附近哪里有熱水？").codes, read_needs("泉城路附近的厕所"), read_needs("厕所路").codes
    (('hot_water',), TypedNeeds(codes=('toilet',), place='泉城路'), ())
    """
    if len(typed) > _LONGEST_TYPED:
        return TypedNeeds((), typed)
    if whole := _read_need(normalize_text(typed)):
        return TypedNeeds((whole,))
    codes: dict[str, None] = {}
    places: list[str] = []
    for part in filter(None, _PARTS.split(typed)):
        named, place = _split_part(part)
        codes |= dict.fromkeys(named)
        places += [place] if place else []
    return TypedNeeds(tuple(codes), " ".join(places)) if codes else TypedNeeds((), typed)


def list_beside_readings(typed: str) -> Iterator[TypedNeeds]:
    """Yield the readings of a text as a need or a kind right beside a place, for a caller who knows the places' names.

    >>> [one.place for one in list_beside_readings("厕所历下")], [*list_beside_readings("厕所路")]
    (['历下'], [])
    """
    text = normalize_text(typed) if len(typed) <= _LONGEST_TYPED else ""
    for at in range(_SHORTEST, len(text) - _SHORTEST + 1):
        for need, place in ((text[:at], text[at:]), (text[at:], text[:at])):
            if code := _read_need(need):
                yield TypedNeeds((code,), _AROUND_PLACE.sub("", place))


def _split_part(part: str) -> tuple[list[str], str]:
    """Return the needs at the end of a text without blanks, and the place before them.

    A need at its beginning is no need: 热水河路, 厕所路.
    """
    text, codes = normalize_text(part), list[str]()
    if (code := _read_need(text)) is not None:
        return [code], ""
    while (found := _find_last_need(text)) is not None:
        code, text = found
        codes.insert(0, code)
    if not (bare := _BETWEEN.sub("", text)):
        return codes, ""
    if not codes:
        return codes, part
    if len(bare) < _SHORTEST:
        return [], part
    ends = (end for end in range(len(part), 0, -1) if len(normalize_text(part[:end])) <= len(bare))
    return codes, _AROUND_PLACE.sub("", part[: next(ends)])


def _find_last_need(text: str) -> tuple[str, str] | None:
    """Return the longest need at the end of a text, and what stands before it; None if there is none."""
    starts = range(max(0, len(text) - _LONGEST), len(text) - _SHORTEST + 1)
    found = ((code, text[:at]) for at in starts if (code := _read_need(text[at:])) in _NEEDS)
    code, before = next(found, ("", ""))
    joined = _AND.sub("", before)
    return (code, joined if _find_last_need(joined) else before) if code else None


def _read_need(text: str) -> str | None:
    """Return the code of the facility or kind that the whole of a text asks for, as it is compared."""
    needs = _list_needs()
    readings = [text] if len(text) <= _LONGEST else []
    for reading in readings:
        if reading in needs:
            return needs[reading]
        shorter = (_BEFORE.sub("", reading), _AFTER.sub("", reading))
        readings += [one for one in shorter if one and one not in readings]
    return None


@cache
def _list_needs() -> Mapping[str, str]:
    """Return the code of a facility or kind by each word for it, as it is compared."""
    words = {normalize_text(term): code for code in _NEEDS for term in FACILITY_TERMS[code].split()}
    spoken = {**_SPOKEN, **_KINDS}.items()
    return words | {normalize_text(one): code for code, some in spoken for one in some.split()}


@cache
def list_need_rules() -> Mapping[str, object]:
    """Return all by which `read_needs` reads, as plain data: a phone reads by it without a network.

    ``simplified`` holds the traditional characters of these words alone: a text with any other names no need.
    """
    needs = _list_needs()
    codes = {code: [word for word, of in needs.items() if of == code] for code in (*_NEEDS, *_KINDS)}
    patterns = {
        "before": _BEFORE,
        "after": _AFTER,
        "parts": _PARTS,
        "and": _AND,
        "between": _BETWEEN,
        "around_place": _AROUND_PLACE,
    }
    texts = {name: one.pattern for name, one in patterns.items()}
    used = set("".join([*needs, *texts.values()]))
    every = [chr(number) for number in range(0x4E00, 0xA000)]
    pairs = zip(every, to_simplified("\n".join(every)).split("\n"), strict=True)
    simplified = {char: plain for char, plain in pairs if plain != char and plain in used}
    sizes = {"longest": _LONGEST, "longest_typed": _LONGEST_TYPED, "shortest": _SHORTEST}
    return {"codes": codes, "kinds": [*_KINDS], "patterns": texts, **sizes, "simplified": simplified}
