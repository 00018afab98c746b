"""Places found by what somebody types: their names, addresses and districts, in Hanzi, pinyin or its initials."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from heapq import merge
from itertools import chain, islice, takewhile
from typing import Literal, NamedTuple

from geo.place_search.pinyin import Syllables, spellings
from geo.place_search.text_index import Look, Shelf

LONGEST = 200  # characters of what is typed that count
_MOST_LOOKED_AT = 5_000  # places that hold one word of several
_MOST_WORDS = 6
_CITY_DIGITS = 4
_IGNORED = re.compile(r"[\s·•,，.。、;；:：!！?？'’‘\"“”()（）\[\]【】<>《》/\\|_\-–—]+")
_LATIN = re.compile(r"[a-z0-9]+")
_HOUSE = re.compile(r"(?<=[一-鿿])[0-9a-z]+(号|弄|巷|栋|幢|楼|室|单元).*")
_AREA = re.compile(r"[^省市区县旗州盟]{1,7}?(?:特别行政区|自治区|自治州|省|市|区|县|旗|盟)")

Key = tuple[str, str]  # kind and id


@dataclass(frozen=True, slots=True)
class Place:
    """What can be found. *CRS*: ``lon``, ``lat`` are WGS84; None where it is not known where it is.

    ``id`` is a station's, or a district's code (a city's and a province's too). ``areas`` are the names of
    what it lies in; ``count`` is how many stations a district has.
    """

    kind: Literal["district", "station"]
    id: str
    name: str
    address: str = ""
    areas: str = ""
    district: str | None = None
    lon: float | None = None
    lat: float | None = None
    count: int = 0

    @property
    def key(self) -> Key:
        return self.kind, self.id

    @property
    def city(self) -> str:
        """The beginning of its district's code that is its city's; empty where that is not known."""
        return (self.district or "")[:_CITY_DIGITS]

    @property
    def order(self) -> tuple[bool, str, str]:
        """Districts first, by code; then stations by name."""
        return self.kind == "station", "" if self.kind == "district" else self.name, self.id


class Found(NamedTuple):
    """A place with how it may be meant: a smaller rank is likelier; ``called`` is that its name begins like that."""

    rank: int
    called: bool
    place: Place


@dataclass(frozen=True, slots=True)
class _Shelves:
    """The texts of the same places, as they are written and as they are typed."""

    names: Shelf
    names_spelt: Shelf
    names_initials: Shelf
    addresses: Shelf
    addresses_spelt: Shelf
    addresses_initials: Shelf


# How somebody may mean a place, the likeliest first.
_BY_WRITING: Sequence[tuple[str, Look]] = (
    ("names", Shelf.exact),
    ("names", Shelf.beginning),
    ("names", Shelf.holding),
    ("addresses", Shelf.beginning),
    ("addresses", Shelf.holding),
)
_BY_TYPING: Sequence[tuple[str, Look]] = (
    ("names", Shelf.exact),
    ("names_spelt", Shelf.exact),
    ("names", Shelf.beginning),
    ("names_spelt", Shelf.beginning),
    ("names_initials", Shelf.beginning),
    ("names", Shelf.holding),
    ("names_spelt", Shelf.holding),
    ("names_initials", Shelf.holding),
    ("addresses", Shelf.holding),
    ("addresses_spelt", Shelf.holding),
    ("addresses_initials", Shelf.holding),
)


class Finder:
    """Places, ready to be found; nothing in it changes after it was built."""

    __slots__ = ("_gone", "_more", "_places", "_shelves")

    def __init__(
        self,
        places: Sequence[Place],
        shelves: _Shelves,
        gone: Collection[Key] = frozenset(),
        more: "Finder | None" = None,
    ) -> None:
        """Use `build`. ``gone``: places that don't count any more; ``more``: what came since."""
        self._places = places
        self._shelves = shelves
        self._gone = gone
        self._more = more

    @classmethod
    def build(cls, places: Iterable[Place]) -> "Finder":
        """*Raises*: nothing; of places that share kind and id each is found."""
        in_order = sorted(places, key=lambda place: place.order)
        return cls(in_order, _laid(in_order))

    def with_changes(self, added_or_changed: Iterable[Place], removed: Collection[Key] = ()) -> "Finder":
        """The same with some places that are other now, or gone; equal in every answer to one built anew."""
        later = {} if self._more is None else {place.key: place for place in self._more._places}
        changed = {place.key: place for place in added_or_changed}
        left = [place for key, place in later.items() if key not in changed and key not in removed]
        gone = {*self._gone, *removed, *changed}
        return Finder(self._places, self._shelves, gone, Finder.build([*left, *changed.values()]))

    @property
    def wear(self) -> int:
        """How many places have changed since the whole was built."""
        return len(self._gone)

    def find(self, typed: str, limit: int = 10, district: str | None = None) -> list[Place]:
        """The places that are likeliest meant: name, beginning of a name, initials, part of a name, address.

        Spaces and punctuation don't matter. Where nothing holds all of it, each of its words is looked for,
        then the same without the number of the house. ``district``: a code, of a city or a province too;
        nothing else is given then.
        """
        return [found.place for found in islice(self.each(typed, district), max(0, limit))]

    def each(self, typed: str, district: str | None = None) -> Iterator[Found]:
        """As `find`, one after the other, with how each may be meant."""
        for words in _ways(typed):
            found = self._of(words, district)
            first = next(found, None)
            if first is not None:
                return chain((first,), found)
        return iter(())

    @property
    def districts(self) -> Iterator[Place]:
        """Districts, cities and provinces, as they were when all of it was built."""
        return takewhile(lambda place: place.kind == "district", self._places)

    def _of(self, words: Sequence[str], district: str | None) -> Iterator[Found]:
        """Places that hold all the words, the likeliest first, each once."""
        seen: set[Key] = set()
        for turn, word in enumerate(sorted(words, key=len, reverse=True)):
            others = [other for other in words if other is not word]
            for rank, called, place in islice(self._ranked(word), _MOST_LOOKED_AT if others else None):
                if place.key in seen:
                    continue
                seen.add(place.key)
                if _lies_in(place, district) and _holds(place, others):
                    yield Found(turn * len(_BY_TYPING) + rank, called, place)

    def _ranked(self, word: str) -> Iterator[tuple[int, bool, Place]]:
        for rank, (shelf, look) in enumerate(_BY_TYPING if _LATIN.fullmatch(word) else _BY_WRITING):
            called = look is not Shelf.holding and shelf.startswith("names")
            for place in merge(*self._on(shelf, look, word), key=lambda place: place.order):
                yield rank, called, place

    def _on(self, shelf: str, look: Look, word: str) -> Iterator[Iterator[Place]]:
        yield self._still_there(look(getattr(self._shelves, shelf), word))
        if self._more is not None:
            yield from self._more._on(shelf, look, word)

    def _still_there(self, numbers: Iterator[int]) -> Iterator[Place]:
        for number in numbers:
            place = self._places[number]
            if place.key not in self._gone:
                yield place


def plain(text: str) -> str:
    """A text as it is compared: no spaces, no punctuation, no capitals, no full-width letters."""
    return _IGNORED.sub("", unicodedata.normalize("NFKC", text).casefold()).replace("ü", "v")


def _laid(places: Sequence[Place]) -> _Shelves:
    names = [plain(place.name) for place in places]
    addresses = [plain(place.address) if place.kind == "station" else "" for place in places]
    spelt_names = list(_spelt(names))
    spelt_addresses = list(_spelt(addresses))
    return _Shelves(
        Shelf.of(enumerate(names)),
        Shelf.of_parts(spelt_names),
        Shelf.of((owner, _initials(syllables)) for owner, syllables in spelt_names),
        Shelf.of(enumerate(addresses)),
        Shelf.of_parts(spelt_addresses),
        Shelf.of((owner, _initials(syllables)) for owner, syllables in spelt_addresses),
    )


def _spelt(texts: Sequence[str]) -> Iterator[tuple[int, Syllables]]:
    """Every spelling of each; none of what is written in Latin letters already."""
    return (
        (owner, syllables)
        for owner, text in enumerate(texts)
        if not text.isascii()
        for syllables in _spellings(text)
    )


_spellings = lru_cache(maxsize=4096)(spellings)  # places on one street, rooms of one name


def _initials(syllables: Syllables) -> str:
    return "".join(syllable[:1] for syllable in syllables)


def _holds(place: Place, words: Sequence[str]) -> bool:
    return all(any(word in text for text in _texts(place, word)) for word in words)


def _texts(place: Place, word: str) -> Iterator[str]:
    """Where a word may stand; spelt only if it is typed in Latin letters."""
    for text in map(plain, (place.name, place.address, place.areas)):
        yield text
        if word.isascii() and not text.isascii():
            yield from map("".join, _spellings(text))


def _lies_in(place: Place, district: str | None) -> bool:
    from geo.districts import is_within  # brings outlines along, which most questions don't need

    return district is None or (place.district is not None and is_within(place.district, district))


def _ways(typed: str) -> Iterator[list[str]]:
    """What may be meant, as words that must all be there: the whole, its words, then less and less of it."""
    typed = typed[:LONGEST]
    whole = plain(typed)
    if not whole:
        return
    yield [whole]
    words = [word for word in map(plain, typed.split()) if word][:_MOST_WORDS]
    if len(words) > 2 and _LATIN.fullmatch(whole):  # syllable by syllable: “quan cheng lu lixia”
        yield from (["".join(words[:at]), "".join(words[at:])] for at in range(1, len(words)))
    if len(words) > 1:
        yield words
    parts = [part for word in words for part in _parts(word)]
    if len(parts) > len(words):
        yield parts
    street = [part for part in (_HOUSE.sub("", part) for part in parts) if part]
    if street and street != parts:
        yield street


def _parts(word: str) -> list[str]:
    """“济南市历下区泉城路” in its areas and the rest."""
    areas = list(_AREA.finditer(word))
    end = areas[-1].end() if areas else 0
    return [part for part in (*(area.group() for area in areas), word[end:]) if part]
