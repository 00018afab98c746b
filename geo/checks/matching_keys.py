"""Reduce names, addresses and phone numbers to the parts that distinguish places, and compare them."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from core.simplified import simplify_characters
from geo.districts import District
from geo.geodesy import Floats
from geo.place_names.query_words import write_digits
from geo.station import Station

_SAMPLE = re.compile(r"[（(\[【]\s*(?:示例|sample)\s*[)）\]】]", re.IGNORECASE)
# Longest first: words common to every place of a kind do not distinguish places.
_GENERIC = re.compile(
    "户外劳动者(?:综合|爱心)?(?:服务)?(?:站点|驿站|港湾|之家|站)|劳动者(?:驿站|港湾|之家)|工会(?:爱心|户外)?驿站"
    "|(?:爱心|暖心|司机|骑手)(?:驿站|之家)|工会|总工会|驿站|服务站点|爱心站"
    "|(?:爱心|共享)?妈[妈咪]小屋|(?:公共)?母婴(?:关爱)?室|哺(?:集|育)?乳室|育婴室|女职工休息室|设置|依法"
)
_NUMBER = re.compile(r"[0-9]+")
_MARKS = re.compile(
    r"[0-9]+|[a-z]+|[〇零一二三四五六七八九十]+|[东西][南北]|[东西南北上下男女甲乙丙丁前后左右]"
)
_NO_WORD = re.compile(r"[\W_]+")
_COUNTED = re.compile(r"第(?=[0-9])|(?<=[0-9])[号站室店#]")
_TOWNSHIP = re.compile(r"^[^号0-9]{1,8}?(?:街道办事处|街道|镇|乡)(?![路街村大])")
_PROVINCE = re.compile(r"^[^省市区县]{2,8}?(?:省|自治区)")
_CITY = re.compile(r"^[^省市区县]{2,8}?市(?!区)")
_TOWNS = tuple(re.compile(f"[^省市区县镇乡]{{1,8}}?(?:{ends})") for ends in ("市(?!区)", "街道|镇|乡"))
# In order of preference: a number with 号, else the last number before other text.
_HOUSE = re.compile(
    r"(?P<house>.*?[0-9]+(?:之[0-9]+)?)(?:号[段号]*|(?=$)|(?=[^0-9段巷弄之号]))(?!.*[0-9]号)(?P<inner>.*)"
)
_VILLAGE = re.compile(r"^[^路街道巷号0-9]{1,4}?[里村](?=[^0-9]*[路街道])")
_FLOOR = re.compile(r"(?:(?<![a-z])b|地下室?)([0-9]{1,2})(?![0-9])|([0-9]{1,2})(?:楼|层|f(?![a-z]))")
_LEAST_WITHIN = 3  # characters
_EXTENSION = re.compile(r"[转轉]|分[机機]|ext|#", re.IGNORECASE)
_LEAST_PHONE = 7  # digits
LIKE = 0.55  # `name_similarity` of names that are alike


def name_match_key(name: str, area: Iterable[str] = ()) -> str:
    """Return a name without the words common to its kind: 工会, 驿站, （示例）, district and city.

    Numbers are moved to its end: 济南市历下区3号工会驿站·泉城公园（示例） becomes 泉城公园3.
    """
    text = _plain(_SAMPLE.sub("", unicodedata.normalize("NFKC", name)))
    for word in area:
        text = text.replace(word, "") if word else text
    text = _COUNTED.sub("", _GENERIC.sub("", text))
    numbers = [number.lstrip("0") for number in _NUMBER.findall(text)]
    return _NUMBER.sub("", text) + " ".join(filter(None, numbers))


def distinguishing_marks(essence: str) -> Counter[str]:
    """Return the marks that distinguish similar places: numbers, letters, compass points, sides."""
    return Counter(_MARKS.findall(write_digits(essence)))


def _without_marks(essence: str) -> str:
    return "".join(_MARKS.sub("", _COUNTED.sub("", write_digits(essence))).split())


def have_conflicting_marks(one: Counter[str], other: Counter[str]) -> bool:
    """Return whether the marks of two names conflict: 3 and 12 do, 南门 and 北门 do; 南门 and none don't."""
    return not (one <= other or other <= one)


def name_similarity(one: str, other: str) -> float:
    """Return how similar two name keys are.

    1 for equal keys, 0.95 for the same characters in another order, 0.9 if one is contained in the
    other; otherwise the share of common character pairs (Dice), at most 0.85.
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
    """Return whether ``long`` contains all characters of ``short`` in order, possibly with gaps."""
    rest = iter(long)
    return all(character in rest for character in short)


@dataclass(frozen=True, slots=True)
class AddressMatchKey:
    """The comparable parts of an address.

    ``house`` is street and number, empty if there is no number. ``inner`` is what follows it: floor, side; ``area``
    is what precedes it: city, township.
    """

    house: str = ""
    inner: str = ""
    area: str = field(default="", compare=False)

    def is_in_another_town(self, other: "AddressMatchKey") -> bool:
        """Return whether both addresses name their cities, or both their townships, and none of them is the same."""
        towns = [(set(kind.findall(self.area)), set(kind.findall(other.area))) for kind in _TOWNS]
        return any(mine and theirs and mine.isdisjoint(theirs) for mine, theirs in towns)

    @property
    def street(self) -> str:
        """The street without the house number."""
        return self.house.rstrip("0123456789之弄巷号-")


def address_match_key(address: str, area: Iterable[str] = ()) -> AddressMatchKey:
    """Return an address without province, city, district, township and village.

    山东省济南市历下区泉城路街道泉城路 1 号（一楼） becomes 泉城路1 and 一楼.
    """
    text = _VILLAGE.sub("", _TOWNSHIP.sub("", _within(address, area)))
    found = _HOUSE.match(text)
    before = _plain(address).removesuffix(text)
    return AddressMatchKey(found["house"], found["inner"], before) if found else AddressMatchKey()


def parse_township(address: str, area: Iterable[str] = ()) -> str:
    """Return the township or street office that follows the district: 泉城路街道; empty if there is none."""
    found = _TOWNSHIP.match(_within(address, area))
    return found[0] if found else ""


def _within(address: str, area: Iterable[str]) -> str:
    """Return an address from its township on."""
    text = _CITY.sub("", _PROVINCE.sub("", _plain(address)))
    for word in area:
        text = text.removeprefix(word) if word else text
    return text


def parse_floors(text: str) -> frozenset[str]:
    """Return the floors that a text names: 3楼, B1, 地下1层 give 3, b1."""
    found = _FLOOR.findall(write_digits(_plain(text)))
    return frozenset(f"b{below}" if below else above for below, above in found)


def phone_match_key(phone: str) -> str:
    """Return the digits of a telephone number without its extension; empty if there are too few."""
    digits = re.sub(r"\D", "", _EXTENSION.split(unicodedata.normalize("NFKC", phone))[0])
    return digits if len(digits) >= _LEAST_PHONE else ""


def _plain(text: str) -> str:
    plain = re.sub(r"(?<=[0-9])-(?=[0-9])", "之", simplify_characters(text))
    return _NO_WORD.sub("", plain).casefold()


def _pairs(text: str) -> Counter[str]:
    return Counter(text[i : i + 2] for i in range(len(text) - 1)) or Counter([text])


@dataclass(frozen=True, slots=True)
class StationTraits:
    """The traits of the stations of one kind that duplicates are found by.

    *Shape*: (n,) each; ``points`` is (n, 2), lon and lat in WGS84, NaN for stations that are not placed.
    """

    stations: Sequence[Station]
    points: Floats
    names: Sequence[str]
    marks: Sequence[Counter[str]]
    addresses: Sequence[AddressMatchKey]
    floors: Sequence[frozenset[str]]
    phones: Sequence[str]

    def names_conflict(self, one: int, other: int) -> bool:
        """Return whether marks tell two names apart that are alike without them.

        Of a name without other words only the numbers speak: 3号驿站 is not 泉城公园12号驿站.
        """
        marks = self.marks[one], self.marks[other]
        if not have_conflicting_marks(*marks):
            return False
        mine, theirs = (_without_marks(self.names[at]) for at in (one, other))
        if mine and theirs:
            return name_similarity(mine, theirs) >= LIKE
        numbers = [Counter(filter(str.isdigit, some.elements())) for some in marks]
        return mine == theirs or have_conflicting_marks(*numbers)

    def share_house(self, one: int, other: int) -> bool:
        """Return whether street and number are the same, and no district or town speaks against it."""
        mine, theirs = self.addresses[one], self.addresses[other]
        districts = {self.stations[at].district for at in (one, other)} - {None}
        is_one_house = bool(mine.house) and mine.house == theirs.house
        return is_one_house and len(districts) < 2 and not mine.is_in_another_town(theirs)

    def doors_conflict(self, one: int, other: int) -> bool:
        """Return whether two stations are on other floors, or in other parts of one house."""
        if self.floors[one] and self.floors[other] and self.floors[one].isdisjoint(self.floors[other]):
            return True
        mine, theirs = self.addresses[one], self.addresses[other]
        doors = [distinguishing_marks(key.inner) for key in (mine, theirs)]
        return mine.house == theirs.house and have_conflicting_marks(*doors)

    @classmethod
    def from_stations(cls, stations: Sequence[Station], areas: dict[str, District]) -> "StationTraits":
        """Compute the traits of stations; ``areas`` are the districts by code."""
        names = [
            name_match_key(s.name, district_area_names(areas.get(s.district or ""), bare=True))
            for s in stations
        ]
        addresses = [
            address_match_key(s.address, district_area_names(areas.get(s.district or ""))) for s in stations
        ]
        points = [
            (s.lon, s.lat) if s.lon is not None and s.lat is not None else (np.nan, np.nan) for s in stations
        ]
        return cls(
            stations,
            np.array(points, dtype=np.float64).reshape(-1, 2),
            names,
            [distinguishing_marks(name) for name in names],
            addresses,
            [parse_floors(f"{s.name} {s.address} {s.note}") for s in stations],
            [phone_match_key(s.phone) for s in stations],
        )


def district_area_names(district: District | None, *, bare: bool = False) -> tuple[str, ...]:
    """Return the area names that a text about a place may contain, longest first.

    济南市, 历下区 and, if ``bare``, also 济南, 历下.
    """
    if district is None:
        return ()
    full = (district.province, district.city, district.name)
    if not bare:
        return full
    short = (district.city.removesuffix("市"), district.name[:-1])
    return full + tuple(word for word in short if len(word) >= 2)
