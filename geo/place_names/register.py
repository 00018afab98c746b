"""Text search for places, by name, address and district, typed in Hanzi, pinyin or pinyin initials."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from heapq import merge
from itertools import chain, islice, takewhile
from typing import Literal, NamedTuple

from geo.place_names.fuzzy import find_with_one_wrong
from geo.place_names.pinyin import Syllables, pinyin_spellings
from geo.place_names.query_words import (
    HANZI,
    LATIN,
    AreaNames,
    normalize_text,
    normalize_texts,
    read_words,
)
from geo.place_names.text_index import TextIndex, TextLookup

_MOST_LOOKED_AT = 5_000  # candidate places per word, where a query has several words
_CITY_DIGITS = 4

PlaceKey = tuple[str, str]  # kind and id


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """A station or district that can be found. *CRS*: ``lon``, ``lat`` are WGS84; None where unknown.

    ``id`` is a station's, or the code of a district, a city or a province. ``areas`` are the names of
    the areas in which it lies; ``zones`` are functional zones (高新区), of which no outlines exist: the one
    that a station's register names, or those that lie in a district. ``count`` is how many stations a
    district has.
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
    zones: str = ""

    @property
    def key(self) -> PlaceKey:
        return self.kind, self.id

    @property
    def city(self) -> str:
        """The prefix of the district's code that identifies the city; empty where it is not known."""
        return (self.district or "")[:_CITY_DIGITS]

    @property
    def order(self) -> tuple[bool, str, str]:
        """The sort key: districts first, by code; then stations by name."""
        return self.kind == "station", "" if self.kind == "district" else self.name, self.id


class PlaceMatch(NamedTuple):
    """A place with its rank: a smaller rank is likelier.

    ``called`` is true where the name of the place begins with the query.
    """

    rank: int
    called: bool
    place: NamedPlace


@dataclass(frozen=True, slots=True)
class _TextIndexes:
    """Indexes of the names and addresses of the same places: as written, in pinyin, and as initials."""

    names: TextIndex
    names_spelt: TextIndex
    names_initials: TextIndex
    addresses: TextIndex
    addresses_spelt: TextIndex
    addresses_initials: TextIndex
    ids: TextIndex


# The ways in which a query may match a place, the likeliest first.
_BY_WRITING: Sequence[tuple[str, TextLookup]] = (
    ("ids", TextIndex.find_exact),
    ("names", TextIndex.find_exact),
    ("names", TextIndex.find_prefix),
    ("names", TextIndex.find_substring),
    ("addresses", TextIndex.find_prefix),
    ("addresses", TextIndex.find_substring),
)
_BY_TYPING: Sequence[tuple[str, TextLookup]] = (
    ("ids", TextIndex.find_exact),
    ("names", TextIndex.find_exact),
    ("names_spelt", TextIndex.find_exact),
    ("names", TextIndex.find_prefix),
    ("names_spelt", TextIndex.find_prefix),
    ("names_initials", TextIndex.find_prefix),
    ("names", TextIndex.find_substring),
    ("names_spelt", TextIndex.find_substring),
    ("names_initials", TextIndex.find_substring),
    ("addresses", TextIndex.find_substring),
    ("addresses_spelt", TextIndex.find_substring),
    ("addresses_initials", TextIndex.find_substring),
    ("ids", TextIndex.find_prefix),
)
# Where nothing is written like the query: the same syllables in other characters, or one wrong character.
_BY_LIKENESS: Sequence[tuple[str, TextLookup]] = (
    ("names", find_with_one_wrong),
    ("addresses", find_with_one_wrong),
)
_BY_SOUND: Sequence[tuple[str, TextLookup]] = (
    ("names_spelt", TextIndex.find_exact),
    ("names_spelt", TextIndex.find_prefix),
    ("names_spelt", TextIndex.find_substring),
    ("addresses_spelt", TextIndex.find_substring),
)


class PlaceIndex:
    """An immutable index of places for text search."""

    __slots__ = ("_gone", "_more", "_places", "_shelves")

    def __init__(
        self,
        places: Sequence[NamedPlace],
        shelves: _TextIndexes,
        gone: Collection[PlaceKey] = frozenset(),
        more: "PlaceIndex | None" = None,
    ) -> None:
        """Use `build`.

        ``gone`` are the keys of places that were removed or replaced; ``more`` indexes what was added
        since.
        """
        self._places = places
        self._shelves = shelves
        self._gone = gone
        self._more = more

    @classmethod
    def build(cls, places: Iterable[NamedPlace]) -> "PlaceIndex":
        """Build an index of places; places that share kind and id are all found."""
        in_order = sorted(places, key=lambda place: place.order)
        return cls(in_order, _build_indexes(in_order))

    def with_changes(
        self, added_or_changed: Iterable[NamedPlace], removed: Collection[PlaceKey] = ()
    ) -> "PlaceIndex":
        """Return an index with some places replaced, added or removed.

        It gives the same answers as one that is built anew.
        """
        later = {} if self._more is None else {place.key: place for place in self._more._places}
        changed = {place.key: place for place in added_or_changed}
        left = [place for key, place in later.items() if key not in changed and key not in removed]
        gone = {*self._gone, *removed, *changed}
        return PlaceIndex(self._places, self._shelves, gone, PlaceIndex.build([*left, *changed.values()]))

    @property
    def change_count(self) -> int:
        """How many places have changed since the whole index was built."""
        return len(self._gone)

    def search(self, typed: str, limit: int = 10, district: str | None = None) -> list[NamedPlace]:
        """Return the likeliest places: by name, beginning of a name, initials, part of a name, address.

        Spaces and punctuation are ignored. Where nothing matches the whole query, each of its words is
        searched for, then the same without the house number. ``district``: the code of a district, city
        or province, outside which no place is returned.
        """
        return [found.place for found in islice(self.iter_matches(typed, district), max(0, limit))]

    def iter_matches(self, typed: str, district: str | None = None) -> Iterator[PlaceMatch]:
        """Yield the matches of `search` one by one, with their ranks."""
        for rank in (self._ranked, self._ranked_by_likeness):
            for words in read_words(typed, self._area_names()):
                found = self._of(words, district, rank)
                first = next(found, None)
                if first is not None:
                    return chain((first,), found)
        return iter(())

    def _area_names(self) -> Callable[[], AreaNames]:
        """Return a function that gives the names of the areas."""
        return cache(lambda: AreaNames.of(place.name for place in self.districts))

    @property
    def districts(self) -> Iterator[NamedPlace]:
        """Districts, cities and provinces, as they were when the whole index was built."""
        return takewhile(lambda place: place.kind == "district", self._places)

    def _of(
        self, words: Sequence[str], district: str | None, rank_word: "_WordRanking"
    ) -> Iterator[PlaceMatch]:
        """Yield each place that holds all the words once, the likeliest first."""
        seen: set[PlaceKey] = set()
        for turn, word in enumerate(sorted(words, key=len, reverse=True)):
            others = [other for other in words if other is not word]
            for rank, called, place in islice(rank_word(word), _MOST_LOOKED_AT if others else None):
                if place.key in seen:
                    continue
                seen.add(place.key)
                if _lies_in(place, district) and _holds(place, others):
                    yield PlaceMatch(turn * len(_BY_TYPING) + rank, called, place)

    def _ranked(self, word: str) -> Iterator[tuple[int, bool, NamedPlace]]:
        return self._by(word, _BY_TYPING if LATIN.fullmatch(word) else _BY_WRITING)

    def _ranked_by_likeness(self, word: str) -> Iterator[tuple[int, bool, NamedPlace]]:
        """Rank by sound (全城路 for 泉城路), then with one wrong character; only words of Hanzi."""
        if not HANZI.fullmatch(word):
            return iter(())
        spelt = (self._by("".join(syllables), _BY_SOUND) for syllables in pinyin_spellings(word))
        return chain(chain.from_iterable(spelt), self._by(word, _BY_LIKENESS))

    def _by(
        self, word: str, ways: Sequence[tuple[str, TextLookup]]
    ) -> Iterator[tuple[int, bool, NamedPlace]]:
        for rank, (shelf, look) in enumerate(ways):
            called = look is not TextIndex.find_substring and shelf.startswith("names")
            for place in merge(*self._on(shelf, look, word), key=lambda place: place.order):
                yield rank, called, place

    def _on(self, shelf: str, look: TextLookup, word: str) -> Iterator[Iterator[NamedPlace]]:
        yield self._still_there(look(getattr(self._shelves, shelf), word))
        if self._more is not None:
            yield from self._more._on(shelf, look, word)

    def _still_there(self, numbers: Iterator[int]) -> Iterator[NamedPlace]:
        for number in numbers:
            place = self._places[number]
            if place.key not in self._gone:
                yield place


_WordRanking = Callable[[str], Iterator[tuple[int, bool, NamedPlace]]]


def _build_indexes(places: Sequence[NamedPlace]) -> _TextIndexes:
    names = normalize_texts(place.name for place in places)
    addresses = _searched_addresses(places)
    spelt_names = list(_spelt(names))
    spelt_addresses = list(_spelt(addresses))
    return _TextIndexes(
        TextIndex.from_texts(enumerate(names)),
        TextIndex.from_parts(spelt_names),
        TextIndex.from_texts((owner, _initials(syllables)) for owner, syllables in spelt_names),
        TextIndex.from_texts(enumerate(addresses)),
        TextIndex.from_parts(spelt_addresses),
        TextIndex.from_texts((owner, _initials(syllables)) for owner, syllables in spelt_addresses),
        TextIndex.from_texts(enumerate(normalize_texts(place.id for place in places))),
    )


def _searched_addresses(places: Sequence[NamedPlace]) -> list[str]:
    """Return the addresses with the functional zone in front; of a district only its zones are searched."""
    zones = normalize_texts(place.zones for place in places)
    addresses = normalize_texts(place.address if place.kind == "station" else "" for place in places)
    return [
        address if zone in address else zone + address for zone, address in zip(zones, addresses, strict=True)
    ]


def _spelt(texts: Sequence[str]) -> Iterator[tuple[int, Syllables]]:
    """Yield every spelling of each text, except texts that are in Latin letters already."""
    return (
        (owner, syllables)
        for owner, text in enumerate(texts)
        if not text.isascii()
        for syllables in _spellings(text)
    )


_spellings = lru_cache(maxsize=4096)(
    pinyin_spellings
)  # places on one street, or rooms with one name, share their texts


def _initials(syllables: Syllables) -> str:
    return "".join(syllable[:1] for syllable in syllables)


def _holds(place: NamedPlace, words: Sequence[str]) -> bool:
    return all(any(word in text for text in _texts(place, word)) for word in words)


def _texts(place: NamedPlace, word: str) -> Iterator[str]:
    """Yield the texts of a place that may contain a word, and for a word in Latin letters their spellings."""
    for text in map(normalize_text, (place.name, place.address, place.areas, place.zones)):
        yield text
        if word.isascii() and not text.isascii():
            yield from map("".join, _spellings(text))


def _lies_in(place: NamedPlace, district: str | None) -> bool:
    from geo.districts import is_code_within  # imports shapely, which most queries don't need

    return district is None or (place.district is not None and is_code_within(place.district, district))
