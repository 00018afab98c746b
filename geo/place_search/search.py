"""Text search for places, by name, address and district, typed in Hanzi, pinyin or pinyin initials."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from heapq import merge
from itertools import chain, islice, takewhile
from math import cos, radians
from typing import Literal, NamedTuple

from geo.place_search.pinyin import Syllables, pinyin_spellings
from geo.place_search.text_index import TextIndex, TextLookup

MAX_QUERY_CHARS = 200  # further characters of a query are ignored
_MOST_LOOKED_AT = 5_000  # candidate places per word, where a query has several words
_MOST_WORDS = 6
_CITY_DIGITS = 4
_IGNORED = re.compile(r"[\s·•,，.。、;；:：!！?？'’‘\"“”()（）\[\]【】<>《》/\\|_\-–—]+")
_LATIN = re.compile(r"[a-z0-9]+")
_HOUSE = re.compile(r"(?<=[一-鿿])[0-9a-z]+(号|弄|巷|栋|幢|楼|室|单元).*")
_AREA = re.compile(r"[^省市区县旗州盟]{1,7}?(?:特别行政区|自治区|自治州|省|市|区|县|旗|盟)")

PlaceKey = tuple[str, str]  # kind and id
Point = tuple[float, float]

_MOST_AROUND = 100  # matches of the cities around that are sorted by distance
_MOST_CALLED = 3  # districts with a matching name that come before all stations
_EDGE = 0.3  # degrees of a meridian, 33 km: near a city's edge a district of another city may be nearer


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """A station or district that can be found. *CRS*: ``lon``, ``lat`` are WGS84; None where unknown.

    ``id`` is a station's, or the code of a district, a city or a province. ``areas`` are the names of
    the areas in which it lies; ``count`` is how many stations a district has.
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


# The ways in which a query may match a place, the likeliest first.
_BY_WRITING: Sequence[tuple[str, TextLookup]] = (
    ("names", TextIndex.find_exact),
    ("names", TextIndex.find_prefix),
    ("names", TextIndex.find_substring),
    ("addresses", TextIndex.find_prefix),
    ("addresses", TextIndex.find_substring),
)
_BY_TYPING: Sequence[tuple[str, TextLookup]] = (
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
        for words in _ways(typed):
            found = self._of(words, district)
            first = next(found, None)
            if first is not None:
                return chain((first,), found)
        return iter(())

    @property
    def districts(self) -> Iterator[NamedPlace]:
        """Districts, cities and provinces, as they were when the whole index was built."""
        return takewhile(lambda place: place.kind == "district", self._places)

    def _of(self, words: Sequence[str], district: str | None) -> Iterator[PlaceMatch]:
        """Yield each place that holds all the words once, the likeliest first."""
        seen: set[PlaceKey] = set()
        for turn, word in enumerate(sorted(words, key=len, reverse=True)):
            others = [other for other in words if other is not word]
            for rank, called, place in islice(self._ranked(word), _MOST_LOOKED_AT if others else None):
                if place.key in seen:
                    continue
                seen.add(place.key)
                if _lies_in(place, district) and _holds(place, others):
                    yield PlaceMatch(turn * len(_BY_TYPING) + rank, called, place)

    def _ranked(self, word: str) -> Iterator[tuple[int, bool, NamedPlace]]:
        for rank, (shelf, look) in enumerate(_BY_TYPING if _LATIN.fullmatch(word) else _BY_WRITING):
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


def search_near(finder: PlaceIndex, typed: str, near: Point, limit: int = 10) -> list[NamedPlace]:
    """Search as `PlaceIndex.search`, with the places nearest to the user first.

    The order is: a few districts whose name matches, the nearest first; then the places of the cities
    around, by rank and then by distance; then all others. *CRS*: ``near`` is lon, lat in WGS84.
    """
    cities = _cities_around(finder, near)
    called: list[PlaceMatch] = []
    around: list[PlaceMatch] = []
    others: list[PlaceMatch] = []
    for found in finder.iter_matches(typed):
        if found.called and found.place.kind == "district":
            called.append(found)
        elif found.place.city in cities:
            around.append(found)
        elif len(others) < limit:
            others.append(found)
        if len(around) == _MOST_AROUND:
            break
    called.sort(key=lambda one: _order(one, near))
    around.sort(key=lambda one: _order(one, near))
    found_all = [*called[:_MOST_CALLED], *around, *called[_MOST_CALLED:], *others]
    return [found.place for found in found_all[: max(0, limit)]]


def _cities_around(finder: PlaceIndex, near: Point) -> frozenset[str]:
    districts = [place for place in finder.districts if not place.id.endswith("00")]
    nearest = min(districts, key=lambda place: _apart(place, near), default=None)
    edge = [place for place in districts if _apart(place, near) <= _EDGE**2]
    return frozenset(place.city for place in (nearest, *edge) if place is not None)


def _order(found: PlaceMatch, near: Point) -> tuple[int, float]:
    return found.rank, _apart(found.place, near)


def _apart(place: NamedPlace, near: Point) -> float:
    """Return a distance that is good enough to sort by: squared degrees of a meridian."""
    if place.lon is None or place.lat is None:
        return float("inf")
    lon, lat = near
    east = (place.lon - lon + 180) % 360 - 180
    return float((east * cos(radians(lat))) ** 2 + (place.lat - lat) ** 2)


def normalize_text(text: str) -> str:
    """Normalise a text for comparison: no spaces, punctuation, capitals or full-width letters."""
    return _IGNORED.sub("", unicodedata.normalize("NFKC", text).casefold()).replace("ü", "v")


def _build_indexes(places: Sequence[NamedPlace]) -> _TextIndexes:
    names = [normalize_text(place.name) for place in places]
    addresses = [normalize_text(place.address) if place.kind == "station" else "" for place in places]
    spelt_names = list(_spelt(names))
    spelt_addresses = list(_spelt(addresses))
    return _TextIndexes(
        TextIndex.from_texts(enumerate(names)),
        TextIndex.from_parts(spelt_names),
        TextIndex.from_texts((owner, _initials(syllables)) for owner, syllables in spelt_names),
        TextIndex.from_texts(enumerate(addresses)),
        TextIndex.from_parts(spelt_addresses),
        TextIndex.from_texts((owner, _initials(syllables)) for owner, syllables in spelt_addresses),
    )


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
    for text in map(normalize_text, (place.name, place.address, place.areas)):
        yield text
        if word.isascii() and not text.isascii():
            yield from map("".join, _spellings(text))


def _lies_in(place: NamedPlace, district: str | None) -> bool:
    from geo.districts import is_code_within  # imports shapely, which most queries don't need

    return district is None or (place.district is not None and is_code_within(place.district, district))


def _ways(typed: str) -> Iterator[list[str]]:
    """Yield readings of a query, each as words that must all match.

    The whole query comes first, then its words, then fewer and fewer parts of it.
    """
    typed = typed[:MAX_QUERY_CHARS]
    whole = normalize_text(typed)
    if not whole:
        return
    yield [whole]
    words = [word for word in map(normalize_text, typed.split()) if word][:_MOST_WORDS]
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
    """Split “济南市历下区泉城路” into its areas and the rest."""
    areas = list(_AREA.finditer(word))
    end = areas[-1].end() if areas else 0
    return [part for part in (*(area.group() for area in areas), word[end:]) if part]
