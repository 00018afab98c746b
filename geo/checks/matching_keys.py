"""What of a name, an address or a phone number tells places apart."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from geo.formats.wording import simplified

_SAMPLE = re.compile(r"[（(\[【]\s*(?:示例|sample)\s*[)）\]】]", re.IGNORECASE)
# Longest first: what every place of a kind is called says nothing of which one it is.
_GENERIC = re.compile(
    "户外劳动者(?:综合|爱心)?(?:服务)?(?:站点|驿站|港湾|之家|站)|劳动者(?:驿站|港湾|之家)|工会(?:爱心|户外)?驿站"
    "|(?:爱心|暖心|司机|骑手)(?:驿站|之家)|工会|总工会|驿站|服务站点|爱心站"
    "|(?:爱心|共享)?妈[妈咪]小屋|(?:公共)?母婴(?:关爱)?室|哺(?:集|育)?乳室|育婴室|女职工休息室|设置|依法"
)
_NUMBER = re.compile(r"[0-9]+")
_MARKS = re.compile(r"[0-9]+|[a-z]+|[一二三四五六七八九十东西南北上下男女]")
_NO_WORD = re.compile(r"[\W_]+")
_COUNTED = re.compile(r"第(?=[0-9])|(?<=[0-9])[号站室店#]")
_TOWNSHIP = re.compile(r"^[^号0-9]{1,8}?(?:街道办事处|街道|镇|乡)(?![路街村大])")
_PROVINCE = re.compile(r"^[^省市区县]{2,8}?(?:省|自治区)")
_CITY = re.compile(r"^[^省市区县]{2,8}?市(?!区)")
# In its order of preference: a number with 号, else the last number before anything else.
_HOUSE = re.compile(
    r"(?P<house>.*?[0-9]+(?:之[0-9]+)?)(?:号[段号]*|(?=$)|(?=[^0-9段巷弄之号]))(?!.*[0-9]号)(?P<inner>.*)"
)
_VILLAGE = re.compile(r"^[^路街道巷号0-9]{1,4}?[里村](?=[^0-9]*[路街道])")
_FLOOR = re.compile(r"(?:(?<![a-z])b|地下室?)([0-9]{1,2})(?![0-9])|([0-9]{1,2})(?:楼|层|f(?![a-z]))")
_DIGITS = str.maketrans("一二三四五六七八九", "123456789")
_MORE_SIMPLIFIED = str.maketrans("號樓層棟廣園東濟閱會", "号楼层栋广园东济阅会")
_LEAST_WITHIN = 3  # characters
_EXTENSION = re.compile(r"[转轉]|分[机機]|ext|#", re.IGNORECASE)
_LEAST_PHONE = 7  # digits


def name_essence(name: str, area: Iterable[str] = ()) -> str:
    """The name without what is common to all of its kind: 工会, 驿站, （示例）, its district's and city's name.

    Numbers stand at its end: 济南市历下区3号工会驿站·泉城公园（示例） is 泉城公园3.
    """
    text = _plain(_SAMPLE.sub("", unicodedata.normalize("NFKC", name)))
    for word in area:
        text = text.replace(word, "") if word else text
    text = _COUNTED.sub("", _GENERIC.sub("", text))
    numbers = [number.lstrip("0") for number in _NUMBER.findall(text)]
    return _NUMBER.sub("", text) + " ".join(filter(None, numbers))


def marks(essence: str) -> Counter[str]:
    """What numbers a place among its like: digits, letters, numerals, points of the compass."""
    return Counter(_MARKS.findall(essence))


def contradict(one: Counter[str], other: Counter[str]) -> bool:
    """Whether two names number their places differently: 3 and 12, 南门 and 北门; 南门 and none don't."""
    return not (one <= other or other <= one)


def likeness(one: str, other: str) -> float:
    """How alike two essences are: 1 the same, 0.95 the same characters in another order, 0.9 one within the
    other; else by shared pairs of characters (Dice), at most 0.85.
    """
    if not one or not other:
        return 0.0
    if one == other:
        return 1.0
    if sorted(one) == sorted(other):
        return 0.95
    short, long = sorted((one, other), key=len)
    if len(short) >= _LEAST_WITHIN and _is_within(short, long):
        return 0.9
    pairs, others = _pairs(one), _pairs(other)
    return min(0.85, 2 * (pairs & others).total() / (pairs.total() + others.total()))


def _is_within(short: str, long: str) -> bool:
    """Whether all of ``short`` stands in ``long``, in its order, perhaps with something between."""
    rest = iter(long)
    return all(character in rest for character in short)


@dataclass(frozen=True, slots=True)
class Address:
    """``house`` is street and number, empty where there is no number; ``inner`` what follows it: floor, side."""

    house: str = ""
    inner: str = ""

    @property
    def street(self) -> str:
        return self.house.rstrip("0123456789之弄巷号-")


def address_essence(address: str, area: Iterable[str] = ()) -> Address:
    """An address without province, city, district, township and village.

    山东省济南市历下区泉城路街道泉城路 1 号（一楼） is 泉城路1 and 一楼.
    """
    text = _VILLAGE.sub("", _TOWNSHIP.sub("", _within(address, area)))
    found = _HOUSE.match(text)
    return Address(found["house"], found["inner"]) if found else Address()


def township(address: str, area: Iterable[str] = ()) -> str:
    """The township or street office that an address names after its district: 泉城路街道; empty if none."""
    found = _TOWNSHIP.match(_within(address, area))
    return found[0] if found else ""


def _within(address: str, area: Iterable[str]) -> str:
    """An address from its township on."""
    text = _CITY.sub("", _PROVINCE.sub("", _plain(address)))
    for word in area:
        text = text.removeprefix(word) if word else text
    return text


def floors(text: str) -> frozenset[str]:
    """The floors that a text names: 3楼, B1, 地下1层 as 3, b1."""
    found = _FLOOR.findall(_plain(text).translate(_DIGITS))
    return frozenset(f"b{below}" if below else above for below, above in found)


def phone_essence(phone: str) -> str:
    """The digits of a telephone number without its extension; empty where they are too few for one."""
    digits = re.sub(r"\D", "", _EXTENSION.split(unicodedata.normalize("NFKC", phone))[0])
    return digits if len(digits) >= _LEAST_PHONE else ""


def _plain(text: str) -> str:
    plain = re.sub(r"(?<=[0-9])-(?=[0-9])", "之", simplified(text)).translate(_MORE_SIMPLIFIED)
    return _NO_WORD.sub("", plain).casefold()


def _pairs(text: str) -> Counter[str]:
    return Counter(text[i : i + 2] for i in range(len(text) - 1)) or Counter([text])
