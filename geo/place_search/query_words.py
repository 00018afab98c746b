"""Read what a person typed as words that must all match."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator

from geo.simplified import to_simplified

MAX_QUERY_CHARS = 200  # further characters of a query are ignored
HANZI = re.compile(r"[一-鿿]+")
LATIN = re.compile(r"[a-z0-9]+")
AREA_SUFFIX = re.compile(r"(?:特别行政区|自治区|自治州|自治县|省|市|区|县)$")
_MOST_WORDS = 6
_IGNORED = re.compile(r"[\s·•,，.。、;；:：!！?？'’‘\"“”()（）\[\]【】<>《》/\\|_\-–—]+")
_HOUSE = re.compile(r"(?<=[一-鿿])[0-9a-z]+(号|弄|巷|栋|幢|楼|室|单元).*")
_AREA = re.compile(r"[^省市区县旗州盟]{1,7}?(?:特别行政区|自治区|自治州|省|市|区|县|旗|盟)")


def normalize_text(text: str) -> str:
    """Normalise a text for comparison: simplified, no spaces, punctuation, capitals or full-width letters."""
    return to_simplified(_plain(text))


def normalize_texts(texts: Iterable[str]) -> list[str]:
    """Normalise many texts as `normalize_text`, in a fraction of the time."""
    plain = [_plain(text) for text in texts]
    return to_simplified("\n".join(plain)).split("\n") if plain else []


def _plain(text: str) -> str:
    return _IGNORED.sub("", unicodedata.normalize("NFKC", text).casefold()).replace("ü", "v")


def read_words(typed: str, area_names: Callable[[], frozenset[str]]) -> Iterator[list[str]]:
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
    parts = [part for word in words for part in _parts(word)]
    if len(parts) > len(words):
        yield parts
    named = [piece for part in parts for piece in _split_areas(part, area_names())]
    if len(named) > len(parts):
        yield named
        parts = named
    street = [part for part in (_HOUSE.sub("", part) for part in parts) if part]
    if street and street != parts:
        yield street


def _split_areas(word: str, names: frozenset[str]) -> list[str]:
    """Split “济南历下泉城路” into the areas with which it begins and the rest."""
    pieces = []
    while name := next((word[:size] for size in range(len(word) - 1, 1, -1) if word[:size] in names), ""):
        pieces.append(name)
        word = word[len(name) :]
    return [*pieces, word]


def _parts(word: str) -> list[str]:
    """Split “济南市历下区泉城路” into its areas and the rest."""
    areas = list(_AREA.finditer(word))
    end = areas[-1].end() if areas else 0
    return [part for part in (*(area.group() for area in areas), word[end:]) if part]
