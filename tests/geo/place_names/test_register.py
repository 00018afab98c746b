from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.place_names.pinyin import pinyin_spellings
from geo.place_names.query_words import normalize_text
from geo.place_names.register import NamedPlace, PlaceIndex
from tests.tiers import budget

PLACES = [
    NamedPlace("district", "370100", "济南市", areas="山东省", district="370100", count=4),
    NamedPlace("district", "370102", "历下区", areas="山东省济南市", district="370102", lon=117.07, lat=36.66, count=3),
    NamedPlace("district", "371722", "单县", areas="山东省菏泽市", district="371722", count=1),
    NamedPlace("district", "370103", "市中区", areas="山东省济南市", district="370103", count=0),
    NamedPlace("district", "370402", "市中区", areas="山东省枣庄市", district="370402", count=1),
    NamedPlace("station", "a", "泉城路户外劳动者驿站", "泉城路 180 号", "山东省济南市历下区", "370102", 117.02, 36.67),
    NamedPlace("station", "b", "泉城", "黑虎泉西路 7 号", "山东省济南市历下区", "370102"),
    NamedPlace("station", "c", "大明湖妈妈小屋", "泉城路与榜棚街交叉口", "山东省济南市历下区", "370102"),
    NamedPlace("station", "d", "小泉城书屋", "光明路 1 号", "山东省枣庄市市中区", "370402"),
    NamedPlace("station", "e", "（KFC）单父路店", "单父路 3 号", "山东省菏泽市单县", "371722"),
]  # fmt: skip


@pytest.fixture(scope="module")
def finder() -> PlaceIndex:
    return PlaceIndex.build(PLACES)


def ids(finder: PlaceIndex, typed: str, limit: int = 10, district: str | None = None) -> list[str]:
    return [place.id for place in finder.search(typed, limit, district)]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("泉城", ["b", "a", "d", "c"]),  # the name itself, its beginning, a part of it, an address
        ("泉城路", ["a", "c"]),
        ("泉城路180号", ["a"]),
        (" 泉城路　180 号。", ["a"]),  # spaces of either width and punctuation don't matter
        ("quancheng", ["b", "a", "d", "c"]),
        ("quan cheng lu", ["a", "c"]),
        ("QuanCheng", ["b", "a", "d", "c"]),
        ("qcl", ["a", "c"]),  # initials
        ("qclhw", ["a"]),
        ("hwldzyz", ["a"]),
        ("dmh", ["c"]),
        ("damingh", ["c"]),  # the last syllable may be cut short
        ("ming", ["c", "d"]),  # from the beginning of a syllable, the address of 光明路 too
        ("ing", []),
        ("uan", []),
        ("shanxian", ["371722"]),
        ("danxian", ["371722"]),
        ("sx", ["371722"]),
        ("kfc", ["e"]),
        ("市中区", ["370103", "370402"]),
        ("历下", ["370102"]),
        ("lixia", ["370102"]),
        ("lx", ["370102"]),
        ("", []),
        ("  。", []),
        ("\x00", []),
        ("%_", []),
        ("没有的地方", []),
    ],
)
def test_places_are_found_by_name_address_and_district_the_likeliest_first(
    finder: PlaceIndex, typed: str, found: list[str]
) -> None:
    assert ids(finder, typed) == found


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("历下 驿站", ["a"]),  # each word somewhere
        ("驿站 历下", ["a"]),
        ("quanchenglu lixia", ["a", "c"]),
        ("quan cheng lu lixia", ["a", "c"]),
        ("济南市历下区泉城路", ["a", "c"]),  # areas before the street
        ("山东省济南市历下区泉城路180号", ["a"]),
        ("泉城路200号", ["a", "c"]),  # no such house: its street
        ("济南市历下区泉城路200号3楼", ["a", "c"]),
        ("枣庄 泉城", ["d"]),
        ("菏泽 泉城", []),
    ],
)
def test_where_nothing_holds_all_of_it_less_is_looked_for(
    finder: PlaceIndex, typed: str, found: list[str]
) -> None:
    assert ids(finder, typed) == found


def test_only_so_many_are_given(finder: PlaceIndex) -> None:
    assert ids(finder, "泉城", 2) == ["b", "a"]
    assert ids(finder, "泉城", 0) == []


def test_a_search_keeps_to_a_district_or_a_city(finder: PlaceIndex) -> None:
    assert ids(finder, "泉城", district="370402") == ["d"]
    assert ids(finder, "泉城", district="370100") == ["b", "a", "c"]
    assert ids(finder, "区", district="370100") == ["370102", "370103"]


def test_too_long_a_text_is_cut(finder: PlaceIndex) -> None:
    assert ids(finder, "泉城" + "路" * 10_000) == []
    assert ids(finder, " " * 100 + "泉城路" + " " * 1_000) == ["a", "c"]


CHARACTERS = "泉城路单县长a1 "
TEXTS = st.text(CHARACTERS, max_size=5)
STATIONS = st.lists(
    st.builds(lambda name, address: (name, address), st.text(CHARACTERS, min_size=1, max_size=5), TEXTS),
    max_size=8,
)


def _places(texts: list[tuple[str, str]], first: int = 0) -> list[NamedPlace]:
    return [NamedPlace("station", f"{n:02}", name, address) for n, (name, address) in enumerate(texts, first)]


def _slow(places: list[NamedPlace], typed: str) -> list[str]:
    """Every place by its best rank, then name, then id: as `find` promises of a text in one word."""
    word = normalize_text(typed)
    ranks = [(rank, p.name, p.id) for p in places if (rank := _rank(p, word)) is not None]
    return [id for _, _, id in sorted(ranks)]


def _rank(place: NamedPlace, word: str) -> int | None:
    name, address = normalize_text(place.name), normalize_text(place.address)
    if not word.isascii():
        tests = [name == word, name.startswith(word), word in name, address.startswith(word), word in address]
    else:
        names, streets = (
            list(map(list, pinyin_spellings(t))) if not t.isascii() else [] for t in (name, address)
        )
        tests = [
            name == word,
            any("".join(one) == word for one in names),
            name.startswith(word),
            any("".join(one).startswith(word) for one in names),
            any("".join(s[0] for s in one).startswith(word) for one in names),
            word in name,
            any(_from_a_syllable(one, word) for one in names),
            any(word in "".join(s[0] for s in one) for one in names),
            word in address,
            any(_from_a_syllable(one, word) for one in streets),
            any(word in "".join(s[0] for s in one) for one in streets),
        ]
    return next((rank for rank, holds in enumerate(tests) if holds), None)


def _from_a_syllable(syllables: list[str], word: str) -> bool:
    return any("".join(syllables[at:]).startswith(word) for at in range(len(syllables)))


@pytest.mark.deeper
@settings(max_examples=budget(300))
@given(STATIONS, st.text("泉城路单县长a1quanchelshdiz", min_size=1, max_size=5))
def test_a_word_finds_what_going_through_all_places_finds(texts: list[tuple[str, str]], word: str) -> None:
    places = [place for place in _places(texts) if normalize_text(place.name)]
    written = _slow(places, word)
    if written:
        assert ids(PlaceIndex.build(places), word, 100) == written
    else:
        found, like = ids(PlaceIndex.build(places), word, 100), {p.id for p in places if _is_like(p, word)}
        assert len(found) == len(set(found))
        assert set(found) == like


def _is_like(place: NamedPlace, typed: str) -> bool:
    """Whether a text sounds like a word, or differs from it in one character."""
    word = normalize_text(typed)
    if not _is_hanzi(word):
        return False
    sounds = {"".join(one) for one in pinyin_spellings(word)}
    texts = (normalize_text(place.name), normalize_text(place.address))
    alike = any(
        sum(one != other for one, other in zip(text[at : at + len(word)], word, strict=True)) <= 1
        for text in texts
        for at in range(len(text) - len(word) + 1)
    )
    return (len(word) > 2 and alike) or any(
        _from_a_syllable(list(one), sound)
        for text in texts
        if not text.isascii()
        for one in pinyin_spellings(text)
        for sound in sounds
    )


def _is_hanzi(word: str) -> bool:
    return all("一" <= letter <= "鿿" for letter in word)


@pytest.mark.deeper
@settings(max_examples=budget(100))
@given(STATIONS, STATIONS, st.sets(st.integers(0, 15)), TEXTS)
def test_changes_give_the_same_as_building_anew(
    before: list[tuple[str, str]], after: list[tuple[str, str]], gone: set[int], typed: str
) -> None:
    old, new = _places(before), _places(after, first=4)  # some of the same ids
    removed = {("station", f"{n:02}") for n in gone} - {place.key for place in new}
    whole = {place.key: place for place in [*old, *new] if place.key not in removed}
    anew = PlaceIndex.build(whole.values())
    assert ids(PlaceIndex.build(old).with_changes(new, removed), typed) == ids(anew, typed)
    by_one = PlaceIndex.build(old)
    for place in new:
        by_one = by_one.with_changes([place])
    for key in removed:
        by_one = by_one.with_changes([], [key])
    assert ids(by_one, typed) == ids(anew, typed)


def test_the_order_in_which_places_come_does_not_matter() -> None:
    answers = {tuple(ids(PlaceIndex.build(some), "quancheng")) for some in permutations(PLACES[5:9])}
    assert len(answers) == 1
