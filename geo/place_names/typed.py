"""Read typed text as a house number of a road, or as two roads that cross."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from geo.place_names.query_words import (
    MAX_QUERY_CHARS,
    NOT_A_HOUSE,
    merge_number_marks,
    normalize_text,
    read_house_number,
    write_digits,
)
from geo.simplified import to_simplified

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
