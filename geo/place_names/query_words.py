"""Read what a person typed as words that must all match, and make names and numbers fit to show and to compare."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Self

from core.simplified import to_simplified

MAX_QUERY_CHARS = 200  # further characters of a query are ignored
HANZI = re.compile(r"[一-鿿]+")
LATIN = re.compile(r"[a-z0-9]+")
AREA_SUFFIX = re.compile(r"(?:特别行政区|自治区|自治州|自治县|省|市|区|县)$")
_MOST_WORDS = 6
_IGNORED = re.compile(r"[\s·•,，.。、;；:：!！?？'’‘\"“”()（）\[\]【】<>《》/\\|_\-–—]+")
_HOUSE = re.compile(r"(?<=[一-鿿])[0-9a-z]+(号|弄|巷|栋|幢|楼|室|单元).*")
# What ends the names of our places, and what people leave out before it.
_OF_A_PLACE = re.compile(r"(..)(工会|职工|驿站|小屋|文化宫|服务中心)")
_REPEATED_MARK = re.compile(r"(?<=[0-9〇零一二三四五六七八九十百])([号段弄巷])\1+")
_AREA = re.compile(r"[^省市区县旗州盟]{1,7}?(?:特别行政区|自治区|自治州|省|市|区|县|旗|盟)")
MAX_NAME_CHARS = 100  # a longer one is no name of a place
_SPACES = re.compile(r"\s+")
# What follows the number of a building, a floor or a room.
NOT_A_HOUSE = r"号?(?:楼(?![下上])|[栋幢层室座]|单元)"
_HOUSE_NUMBER = re.compile(
    rf"(?P<series>[甲乙丙丁])?(?P<number>[0-9]++[a-z]?+)(?:号?(?:附|之|-)(?P<beside>[0-9]++))?+(?!{NOT_A_HOUSE})"
    r"(?:号?(?P<series_behind>[甲乙丙丁])号?$)?"
)
_VARIANTS = re.compile("[\ufe00-\ufe0f\U000e0000-\U000e0fff]")  # selectors and tags, which show nothing
_DIGITS = {one: at for at, one in enumerate("〇一二三四五六七八九")} | {"零": 0}
_UNITS = {"十": 10, "百": 100, "千": 1000}
# A run of numerals and digits is left as it is, because the number that the writer meant is unclear (3五). A numeral
# does not begin with 千 or 百, which are ordinary words in names (千佛山, 百花园).
_NUMERAL = re.compile(
    r"(?<![0-9〇零一二三四五六七八九十百千])[〇零一二三四五六七八九十][〇零一二三四五六七八九十百千]*"
    r"(?![0-9〇零一二三四五六七八九十百千])"
)
_WITH_UNITS = re.compile(
    r"(?:(?P<k>[一二三四五六七八九])千)?(?:零|〇)?(?:(?P<h>[一二三四五六七八九])百)?"
    r"(?:(?:零|〇)?(?P<t>[一二三四五六七八九]?)(?P<ten>十))?(?:零|〇)?(?P<one>[一二三四五六七八九])?"
)
NUMBER_SIGNS = frozenset((*_DIGITS, "十", *"0123456789"))  # 百 and 千 are as often words


def normalize_text(text: str) -> str:
    """Normalise a text for comparison: simplified, no spaces, punctuation, capitals or full-width letters.

    >>> normalize_text("1段153號號")
    '1段153号'
    """
    return merge_number_marks(to_simplified(_plain(text)))


def normalize_texts(texts: Iterable[str]) -> list[str]:
    """Normalise many texts as `normalize_text`, in a fraction of the time."""
    plain = [_plain(text) for text in texts]
    return merge_number_marks(to_simplified("\n".join(plain))).split("\n") if plain else []


def merge_number_marks(text: str) -> str:
    """Return a simplified text in which the mark of a number stands once, as registers repeat it (153号号, 4段段)."""
    return _REPEATED_MARK.sub(r"\1", text)


def _plain(text: str) -> str:
    return _IGNORED.sub("", unicodedata.normalize("NFKC", text).casefold()).replace("ü", "v")


@dataclass(frozen=True, slots=True)
class AreaNames:
    """The normalised names of areas, in full (市北区), and ``every`` one also without the 市, 区 … that people leave out.

    *Units*: ``longest`` characters.
    """

    full: frozenset[str] = frozenset()
    every: frozenset[str] = frozenset()
    longest: int = 0

    @classmethod
    def of(cls, names: Iterable[str]) -> Self:
        """Return the names of some areas, given in full."""
        full = frozenset(map(normalize_text, names))
        bare = (AREA_SUFFIX.sub("", name) for name in full)
        every = full.union(name for name in bare if len(name) > 1)
        return cls(full, every, max(map(len, every), default=0))


def read_words(typed: str, area_names: Callable[[], AreaNames]) -> Iterator[list[str]]:
    """Yield readings of a query, each as words that must all match.

    The whole query comes first, then its words, then fewer and fewer parts of it.
    """
    typed = typed[:MAX_QUERY_CHARS]
    whole = normalize_text(typed)
    if not whole:
        return
    yield [whole]
    words = [word for word in map(normalize_text, typed.split()) if word][:_MOST_WORDS]
    if len(words) > 2 and LATIN.fullmatch(whole):  # syllable by syllable: “quan cheng lu lixia”
        yield from (["".join(words[:at]), "".join(words[at:])] for at in range(1, len(words)))
    if len(words) > 1:
        yield words
    names, parts = area_names(), words
    readings = (
        [part for word in words for part in _split_at_suffixes(word, names.full, names.longest)],
        [part for word in words for part in _split_before_last(word, names.every, names.longest)],
        [part for word in words for part in _split_areas(word, names.every, names.longest)],
        [part for word in words for part in _split_at_suffixes(word, names.every, names.longest)],
    )
    for at, reading in enumerate(readings):
        if len(reading) > len(words) and reading not in readings[:at]:
            yield reading
            parts = max(parts, reading, key=len)
    street = [part for part in (_HOUSE.sub("", part) for part in parts) if part]
    if street and street != parts:
        yield street
    looser = [piece for part in parts for piece in _OF_A_PLACE.sub(r"\1\n\2", part).split("\n")]
    if len(looser) > len(parts):
        yield looser


def _split_areas(word: str, names: frozenset[str], longest: int) -> list[str]:
    """Split “济南历下泉城路” into the areas that cover the longest beginning of it, and the rest.

    济南市中区 is 济南 and 市中区, not 济南市 and something else.
    """
    ways: dict[int, list[str]] = {0: []}  # the areas up to each position at which some end
    for at in range(len(word) - 1):
        for size in range(2, min(longest, len(word) - 1 - at) + 1) if at in ways else ():
            if (name := word[at : at + size]) in names:
                ways.setdefault(at + size, [*ways[at], name])
    end = max(ways)
    return [*ways[end], word[end:]]


def _split_before_last(word: str, names: frozenset[str], longest: int) -> list[str]:
    """Split “青岛泰安路” into 青岛 and 泰安路: streets are named after areas too."""
    *areas, rest = _split_areas(word, names, longest)
    return [*areas[:-1], areas[-1] + rest] if areas else [rest]


def _split_at_suffixes(word: str, names: frozenset[str], longest: int) -> list[str]:
    """Split “济南市高新区泉城路” into areas of these names, areas that 市, 区 … end, and the rest.

    Only the name of a known area may hold such a character itself (市北区, 胶州市).
    """
    *known, rest = _split_areas(word, names, longest)
    areas = list(_AREA.finditer(rest))
    end = areas[-1].end() if areas else 0
    return [*known, *(part for part in (*(area.group() for area in areas), rest[end:]) if part)]


def clean_name(text: str) -> str | None:
    """Return a name without marks that show nothing, with single spaces; None if nothing or too much is left."""
    shown = "".join(
        " " if unicodedata.category(one) in ("Cc", "Zl", "Zp") else one
        for one in _VARIANTS.sub("", text[: 4 * MAX_NAME_CHARS])
        if unicodedata.category(one) not in ("Cf", "Cs", "Co", "Cn")
    )
    shown = _SPACES.sub(" ", shown).strip()
    return shown if 0 < len(shown) <= MAX_NAME_CHARS and len(text) <= 4 * MAX_NAME_CHARS else None


def read_house_number(text: str) -> str | None:
    """Return a house number as it is compared (200号, ２００ and 200 are 200, 18-1 and 甲20 stay); None if it is none.

    A floor, a building or a room is none.

    >>> read_house_number("２００號"), read_house_number("甲 20号"), read_house_number("7栋")
    ('200', '甲20', None)
    """
    plain = unicodedata.normalize("NFKC", text).casefold().replace("號", "号")
    found = _HOUSE_NUMBER.match("".join(plain.split()))
    if found is None:
        return None
    beside = f"-{found['beside']}" if found["beside"] else ""
    return f"{found['series'] or found['series_behind'] or ''}{found['number']}{beside}"


def name_key(name: str) -> str:
    """Return a name as it is compared: simplified letters and digits alone, small and of half width."""
    return strip_signs(name.lower() if name.isascii() else normalize_text(name))  # ASCII differs in case only


def name_keys(names: Iterable[str]) -> list[str]:
    """Return names as `name_key`, in a fraction of the time."""
    return [strip_signs(text) for text in normalize_texts(names)]


def strip_signs(text: str) -> str:
    """Return the letters and digits of a text."""
    return "".join(filter(str.isalnum, text))


def write_digits(key: str) -> str:
    """Return a name with its numerals as digits; what is no well-formed number stays.

    ``web/src/offline/numerals.ts`` does the same on a phone.

    >>> write_digits("经十路"), write_digits("环北路二十一段"), write_digits("一〇四国道")
    ('经10路', '环北路21段', '104国道')
    >>> write_digits("千佛山")
    '千佛山'
    """
    return _NUMERAL.sub(lambda found: _read_numeral(found[0]), key)


def _read_numeral(text: str) -> str:
    """Return the digits of a number; the text itself where it is none (二十八九, 一百二)."""
    if not any(one in _UNITS for one in text):
        return "".join(str(_DIGITS[one]) for one in text)
    found = _WITH_UNITS.fullmatch(text)
    if found is None or _lacks_zero(text):
        return text
    tens = 0 if found["ten"] is None else 10 * _DIGITS.get(found["t"], 1)
    thousands, hundreds, ones = (_DIGITS.get(found[place] or "", 0) for place in ("k", "h", "one"))
    return str(1000 * thousands + 100 * hundreds + tens + ones)


def _lacks_zero(text: str) -> bool:
    """Return whether a digit follows 百 or 千 at once: 一百二 may be 120 or 102."""
    return text[-2:-1] in ("百", "千") and text[-1] in _DIGITS


def list_forms(keys: Iterable[str]) -> tuple[str, ...]:
    """Return texts as they are compared, each as it is written and with its numerals as digits."""
    written = list(keys)
    return tuple(dict.fromkeys((*written, *map(write_digits, written))))
