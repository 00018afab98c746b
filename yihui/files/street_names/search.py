"""Search the names of a street extract by typed text: a name, a house number of a road, or two roads that cross."""

from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from itertools import islice, takewhile
from math import cos, hypot, radians

from geo.districts import is_code_within
from geo.place_names.kinds import KIND_ORDER, StreetKind
from geo.place_names.matching import NameMatch, list_ways_by_likeness, list_ways_by_typing
from geo.place_names.query_words import normalize_text, read_words
from geo.place_names.text import strip_signs
from geo.place_names.tokens import area_token, kind_token
from geo.place_names.typed import (
    SHORTEST_BESIDE,
    TypedHouse,
    is_generic_word,
    read_compound,
    read_crossings,
    read_house_in_hanzi,
    read_houses,
    read_places_beside,
    read_road_before_number,
    read_road_mouth,
)
from yihui.files.street_names.area_words import AreaWords, list_area_words
from yihui.files.street_names.reading import (
    Area,
    NamesFile,
    Point,
    StoredHouse,
    StoredPlace,
)

_RINGS = (0.02, 0.08, 0.3)  # degrees of a meridian: 2, 9 and 33 km around the user, looked through in turn
_MOST_EACH = 300  # matches that are looked at in each range of numbers
_MOST_LOADED = 600  # matches of one way of matching that are read
_METRES = 111_195.0  # of a degree of a meridian
_KIND_M = 300.0  # metres that a place of the next kind must be nearer to come first, but for whole names
_MOST_FAR = 2  # places of just this name but far away, before near ones of which it is only a part
_ROADS_OF_NAME = 40  # roads of one name that are looked through for a house number or a crossing
_NEAR_NUMBER = 20  # a known number so far from the one asked for is shown in its place
_MOST_CROSSINGS = 8  # ways to read a text as two roads that are tried
ALIKE = 10  # the rank of what only sounds or looks like the text; further ranks follow


@dataclass(frozen=True, slots=True)
class FoundName:
    """A place found by its name. *CRS*: WGS84. *Units*: ``distance_m`` from the user, None without her place.

    ``rank`` is 0 where the whole name was typed, and grows as the match gets looser; from `ALIKE` on the name only
    sounds or looks like the text. ``asked_number`` is the house number that was typed where only another one nearby,
    or none, is known. ``number`` is the place's in the file, 0 for a house or a crossing.
    """

    kind: StreetKind
    name: str
    lon: float
    lat: float
    area: Area | None
    rank: int
    distance_m: float | None = None
    asked_number: str = ""
    number: int = 0

    @property
    def id(self) -> str:
        """What the place is called in lists; it holds until the extract is read anew."""
        return f"{self.kind.value}:{self.lon:.5f},{self.lat:.5f}"


def search_names(
    names: NamesFile, typed: str, limit: int = 10, near: Point | None = None, district: str | None = None
) -> list[FoundName]:
    """Return the likeliest places for a text; those around ``near`` first. *CRS*: WGS84.

    ``district``: the code of a district, city or province, outside which nothing is returned.
    """
    search = _Search(names, limit, near, district)
    houses = read_houses(typed)
    special = next(filter(None, map(search.houses, houses)), [])
    nearby: list[FoundName] = []  # of a number in Hanzi, which may also begin a name: 长江路八号公馆
    if not houses and (house := read_house_in_hanzi(typed)) is not None:
        nearby = search.houses(house)
        special = [one for one in nearby if one.kind is StreetKind.HOUSE and not one.asked_number]
    special = special or search.crossings(typed)
    mouth = read_road_mouth(typed)
    special = special or ([] if mouth is None else search.roads(mouth))
    # A name may hold a number, or the word that joins two roads: 泉城路8号院, 和平路.
    found = [*(search.whole(typed) if special else ()), *special]
    if not houses or not found:
        found += search.names(typed)
    found += nearby
    return list({(one.kind, one.id): one for one in reversed(found)}.values())[::-1][: max(0, limit)]


@dataclass
class _Search:
    names_file: NamesFile
    limit: int
    near: Point | None
    district: str | None
    only: StreetKind | None = None
    keeps_numbers: bool = False  # whether a road is looked for with the numbers in its name only
    _roads: dict[str, list[FoundName]] = field(default_factory=dict)
    _numbers: dict[str, Sequence[int]] = field(
        default_factory=dict
    )  # several ways differ by their check alone

    def names(self, typed: str) -> list[FoundName]:
        """Return places by name: as typed, then the road before a number, then by sound, then with a slip."""
        for start, ways_of in ((0, list_ways_by_typing), (ALIKE, list_ways_by_likeness)):
            for words in read_words(typed, lambda: self._area_words.names):
                areas, parts = self._split(words)
                found = self._found(ways_of(parts), areas, start) if parts else []
                if found:
                    return found
            road = read_road_before_number(typed) if start == 0 else None
            if road is not None and (roads := self.roads(road)):
                return roads
            if start == 0 and (found := self.beside(typed)):
                return found
        return self.compound(typed)

    def beside(self, typed: str) -> list[FoundName]:
        """Return the places of just the name beside which a text says to be; the text names none of them whole."""
        for beside in read_places_beside(typed):
            if found := [one for one in self._named(beside) if one.kind is not StreetKind.TOWNSHIP]:
                return found
        return []

    def compound(self, typed: str) -> list[FoundName]:
        """Return what is called so without 小区 or 社区. A road of that name is something else."""
        name = read_compound(typed)
        return [] if name is None else [one for one in self._named(name) if one.kind is not StreetKind.ROAD]

    def _named(self, typed: str) -> list[FoundName]:
        """Return the places of just a name, with its area or without, as if a part of it had been typed."""
        for words in read_words(typed, lambda: self._area_words.names):
            areas, parts = self._split(words)
            if len(parts) == 1 and len(parts[0]) >= SHORTEST_BESIDE:
                found = self._found(list_ways_by_typing(parts)[:1], areas, 1)
                if found:
                    return found
        return []

    def whole(self, typed: str) -> list[FoundName]:
        """Return the places of just this name."""
        key = strip_signs(normalize_text(typed))
        return self._found(list_ways_by_typing([key])[:1], [], 0) if key else []

    def _split(self, words: Sequence[str]) -> tuple[list[frozenset[str]], list[str]]:
        """Return the codes of the areas that were typed beside a name, and the words of the name, if it has any."""
        kept = [word for word in map(strip_signs, words) if word]
        if len(kept) < 2:
            return [], kept
        by_name = self._area_words.codes
        areas = [by_name[word] for word in kept if word in by_name]
        parts = [word for word in kept if word not in by_name]
        # 南京路 is no road of any name in Nanjing.
        return (areas, []) if areas and all(map(is_generic_word, parts)) else (areas, parts)

    @cached_property
    def _area_words(self) -> AreaWords:
        return list_area_words(tuple(self.names_file.areas))

    @cached_property
    def _rings(self) -> "list[_Ring]":
        return [] if self.near is None else [_Ring(self.names_file, self.near, reach) for reach in _RINGS]

    def _found(
        self, ways: Sequence[Sequence[NameMatch]], areas: Sequence[frozenset[str]], start: int
    ) -> list[FoundName]:
        """Return the places that match in the first ways in which enough do, ranked from ``start`` on."""
        near: list[FoundName] = []
        far: list[FoundName] = []
        seen: set[int] = set()
        looked_up = cache(lambda at: [self._look_up(way, areas) for way in ways[at]])
        for at in range(len(ways) if self._rings else 0):
            near += self._around(looked_up(at), start + at, areas, seen)
            if len(near) >= self.limit:
                break
        for at in range(len(ways)):
            if len(near) + len(far) >= self.limit and at > 0:
                break
            found = [
                place
                for one in looked_up(at)
                for place in self._load(one, one.numbers, start + at, areas, seen)
            ]
            far += sorted(found, key=_order)
        return _merged(near, far, self.limit, start)

    def _look_up(self, way: NameMatch, areas: Sequence[frozenset[str]]) -> "_Lookup":
        """Look one way of matching up in the whole file; where too many match, in the surroundings later on."""
        any_of = [{area_token(code) for code in codes} for codes in areas]
        must = [] if self.district is None else [(area_token(self.district), False)]
        must += [] if self.only is None else [(kind_token(self.only), False)]
        tokens = [*way.tokens, *must]
        key = f"{tokens} {any_of}"
        if key not in self._numbers:
            self._numbers[key] = self.names_file.find(tokens, _MOST_LOADED + 1, any_of=any_of)
        numbers = self._numbers[key]
        return _Lookup(way, tokens, any_of, numbers[:_MOST_LOADED], len(numbers) <= _MOST_LOADED)

    def _around(
        self, lookups: "Sequence[_Lookup]", rank: int, areas: Sequence[frozenset[str]], seen: set[int]
    ) -> list[FoundName]:
        """Return the places around the user; of very many the nearest, from ring to ring until there are enough."""
        found: list[FoundName] = []
        for one in lookups:
            if one.is_whole:
                found += self._load(one, self._rings[-1].select(one.numbers), rank, areas, seen)
                continue
            for ring in self._rings:
                numbers = self.names_file.find(one.tokens, _MOST_EACH, ring.ranges, one.any_of)
                found += self._load(one, numbers, rank, areas, seen)
                if sum((place.distance_m or 0) <= ring.reach_m for place in found) >= self.limit:
                    break
        return sorted(found, key=_order)

    def _load(
        self,
        lookup: "_Lookup",
        numbers: Sequence[int],
        rank: int,
        areas: Sequence[frozenset[str]],
        seen: set[int],
    ) -> list[FoundName]:
        """Return the places of some numbers that match indeed, each once."""
        found = []
        check = lookup.way.check
        for place in self.names_file.load([one for one in numbers if one not in seen][:_MOST_LOADED]):
            if check is None or check(place.keys):
                seen.add(place.id)
                found.append(self._result(place, rank, areas))
        return found

    def _result(self, place: StoredPlace, rank: int, areas: Sequence[frozenset[str]]) -> FoundName:
        """Return a place; of a road the point nearest to the user, within the areas that were asked for."""
        lon, lat, area = place.lon, place.lat, None
        if place.samples is not None and (self.near or self.district or areas):
            inside = self._numbers_in(areas)
            lon, lat, area = (place if inside is None else place.parts_in(inside)).nearest_point(self.near)
        where = place.area if area is None else self.names_file.area(area)
        distance = self._distance(lon, lat)
        return FoundName(place.kind, place.name, lon, lat, where, rank, distance, number=place.id)

    def _numbers_in(self, areas: Sequence[frozenset[str]]) -> list[int] | None:
        """Return the numbers of the districts that were asked for; None if all are."""
        if self.district is None and not areas:
            return None
        return [
            number
            for number, area in enumerate(self.names_file.areas)
            if self._is_asked_for(area.code, areas)
        ]

    def _is_asked_for(self, code: str | None, areas: Sequence[frozenset[str]] = ()) -> bool:
        if self.district is not None and (code is None or not is_code_within(code, self.district)):
            return False
        return all(code in codes for codes in areas)

    def _distance(self, lon: float, lat: float) -> float | None:
        if self.near is None:
            return None
        east = (lon - self.near[0]) * cos(radians(self.near[1]))
        return hypot(east, lat - self.near[1]) * _METRES

    def roads(self, typed: str) -> list[FoundName]:
        """Return the roads of just this name, by writing or by sound; ``typed`` may name their area too."""
        if typed not in self._roads:
            self._roads[typed] = replace(self, only=StreetKind.ROAD, limit=_ROADS_OF_NAME)._roads_of(typed)
        return self._roads[typed]

    def _roads_of(self, typed: str) -> list[FoundName]:
        digits = _count_digits(typed) if self.keeps_numbers else 0
        for words in read_words(typed, lambda: self._area_words.names):
            areas, parts = self._split(words)
            if len(parts) != 1 or _count_digits("".join(words)) < digits:
                continue
            for start, ways in ((0, list_ways_by_typing(parts)), (ALIKE, list_ways_by_likeness(parts))):
                found = self._found(ways[:1], areas, start)
                if found:
                    return found
        return []

    def houses(self, house: TypedHouse) -> list[FoundName]:
        """Return the house on the roads of the name; where the number is not known, one nearby, then the road."""
        exact, others = [], []
        # House 6 of 长治路27弄 is not house 6 of 长治路.
        roads = replace(self, keeps_numbers=True, _roads={}).roads(house.road)
        for road in roads:
            known = [one for one in self.names_file.houses(road.number) if self._is_house_asked_for(one)]
            same = [one for one in known if one.number == house.number]
            exact += [self._house(road, one, "") for one in same]
            closest = None if same else _closest(known, house.number)
            if closest is not None:
                others.append(self._house(road, closest, house.number))
        if not exact and not others:
            others = [replace(road, asked_number=house.number, rank=road.rank + 1) for road in roads]
        return [*sorted(exact, key=_order), *sorted(others, key=_order)]

    def _is_house_asked_for(self, house: StoredHouse) -> bool:
        return self._is_asked_for(house.area.code if house.area else None)

    def _house(self, road: FoundName, house: StoredHouse, asked: str) -> FoundName:
        name = f"{road.name}{house.number}号"
        distance = self._distance(house.lon, house.lat)
        return FoundName(
            StreetKind.HOUSE, name, house.lon, house.lat, house.area, road.rank + bool(asked), distance, asked
        )

    def crossings(self, typed: str) -> list[FoundName]:
        """Return the crossings of the two roads that a text names; none if it names no two roads that cross."""
        for first, second in islice(_both_ways(typed), _MOST_CROSSINGS):
            roads, others = self._roads_by_key(first), self._roads_by_key(second)
            found = [
                FoundName(
                    StreetKind.CROSSING,
                    f"{one.first_name}与{one.second_name}路口",
                    *(one.lon, one.lat, one.area, max(rank, other_rank), self._distance(one.lon, one.lat)),
                )
                for key, rank in roads.items()
                for other, other_rank in others.items()
                for one in self.names_file.crossings(key, other)
                if self._is_asked_for(one.area.code if one.area else None)
            ]
            if found:
                return sorted(found, key=_order)
        return []

    def _roads_by_key(self, typed: str) -> dict[str, int]:
        """Return the names of roads that a text may mean, as they are compared, with their ranks."""
        return {strip_signs(normalize_text(one.name)): one.rank for one in reversed(self.roads(typed))}


@dataclass(frozen=True)
class _Ring:
    """The surroundings of a point."""

    names_file: NamesFile
    near: Point
    reach: float

    @cached_property
    def ranges(self) -> Sequence[tuple[int, int]]:
        return self.names_file.ranges_around(self.near, self.reach)

    @property
    def reach_m(self) -> float:
        return self.reach * _METRES

    def select(self, numbers: Sequence[int]) -> list[int]:
        """Return those of ascending numbers that lie in the ranges."""
        return [
            number
            for first, last in self.ranges
            for number in numbers[bisect_left(numbers, first) : bisect_left(numbers, last + 1)]
        ]


@dataclass(frozen=True, slots=True)
class _Lookup:
    """What one way of matching finds in the whole file: ``numbers`` are all of them where ``is_whole``."""

    way: NameMatch
    tokens: Sequence[tuple[str, bool]]
    any_of: Sequence[Collection[str]]
    numbers: Sequence[int]
    is_whole: bool


def _both_ways(typed: str) -> Iterator[tuple[str, str]]:
    yield from read_crossings(typed)
    words = typed.split()
    if len(words) == 2:  # two roads in Latin letters: quanchenglu furongjie
        yield words[0], words[1]


def _order(found: FoundName) -> tuple[float, float, int, str]:
    """Return the sort key: of whole names by kind, then by distance; of others by distance, kinds weighing little."""
    kind, distance = KIND_ORDER[found.kind], 0.0 if found.distance_m is None else found.distance_m
    if found.rank == 0:
        return kind, distance, len(found.name), found.name
    return distance + kind * _KIND_M, kind, len(found.name), found.name


def _merged(near: Sequence[FoundName], far: Sequence[FoundName], limit: int, start: int) -> list[FoundName]:
    """Put what is near first, but keep room for the few far places of just this name."""
    named = [one for one in near if one.rank == start]
    parts = [one for one in near if one.rank > start]
    called = [one for one in far if one.rank == start]
    kept = min(len(called), _MOST_FAR)
    head = [*named, *parts[: max(0, limit - len(named) - kept)], *called]
    return [*head, *parts[max(0, limit - len(named) - kept) :], *(one for one in far if one.rank > start)]


def _closest(known: Sequence[StoredHouse], number: str) -> StoredHouse | None:
    """Return the house whose number is closest to the one asked for; the same side of the road first."""
    asked = _whole(number)
    in_reach = [one for one in known if abs(_whole(one.number) - asked) <= _NEAR_NUMBER]
    return min(
        in_reach,
        key=lambda one: (
            (_whole(one.number) - asked) % 2,
            abs(_whole(one.number) - asked),
            one.number,
        ),
        default=None,
    )


def _count_digits(text: str) -> int:
    return sum(map(str.isdigit, text))


def _whole(number: str) -> int:
    """Return the first digits of a house number: 18 of 18-1, 20 of 甲20."""
    return int("".join(takewhile(str.isdigit, number.lstrip("甲乙丙丁"))))
