"""Read typed text as a house number of a road, as two roads that cross, or as what a rider needs: 厕所, 哪里有熱水, 妈妈小屋."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from core.simplified import to_simplified
from geo.formats.facility_words import FACILITY_TERMS
from geo.place_names.query_words import (
    MAX_QUERY_CHARS,
    NOT_A_HOUSE,
    merge_number_marks,
    normalize_text,
    read_house_number,
    write_digits,
)

_ROAD_END = r"(?:路|街|道|巷|胡同|弄|里)"
_CROSSING_END = re.compile(
    r"(?:(?:的)?(?:交叉路口|交叉口|十字路口|交汇处|交会处|交汇口|交汇|交界处|交口|路口)|(?<=[路街道巷])口)$"
)
_LATIN_HOUSE = re.compile(r"^(?P<road>[a-z]{4,})(?P<number>[0-9]+)(?P<mark>号|hao|#)?$")
_MOUTH = re.compile(r"^.*[路街道巷](?=口$)")
_INNER = re.compile(
    r"(?:[a-z]座|[0-9]+号楼|[0-9一二三四五六七八九十]+(?:楼|层|室|单元)|[负b][0-9]+层?|大厅|大堂|院内|门口|楼下|内|旁边?|附近|对面"
    r"|[东西南北]+(?:侧|角|头)|[东西南北]?[0-9]+米(?:处|路[东西南北])?|路[东西南北]|[(\[][^()\[\]]*[)\]]?)$"
)
_BESIDE = re.compile(
    r"(?:[东西南北中]段|路段|(?:[东西南北]|[东西][南北]|正|大|侧|后)门|[0-9一二三四五六七八九]号门)$"
)
_COMPOUND_WORD = re.compile(r"(?:小区|社区|生活区|住宅区)$")
SHORTEST_BESIDE = 3  # characters: 济南 of 济南东门 is a city
_GENERIC = re.compile(
    r"(?!小区)[东西南北中上下前后内外左右大小新老支环一二三四五六七八九十0-9]*"
    r"(?:路|街|道|巷|胡同|弄|里|段|条|号|线|站|桥|门|口|区|市|县|旗|镇|乡|村|街道|城|地区)?"
)
_LONGEST_CROSSING = 45  # characters; longer texts are no names of two roads
_BETWEEN = re.compile(r"[与和跟及同&+×、/]")
_ENDS_AS_ROAD = re.compile(rf"{_ROAD_END}$")
_HOUSE = re.compile(
    r"(?<=[^\W\d_a-z])(?P<number>[甲乙丙丁]?[0-9]++[a-z]?+(?:(?:号?附|之|-)[0-9]++)?+(?:号?[甲乙丙丁]$)?)"
    rf"(?!{NOT_A_HOUSE})(?P<mark>号|弄|院|#)?"
)
_HANZI_HOUSE = re.compile(
    r"(?P<road>.+?[^\W\d_a-z])(?P<number>(?<![〇零一二三四五六七八九十百千])[〇零一二三四五六七八九十百千]+)[号弄院](?!楼)"
)
_BEFORE_NUMBER = re.compile(
    rf"^.+(?:{_ROAD_END}|段)(?=[甲乙丙丁]?[0-9a-z]|[一二三四五六七八九十]+(?:号|{NOT_A_HOUSE}))"
)
_MOST_READINGS = 3  # of a text with several numbers


@dataclass(frozen=True, slots=True)
class TypedHouse:
    """A road and a house number as they are compared."""

    road: str
    number: str


def read_houses(typed: str) -> list[TypedHouse]:
    """Return the readings of a text as a house, that with the longest name of the road first; none without a number.

    A number without 号 counts only at the end (泉城路200), since a name may hold one (3路车站, 经10路).

    >>> [house.road for house in read_houses("长治路27弄6号")]
    ['长治路27弄', '长治路']
    """
    readings = _list_houses(_plain(typed))
    return [*readings[:0:-1][: _MOST_READINGS - 1], *readings[:1]]


def read_house_in_hanzi(typed: str) -> TypedHouse | None:
    """Return the road and the number of “泉城路二百号”; None for any other text.

    >>> read_house_in_hanzi("二七区大学路二十七号"), read_house_in_hanzi("解放路二")
    (TypedHouse(road='二七区大学路', number='27'), None)
    """
    found = _HANZI_HOUSE.match(_plain(typed))
    number = "" if found is None else write_digits(found["number"])
    return TypedHouse(found["road"], number) if found and number.isdigit() else None


def _list_houses(plain: str) -> list[TypedHouse]:
    found = [*_HOUSE.finditer(plain), *_LATIN_HOUSE.finditer(plain)]
    numbers = [
        (one, read_house_number(one["number"])) for one in found if one["mark"] or one.end() == len(plain)
    ]
    return [TypedHouse(plain[: one.start("number")], number) for one, number in numbers if number]


def read_road_before_number(typed: str) -> str | None:
    """Return the road of a text whose number is none of a house: 成府路 of “成府路3号楼”; None for any other text."""
    found = _BEFORE_NUMBER.match(_plain(typed))
    return found[0] if found else None


def read_road_mouth(typed: str) -> str | None:
    """Return the road of “泉城路口”, where it meets another one; None for any other text."""
    found = _MOUTH.match(_plain(typed))
    return found[0] if found else None


def read_crossings(typed: str) -> Iterator[tuple[str, str]]:
    """Yield the readings of a text as two roads: 泉城路与芙蓉街, 泉城路/芙蓉街口, 泉城路芙蓉街交叉口.

    Every place where the text may be cut is a reading, since 和 may also stand in a name (和平路).
    """
    plain = _plain(typed)
    if len(plain) > _LONGEST_CROSSING:
        return
    text = _CROSSING_END.sub("", plain)
    for between in _BETWEEN.finditer(text):
        one, other = text[: between.start()], text[between.end() :]
        if one and other:
            yield normalize_text(one), normalize_text(other)
    text = normalize_text(text)
    for at in range(2, len(text) - 1):
        if _ENDS_AS_ROAD.search(text[:at]) and (
            _ENDS_AS_ROAD.search(text[at:]) or text != normalize_text(plain)
        ):
            yield text[:at], text[at:]


def is_generic_word(word: str) -> bool:
    """Return whether a word names nothing by itself: 路, 大街, 西路, 一路, 站.

    >>> is_generic_word("西路"), is_generic_word("泉城路")
    (True, False)
    """
    return _GENERIC.fullmatch(word) is not None


def strip_inner(address: str) -> str:
    """Return an address without the floor, room and building at its end.

    >>> strip_inner("泉城路188号恒隆广场3楼东侧")
    '泉城路188号恒隆广场'
    >>> strip_inner("西直门内大街12号")
    '西直门内大街12号'
    """
    text, before = _plain(address).rstrip("()[]"), ""
    while text != before:
        before, text = text, _INNER.sub("", text)
    return text


def read_places_beside(typed: str) -> list[str]:
    """Return what a text says to be near, the longest first: 解放路 of 解放路南侧, 大明湖公园 of 大明湖公园南门.

    >>> read_places_beside("大明湖公园南门对面"), read_places_beside("济南东门")
    (['大明湖公园南门', '大明湖公园'], [])
    """
    text, places = _plain(typed), []
    while (shorter := strip_inner(text)) != text or (shorter := _BESIDE.sub("", text)) != text:
        text = shorter
        places.append(text)
    return [place for place in places if len(place) >= SHORTEST_BESIDE]


def read_compound(typed: str) -> str | None:
    """Return the name of a compound without 小区, 社区 … behind it; None for any other text."""
    name = _COMPOUND_WORD.sub("", plain := _plain(typed))
    return name if name != plain and len(name) >= SHORTEST_BESIDE else None


def _plain(typed: str) -> str:
    """Return the text simplified, small and of half width, without spaces; signs between the words stay."""
    text = to_simplified(unicodedata.normalize("NFKC", typed[:MAX_QUERY_CHARS]).casefold())
    return merge_number_marks("".join(text.split()))


# What a register does not write, but people say; or means otherwise: a 充电桩 in a list of facilities is for phones.
_SPOKEN: Mapping[str, str] = {
    "toilet": "wc toilet 上厕所 去厕所 上卫生间 上洗手间 解手 方便一下 茅房 茅厕 化妆室 化妆间",
    "water": "水 口渴 渴了 饮水处",
    "hot_water": "泡面 泡面水 泡茶水 热开水 滚水",
    "charging": "没电 没电了 手机没电 充手机 充个电 给手机充电",
    "ebike_charging": "充电桩 充电站 充电动车 给电动车充电 电动车没电 充电瓶 充电瓶车 电瓶充电",
    "battery_swap": "换电瓶 换电瓶车电池 电动车换电 换电电池",
    "round_the_clock": "24小时 24小时开放 24小时营业 24小时都开 二十四小时 二十四小时开放 全天开放 通宵 通宵开放 24h 24h开放",
    "nap": "睡觉 睡午觉 睡个午觉 午觉 睡一会 睡一会儿 睡会儿 打盹 打个盹 眯一会 眯一会儿 躺一会儿 能睡 能躺",
}
ROUND_THE_CLOCK = "round_the_clock"
# A need that is no facility is a filter: its field and value.
FILTERS_BY_NEED: Mapping[str, tuple[str, str]] = {ROUND_THE_CLOCK: ("stay_min", "1440")}
# Terms of other facilities are also names of places (图书馆, 停车场, 健身房), which are searched by their names.
_NEEDS = (
    *("toilet", "water", "hot_water", "charging", "ebike_charging", "battery_swap", "microwave", "aircon", "wifi"),
    *("nap", "medicine", "rain_gear", "sewing", "shower", "fridge", "round_the_clock"),
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
_BETWEEN_NEEDS = re.compile(r"(?:附近|周围|周边|旁边|哪里|哪儿|哪|有没有|有|能|可以|的|最近|免费)+$")
_AROUND_PLACE = re.compile(r"^(?:请问|請問|我在|在)+|[(（\[【]+$")
_LONGEST_TYPED = 60  # characters, of a place and of what is needed there
_SHORTEST = 2  # characters of a place, and of a need that stands at its end without a sign between


@dataclass(frozen=True, slots=True)
class TypedNeeds:
    """The codes of the facilities, kinds and `FILTERS_BY_NEED` that a text asks for, and its rest, which names the place; both may be empty."""

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
    if not (bare := _BETWEEN_NEEDS.sub("", text)):
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
    words = {normalize_text(term): code for code in _NEEDS for term in FACILITY_TERMS.get(code, "").split()}
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
        "between": _BETWEEN_NEEDS,
        "around_place": _AROUND_PLACE,
    }
    texts = {name: one.pattern for name, one in patterns.items()}
    used = set("".join([*needs, *texts.values()]))
    every = [chr(number) for number in range(0x4E00, 0xA000)]
    pairs = zip(every, to_simplified("\n".join(every)).split("\n"), strict=True)
    simplified = {char: plain for char, plain in pairs if plain != char and plain in used}
    sizes = {"longest": _LONGEST, "longest_typed": _LONGEST_TYPED, "shortest": _SHORTEST}
    return {
        "codes": codes,
        "kinds": [*_KINDS],
        "filters": FILTERS_BY_NEED,
        "patterns": texts,
        **sizes,
        "simplified": simplified,
    }
