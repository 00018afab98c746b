"""The words with which people name the areas of a names file."""

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache

from geo.place_names.pinyin import pinyin_spellings
from geo.place_names.query_words import AREA_SUFFIX, AreaNames, normalize_text
from yihui.files.street_names.schema import Area


@dataclass(frozen=True, slots=True)
class AreaWords:
    """The names of the areas in which names lie, and the codes of the districts that each word means."""

    codes: dict[str, frozenset[str]]
    names: AreaNames = field(default_factory=AreaNames)

    @classmethod
    def of(cls, areas: Collection[Area]) -> "AreaWords":
        """Collect the words of some areas."""
        codes: dict[str, set[str]] = {}
        for area in areas:
            for name in map(normalize_text, (area.name, area.city, area.province)):
                short = AREA_SUFFIX.sub("", name)
                written = {name, *([short] if len(short) > 1 else [])}
                spelt = {"".join(one) for word in written for one in pinyin_spellings(word)}
                for word in written | spelt:
                    codes.setdefault(word, set()).add(area.code)
        names = AreaNames.of(name for area in areas for name in (area.name, area.city, area.province) if name)
        return cls({word: frozenset(found) for word, found in codes.items()}, names)


@lru_cache(maxsize=4)  # a site searches one file at a time, and the areas of a file never change
def list_area_words(areas: tuple[Area, ...]) -> AreaWords:
    """Return the words for the areas of a file."""
    return AreaWords.of(areas)
