"""Search the names of a street extract by typed text: a name, a house number of a road, or two roads that cross."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import chain, islice, takewhile
from math import cos, hypot, radians

from core.pinyin import pinyin_spellings
from geo.place_names.kinds import KIND_ORDER, StreetKind
from geo.place_names.matching import (
    REACHES_DEG,
    NameMatch,
    area_token,
    kind_token,
    list_squares_around,
    list_ways_by_likeness,
    list_ways_by_typing,
)
from geo.place_names.query_words import AreaNames, name_key, read_words, strip_signs
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
from yihui.files.street_names.reading import NamesFile, StoredPoint
from yihui.files.street_names.schema import Area, Point, StoredPlace

_MOST_EACH = 300  # matches that are looked at in each square
_MOST_LOADED = 600  # matches of one way of matching that are read
_METRES = 111_195.0  # of a degree of a meridian
_NEAR_M = REACHES_DEG[-1] * _METRES
_KIND_M = 300.0  # metres that a place of the next kind must be nearer to come first, but for whole names
_FAR_SHARE = 4  # one of so many may be a far place of just this name, before near ones of longer names
_MOST_AREAS = 3  # districts with a matching name that come before everything around
_ROADS_OF_NAME = 40  # roads of one name that are looked through for a house number or a crossing
_NEAR_NUMBER = 20  # a known number so far from the one asked for is shown in its place
_MOST_CROSSINGS = 8  # ways to read a text as two roads that are tried
ALIKE = 10  # the rank of what only sounds or looks like the text; further ranks follow


@dataclass(frozen=True, slots=True)
class FoundName:
    """A place found by its name. *CRS*: WGS84. *Units*: ``distance_m`` from the user, None without her place.

    ``rank`` is 0 where the whole name was typed, and grows as the match gets looser; from `ALIKE` on the name only
    sounds or looks like the text. ``asked_number`` is the house number that was typed where only another one nearby,
    or none, is known. ``number`` is the place's in the file, 0 for a house or a crossing; ``ref`` that of a register.
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
    ref: str = ""

    @property
    def id(self) -> str:
        """A station's id, a district's code, or a name that holds until the extract is read anew."""
        return self.ref or f"{self.kind.value}:{self.lon:.5f},{self.lat:.5f}"


def search_names(
    names: NamesFile, typed: str, limit: int = 10, near: Point | None = None, district: str | None = None
) -> list[FoundName]:
    """Return the likeliest places for a text; those around ``near`` first. *CRS*: WGS84.

    ``district``: the code of a district, city or province, outside which nothing is returned.
    """
    search = _Search(names, limit, near, district)
    if names.has_addresses:  # a register knows no houses and no crossings
        return search.names(typed)[: max(0, limit)]
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
    _numbers: dict[str, Sequence[int]] = field(default_factory=dict)  # several ways differ by checks alone

    def names(self, typed: str) -> list[FoundName]:
        """Return places by name: as typed, then the road before a number, then by sound, then with a slip."""
        for start, ways_of in ((0, list_ways_by_typing), (ALIKE, list_ways_by_likeness)):
            for areas, parts, _ in self._read(typed):
                ways = ways_of(parts, self.names_file.has_addresses) if parts else []
                found = self._found(ways, areas, start)
                if found:
                    return found
            road = read_road_before_number(typed) if start == 0 else None
            if road is not None and (roads := self.roads(road)):
                return roads
            for beside in read_places_beside(typed) if start == 0 else ():
                if found := self._named(beside, StreetKind.TOWNSHIP):
                    return found
        # What is called so without 小区 or 社区. A road of that name is something else.
        compound = read_compound(typed)
        return [] if compound is None else self._named(compound, StreetKind.ROAD)

    def _named(self, typed: str, left_out: StreetKind) -> list[FoundName]:
        """Return the places of just a name but for those of a kind, as if a part of the name had been typed."""
        for areas, parts, _ in self._read(typed):
            if len(parts) == 1 and len(parts[0]) >= SHORTEST_BESIDE:
                found = self._found(list_ways_by_typing(parts)[:1], areas, 1)
                if found:
                    return [one for one in found if one.kind is not left_out]
        return []

    def whole(self, typed: str) -> list[FoundName]:
        """Return the places of just this name."""
        key = name_key(typed)
        return self._found(list_ways_by_typing([key])[:1], [], 0) if key else []

    def _read(self, typed: str) -> Iterator[tuple[list[frozenset[str]], list[str], str]]:
        """Yield the readings of a text: the codes of the areas beside a name, the words of the name if any, and all."""
        for words in read_words(typed, lambda: self._area_words[0]):
            kept = [word for word in map(strip_signs, words) if word]
            by_name = self._area_words[1] if len(kept) > 1 else {}
            around = [by_name[word] for word in kept if word in by_name]
            parts = [word for word in kept if word not in by_name]
            if around and not parts:
                around, parts = around[:-1], kept[-1:]
            # 南京路 is no road of any name in Nanjing.
            is_one_word = around and not self.names_file.has_addresses and all(map(is_generic_word, parts))
            yield around, [] if is_one_word else parts, "".join(words)

    @cached_property
    def _area_words(self) -> tuple[AreaNames, Mapping[str, frozenset[str]]]:
        return _list_area_words(tuple(self.names_file.areas))

    def _found(
        self, ways: Sequence[Sequence[NameMatch]], areas: Sequence[frozenset[str]], start: int
    ) -> list[FoundName]:
        """Return the places that match in the first ways in which enough do, ranked from ``start`` on."""
        near: list[FoundName] = []
        far: list[FoundName] = []
        seen: set[int] = set()
        for rank, level in enumerate(ways, start):
            found = sorted((one for way in level for one in self._match(way, rank, areas, seen)), key=_order)
            near += [one for one in found if one.distance_m is not None and one.distance_m <= _NEAR_M]
            far += [one for one in found if one.distance_m is None or one.distance_m > _NEAR_M]
            if len(near if self.near else far) >= self.limit:
                break
        return _merged(near, far, self.limit, start)

    def _match(
        self, way: NameMatch, rank: int, areas: Sequence[frozenset[str]], seen: set[int]
    ) -> list[FoundName]:
        """Return the places that match in one way; of very many those around the user, then any."""
        any_of = [{area_token(code) for code in codes} for codes in areas]
        must = [] if self.district is None else [(area_token(self.district), False)]
        must += [] if self.only is None else [(kind_token(self.only), False)]
        tokens = [*way.tokens, *must]
        key = f"{tokens} {any_of}"
        if key not in self._numbers:
            self._numbers[key] = self.names_file.find(tokens, _MOST_LOADED + 1, any_of)
        numbers, found = self._numbers[key], []
        for size, reach in enumerate(REACHES_DEG if self.near and len(numbers) > _MOST_LOADED else ()):
            for square in list_squares_around(*(self.near or (0.0, 0.0)), size):
                there = self.names_file.find([*tokens, (square, False)], _MOST_EACH, any_of)
                found += self._load(way, there, rank, areas, seen)
            if sum((one.distance_m or 0) <= reach * _METRES for one in found) >= self.limit:
                return found
        return found + self._load(way, numbers[:_MOST_LOADED], rank, areas, seen)

    def _load(
        self,
        way: NameMatch,
        numbers: Sequence[int],
        rank: int,
        areas: Sequence[frozenset[str]],
        seen: set[int],
    ) -> list[FoundName]:
        """Return the places of some numbers that match indeed, each once."""
        found = []
        for place in self.names_file.load([one for one in numbers if one not in seen]):
            texts = [*(place.keys if way.in_names else ()), *(place.addresses if way.in_addresses else ())]
            if all(check(texts) for check in way.checks):
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
        return FoundName(place.kind, place.name, lon, lat, where, rank, distance, "", place.id, place.ref)

    def _numbers_in(self, areas: Sequence[frozenset[str]]) -> list[int] | None:
        """Return the numbers of the districts that were asked for; None if all are."""
        if self.district is None and not areas:
            return None
        return [
            number for number, area in enumerate(self.names_file.areas) if self._is_asked_for(area, areas)
        ]

    def _is_asked_for(self, area: Area | None, areas: Sequence[frozenset[str]] = ()) -> bool:
        from geo.districts import is_code_within  # imports shapely, which most searches don't need

        if self.district is not None and (area is None or not is_code_within(area.code, self.district)):
            return False
        return all(area is not None and area.code in codes for codes in areas)

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
        for areas, parts, text in self._read(typed):
            if len(parts) != 1 or _count_digits(text) < digits:
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
            known = [one for one in self.names_file.houses(road.number) if self._is_asked_for(one.area)]
            same = [one for one in known if one.name == house.number]
            exact += [self._house(road, one, "") for one in same]
            closest = None if same else _closest(known, house.number)
            if closest is not None:
                others.append(self._house(road, closest, house.number))
        if not exact and not others:
            others = [replace(road, asked_number=house.number, rank=road.rank + 1) for road in roads]
        return [*sorted(exact, key=_order), *sorted(others, key=_order)]

    def _house(self, road: FoundName, house: StoredPoint, asked: str) -> FoundName:
        name = f"{road.name}{house.name}号"
        return self._point(StreetKind.HOUSE, name, house, road.rank + bool(asked), asked)

    def _point(
        self, kind: StreetKind, name: str, there: StoredPoint, rank: int, asked: str = ""
    ) -> FoundName:
        distance = self._distance(there.lon, there.lat)
        return FoundName(kind, name, there.lon, there.lat, there.area, rank, distance, asked)

    def crossings(self, typed: str) -> list[FoundName]:
        """Return the crossings of the two roads that a text names; none if it names no two roads that cross."""
        for first, second in islice(_both_ways(typed), _MOST_CROSSINGS):
            roads, others = self._roads_by_key(first), self._roads_by_key(second)
            found = [
                self._point(StreetKind.CROSSING, one.name, one, max(rank, other_rank))
                for key, rank in roads.items()
                for other, other_rank in others.items()
                for one in self.names_file.crossings(key, other)
                if self._is_asked_for(one.area)
            ]
            if found:
                return sorted(found, key=_order)
        return []

    def _roads_by_key(self, typed: str) -> dict[str, int]:
        """Return the names of roads that a text may mean, as they are compared, with their ranks."""
        return {name_key(one.name): one.rank for one in reversed(self.roads(typed))}


@lru_cache(maxsize=4)  # a site searches two files, whose areas seldom change
def _list_area_words(areas: tuple[Area, ...]) -> tuple[AreaNames, Mapping[str, frozenset[str]]]:
    """Return the names of areas, and the words with which people name them with the codes that each word means."""
    names = {area.code: {area.name, area.city, area.province} - {""} for area in areas if area.code}
    codes: dict[str, set[str]] = {}
    for code, some in names.items():
        every = AreaNames.of(some).every
        for word in every.union("".join(one) for name in every for one in pinyin_spellings(name)):
            codes.setdefault(word, set()).add(code)
    return AreaNames.of(chain.from_iterable(names.values())), {
        word: frozenset(some) for word, some in codes.items()
    }


def _both_ways(typed: str) -> Iterator[tuple[str, str]]:
    yield from read_crossings(typed)
    words = typed.split()
    if len(words) == 2:  # two roads in Latin letters: quanchenglu furongjie
        yield words[0], words[1]


def _order(found: FoundName) -> tuple[float, float, int, str, str]:
    """Return the sort key: of whole names by kind, then by distance; of others by distance, kinds weighing little."""
    kind, distance = KIND_ORDER[found.kind], 0.0 if found.distance_m is None else found.distance_m
    if found.rank == 0:
        return kind, distance, len(found.name), found.name, found.ref
    return distance + kind * _KIND_M, kind, len(found.name), found.name, found.ref


def _merged(near: Sequence[FoundName], far: Sequence[FoundName], limit: int, start: int) -> list[FoundName]:
    """Put what is near first, but keep room for the few far places of just this name."""
    areas = [one for one in (*near, *far) if one.kind is StreetKind.DISTRICT and one.rank <= start + 1]
    first = areas[:_MOST_AREAS] if near else []
    near, far = ([one for one in some if one not in first] for some in (near, far))
    named = [*first, *(one for one in near if one.rank == start)]
    parts = [one for one in near if one.rank > start]
    called = [one for one in far if one.rank == start]
    kept = min(len(called), limit // _FAR_SHARE)
    head = [*named, *parts[: max(0, limit - len(named) - kept)], *called]
    return [*head, *parts[max(0, limit - len(named) - kept) :], *(one for one in far if one.rank > start)]


def _closest(known: Sequence[StoredPoint], number: str) -> StoredPoint | None:
    """Return the house whose number is closest to the one asked for; the same side of the road first."""
    asked = _whole(number)
    apart = [(_whole(one.name) - asked, one) for one in known]
    in_reach = [(by % 2, abs(by), one.name, one) for by, one in apart if abs(by) <= _NEAR_NUMBER]
    return min(in_reach, key=lambda one: one[:3])[-1] if in_reach else None


def _count_digits(text: str) -> int:
    return sum(map(str.isdigit, text))


def _whole(number: str) -> int:
    """Return the first digits of a house number: 18 of 18-1, 20 of 甲20."""
    return int("".join(takewhile(str.isdigit, number.lstrip("甲乙丙丁"))))
