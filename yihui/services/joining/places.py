"""Find where a person can join who has no code at hand: by place, employer, platform, name, pinyin or number.

Nothing is guessed: what fits is listed with the reason, and the person chooses. The last takes whoever finds no other.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import chain
from typing import Literal

from sqlalchemy import Connection

from core.civil_time import civil_date
from core.simplified import simplify_characters
from geo.districts import District, DistrictLevel, Districts, level_of_code
from geo.place_names.pinyin import find_read_as, pinyin_spellings
from members import OrganisationSpan, read_spans, span_on
from members.joining.repository import read_taken_names
from members.organisations.search import OrganisationQuery, find_organisations
from members.organisations.storage import find_by_credit_code, list_common_spans, list_names_below, read_path
from yihui.bootstrap import Wiring

MOST_PLACES = 20
NEIGHBOURHOOD_M = 400.0  # outlines are generalised: a point so close to a border may lie beyond it
_SHORTEST = 2
_MOST_SPELT = 30_000  # names, read in a tenth of a second
_DIGITS_OF_TOWNSHIP = 9
Why = Literal["number", "name", "worker", "home", "township", "trade", "area", "anybody"]


@dataclass(frozen=True, slots=True)
class JoinChoice:
    """An organisation that can be joined, why it is listed, and the place or the employer for which it is."""

    span: OrganisationSpan
    why: Why
    about: str = ""


@dataclass(frozen=True, slots=True)
class JoinPlaces:
    """What fits, the likeliest first. ``is_placed``: a place was said; ``is_cut``: there are more."""

    choices: Sequence[JoinChoice]
    is_placed: bool
    is_cut: bool


@dataclass(frozen=True, slots=True)
class _Search:
    """One search; ``paths`` are those of its areas in the tree, ``common`` the organisations there of many employers."""

    connection: Connection
    day: date
    areas: Sequence[District]
    paths: tuple[str, ...]
    taken: Mapping[str, Sequence[str]]
    common: Sequence[OrganisationSpan]

    def iterate(self, words: Sequence[str]) -> Iterator[JoinChoice]:
        """Yield what fits some words and the areas, the likeliest first."""
        for find in (self._find_by_number, self._find_by_name, self._find_takers):
            yield from chain.from_iterable(map(find, words))
        yield from chain.from_iterable(map(self._list_of_area, self.areas))

    def find_last(self) -> OrganisationSpan | None:
        """Return the organisation for whoever finds no other: the nearest one from the place upwards."""
        above = self._read(self.paths[0].rstrip("/").split("/")[::-1]) if self.paths else []
        return next(
            iter(above or find_organisations(self.connection, OrganisationQuery(self.day, limit=1))), None
        )

    def _read(self, codes: Sequence[str]) -> list[OrganisationSpan]:
        found = read_spans(self.connection, codes)
        return [span for code in codes if (span := span_on(found.get(code, []), self.day))]

    def _find_by_number(self, word: str) -> Iterator[JoinChoice]:
        if word.isascii() and any(sign.isdigit() for sign in word):
            named = find_by_credit_code(self.connection, [word.upper()]).values()
            spans = [*self._read([word]), *chain.from_iterable(named)]
            yield from (JoinChoice(one, "number") for one in spans if one.holds(self.day))

    def _find_by_name(self, word: str) -> Iterator[JoinChoice]:
        """Yield the organisations with a word in their names, the shortest names first; those of the areas, if any."""
        for within in (self.paths, None) if self.paths else (None,):
            query = OrganisationQuery(self.day, name=word, within=within, limit=MOST_PLACES + 1)
            found = find_organisations(self.connection, query)
            if _is_pinyin(word):
                found += self._find_spelt(word.lower(), within)
            if found:
                ordered = sorted(found, key=lambda one: (len(one.name), one.code))
                yield from (JoinChoice(one, "name") for one in ordered)
                return

    def _find_spelt(self, word: str, within: tuple[str, ...] | None) -> list[OrganisationSpan]:
        """Return the organisations whose names are read so; where there are too many, those of many employers alone."""
        names = list_names_below(self.connection, self.day, within or ("",), _MOST_SPELT)
        known = [(one.code, one.name) for one in self.common] if names is None else names
        return self._read([known[place][0] for place in find_read_as([name for _, name in known], word)])

    def _find_takers(self, word: str) -> Iterator[JoinChoice]:
        """Yield the organisations that take the workers of an employer or platform, the nearest of the tree first."""
        fitting = {code: name for code, names in self.taken.items() if (name := _find_name(names, word))}
        spans = [
            one
            for one in self._read(list(fitting))
            if not self.paths
            or any(one.path.startswith(path) or path.startswith(one.path) for path in self.paths)
        ]
        spans.sort(key=lambda one: (-len(one.path) if self.paths else len(one.path), one.code))
        yield from (JoinChoice(one, "worker", fitting[one.code]) for one in spans)

    def _list_of_area(self, area: District) -> Iterator[JoinChoice]:
        """Yield the members' homes of an area, its townships and streets, its unions of a trade, and its own."""
        here = [one for one in self.common if area.code in one.lineage]
        if level_of_code(area.code) is DistrictLevel.CITY:
            yield from (JoinChoice(one, "area", area.name) for one in here if one.parent == area.code)
            return
        kinds: Sequence[tuple[Why, list[OrganisationSpan]]] = (
            ("home", [one for one in here if one.kind == "member_home"]),
            ("township", [one for one in here if len(one.code) == _DIGITS_OF_TOWNSHIP]),
            ("trade", [one for one in here if one.kind in ("industry_union", "joint_union")]),
            ("area", [one for one in here if one.code == area.code]),
        )
        for why, spans in kinds:
            yield from (JoinChoice(one, why, area.name) for one in spans)


def find_join_places(
    wiring: Wiring, text: str, point: tuple[float, float] | None = None, district: str = ""
) -> JoinPlaces:
    """Find the organisations of today that a person may mean; only an empty tree has none. *CRS*: WGS84."""
    outlines, today = wiring.outlines, civil_date(wiring.now())
    said, words = _read_words(outlines, text)
    areas = list(dict.fromkeys((*_list_chosen(outlines, point, district), *said)))
    with wiring.database.read() as connection:
        paths = tuple(read_path(connection, area.code, today) for area in areas)
        is_wide = bool(areas) or any(map(_is_pinyin, words))
        common = list_common_spans(connection, today, paths or ("",)) if is_wide else []
        search = _Search(connection, today, areas, paths, read_taken_names(connection), common)
        found: dict[str, JoinChoice] = {}
        for one in search.iterate(words):
            found.setdefault(one.span.code, one)
        last = search.find_last()
    if last is not None and (own := found.get(last.code)) and own.why == "area":
        del found[last.code]
    choices = list(found.values())[:MOST_PLACES]
    if last is not None and all(one.span.code != last.code for one in choices):
        choices.append(JoinChoice(last, "anybody"))
    return JoinPlaces(choices, bool(areas), len(found) > MOST_PLACES)


def _list_chosen(outlines: Districts, point: tuple[float, float] | None, district: str) -> Sequence[District]:
    """Return the districts at a point, its own first, and the one with a code; none for a point off the Earth."""
    found = [one] if (one := outlines.find_by_code(district)) else []
    if point is None:
        return found
    try:
        around, own = outlines.find_within(point, NEIGHBOURHOOD_M), outlines.assign([point]).code[0]
    except ValueError:
        return found
    return [*found, *sorted(around, key=lambda one: one.code != own)]


def _read_words(outlines: Districts, text: str) -> tuple[list[District], list[str]]:
    """Return the areas that a text names, also at the beginning of a word, and the words that are looked for."""
    areas: list[District] = []
    words: list[str] = []
    known = _index_areas(outlines)
    for word in simplify_characters(text).split():
        lengths = range(len(word), _SHORTEST - 1, -1)
        length = next((one for one in lengths if word[:one].lower() in known), 0)
        areas += known[word[:length].lower()] if length else []
        words += [] if length == len(word) else dict.fromkeys((word, word[length:]))
    return areas, [word for word in words if len(word) >= _SHORTEST]


@lru_cache(maxsize=2)
def _index_areas(outlines: Districts) -> Mapping[str, Sequence[District]]:
    """Return the areas by each of their names: with 市, 区 or 县 or without, behind their city, in pinyin."""
    found: dict[str, dict[District, None]] = {}
    for one in outlines.districts:
        city, area = District(f"{one.code[:4]}00", one.city, one.city, one.province), one
        named: list[tuple[District, str, tuple[str, ...]]] = [
            (area, name, (one.city + name, one.city[:-1] + name)) for name in (one.name, one.name[:-1])
        ]
        named += [(city, name, ()) for name in (one.city, one.city[:-1])]
        for which, name, more in named:
            for spelling in (name, *_spell(name).split(), *more) if len(name) >= _SHORTEST else more:
                found.setdefault(spelling, {})[which] = None
    return {name: tuple(areas) for name, areas in found.items()}


def _is_pinyin(word: str) -> bool:
    return word.isascii() and word.isalpha()


@lru_cache(maxsize=8192)
def _spell(name: str, most: int | None = None) -> str:
    """Return a name in pinyin, in each of its readings; of each syllable at most so many letters."""
    return " ".join("".join(syllable[:most] for syllable in one) for one in pinyin_spellings(name))


def _find_name(names: Sequence[str], word: str) -> str:
    """Return the name of an employer or platform that a word means, also in pinyin or its initials; empty if none."""
    plain = word.casefold()
    for name in names:
        known = simplify_characters(name).casefold()
        if known in plain or plain in known or plain in (*_spell(known).split(), *_spell(known, 1).split()):
            return name
    return ""
