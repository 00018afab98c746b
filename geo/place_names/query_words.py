"""Read what a person typed as words that must all match."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Self

from geo.simplified import to_simplified

MAX_QUERY_CHARS = 200  # further characters of a query are ignored
HANZI = re.compile(r"[一-鿿]+")
LATIN = re.compile(r"[a-z0-9]+")
AREA_SUFFIX = re.compile(r"(?:特别行政区|自治区|自治州|自治县|省|市|区|县)$")
_MOST_WORDS = 6
_IGNORED = re.compile(r"[\s·•,，.。、;；:：!！?？'’‘\"“”()（）\[\]【】<>《》/\\|_\-–—]+")
_HOUSE = re.compile(r"(?<=[一-鿿])[0-9a-z]+(号|弄|巷|栋|幢|楼|室|单元).*")
_REPEATED_MARK = re.compile(r"(?<=[0-9〇零一二三四五六七八九十百])([号段弄巷])\1+")
_AREA = re.compile(r"[^省市区县旗州盟]{1,7}?(?:特别行政区|自治区|自治州|省|市|区|县|旗|盟)")


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
