"""The words with which people name the areas of a names file."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from geo.place_search.query_words import AREA_SUFFIX, normalize_text
from yihui.files.street_names.reading import Area


@dataclass(frozen=True, slots=True)
class AreaWords:
    """The names of the areas in which names lie, with and without 市, 区 …, and the codes of their districts."""

    codes: dict[str, frozenset[str]]
    bare: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def of(cls, areas: Iterable[Area]) -> "AreaWords":
        """Collect the words of some areas."""
        codes: dict[str, set[str]] = {}
        bare: set[str] = set()
        for area in areas:
            for name in map(normalize_text, (area.name, area.city, area.province)):
                short = AREA_SUFFIX.sub("", name)
                for word in {name, *([short] if len(short) > 1 else [])}:
                    codes.setdefault(word, set()).add(area.code)
                if len(short) > 1 and short != name:
                    bare.add(short)
        return cls({word: frozenset(found) for word, found in codes.items()}, frozenset(bare))


@lru_cache(maxsize=4)  # a site searches one file at a time, and the areas of a file never change
def list_area_words(areas: tuple[Area, ...]) -> AreaWords:
    """Return the words for the areas of a file."""
    return AreaWords.of(areas)
