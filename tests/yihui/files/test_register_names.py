"""Stations and districts of a register, searched as riders type them: by name, address, area, id and zone."""

from collections.abc import Sequence
from itertools import permutations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.pinyin import pinyin_spellings
from geo.place_names.kinds import StreetKind
from geo.place_names.query_words import normalize_text
from tests.tiers import budget
from yihui.files.street_names.register import RegisterNames, RegisterPlace
from yihui.files.street_names.schema import Area, Point
from yihui.files.street_names.search import search_names

JINAN, ZAOZHUANG = (117.0, 36.7), (117.6, 34.9)
AREAS = {
    "370100": Area("370100", "济南市", "济南市", "山东省"),
    "370102": Area("370102", "历下区", "济南市", "山东省"),
    "370103": Area("370103", "市中区", "济南市", "山东省"),
    "370112": Area("370112", "历城区", "济南市", "山东省"),
    "370200": Area("370200", "青岛市", "青岛市", "山东省"),
    "370202": Area("370202", "市南区", "青岛市", "山东省"),
    "370214": Area("370214", "城阳区", "青岛市", "山东省"),
    "370402": Area("370402", "市中区", "枣庄市", "山东省"),
    "370403": Area("370403", "薛城区", "枣庄市", "山东省"),
    "371722": Area("371722", "单县", "菏泽市", "山东省"),
}


def district(code: str, point: Point | None = None, zone: str = "") -> RegisterPlace:
    return RegisterPlace(StreetKind.DISTRICT, code, AREAS[code].name, AREAS[code], point, zone=zone)


def station(
    id: str, name: str, address: str = "", code: str = "", point: Point | None = None, zone: str = ""
) -> RegisterPlace:
    return RegisterPlace(StreetKind.STATION, id, name, AREAS.get(code), point, address, zone)


PLACES = [
    *map(district, ("370100", "370102", "371722", "370103", "370402")),
    station("a", "泉城路户外劳动者驿站", "泉城路 180 号", "370102"),
    station("b", "泉城", "黑虎泉西路 7 号", "370102"),
    station("c", "大明湖妈妈小屋", "泉城路与榜棚街交叉口", "370102"),
    station("d", "小泉城书屋", "光明路 1 号", "370402"),
    station("e", "（KFC）单父路店", "单父路 3 号", "371722"),
]


def ids(
    names: RegisterNames, typed: str, limit: int = 10, near: Point | None = None, district: str | None = None
) -> list[str]:
    return [found.ref for found in search_names(names, typed, limit, near, district)]


@pytest.fixture(scope="module")
def names() -> RegisterNames:
    return RegisterNames(PLACES)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("泉城", ["b", "a", "d", "c"]),  # the name itself, its beginning, a part of it, an address
        ("泉城路", ["a", "c"]),
        ("泉城路180号", ["a"]),
        (" 泉城路　180 号。", ["a"]),  # spaces of either width and punctuation don't matter
        ("quancheng", ["b", "a", "d", "c"]),
        ("quan cheng lu", ["a", "c"]),
        ("qcl", ["a", "c"]),  # initials
        ("damingh", ["c"]),  # the last syllable may be cut short
        ("ming", ["c", "d"]),  # from the beginning of a syllable, the address of 光明路 too
        ("ing", []),
        ("shanxian", ["371722"]),
        ("danxian", ["371722"]),
        ("kfc", ["e"]),
        ("市中区", ["370103", "370402"]),
        ("历下", ["370102"]),
        ("", []),
        ("\x00", []),
        ("%_", []),
        # where nothing holds all of it, less is looked for
        ("历下 驿站", ["a"]),  # each word somewhere
        ("quanchenglu lixia", ["a", "c"]),
        ("quan cheng lu lixia", ["a", "c"]),
        ("济南市历下区泉城路", ["a", "c"]),  # areas before the street
        ("山东省济南市历下区泉城路180号", ["a"]),
        ("泉城路200号", ["a", "c"]),  # no such house: its street
        ("枣庄 泉城", ["d"]),
        ("菏泽 泉城", []),
        ("光明路 书屋", ["d"]),  # one word in the name, one in the address
        # too long a text is cut
        ("泉城" + "路" * 10_000, []),
        (" " * 100 + "泉城路" + " " * 1_000, ["a", "c"]),
    ],
)
def test_places_are_found_by_name_address_and_district_the_likeliest_first(
    names: RegisterNames, typed: str, found: list[str]
) -> None:
    assert ids(names, typed) == found


def test_a_search_keeps_to_a_number_and_to_a_district_or_a_city(names: RegisterNames) -> None:
    assert ids(names, "泉城", 2) == ["b", "a"]
    assert ids(names, "泉城", 0) == []
    assert ids(names, "泉城", district="370402") == ["d"]
    assert ids(names, "泉城", district="370100") == ["b", "a", "c"]
    assert ids(names, "区", district="370100") == ["370102", "370103"]


OTHERS = [
    district("370100", (117.0, 36.66)),
    district("370102", (117.07, 36.66)),
    district("370112", (117.2, 36.7), "济南高新区"),
    district("370214", (120.4, 36.3), "青岛高新区"),
    district("370103", (116.99, 36.65)),
    district("370402", (117.56, 34.86)),
    station("JN-0001", "泉城路户外劳动者驿站", "泉城路180号", "370102", (117.02, 36.67)),
    station("JN-0002", "大明湖妈妈小屋", "泉城路与榜棚街交叉口", "370102", (117.02, 36.67)),
    station("tw-1", "臺北車站哺集乳室", "臺北市中正區北平西路3號", point=(121.5, 25.0)),
    station("ZZ-0001", "光明路驿站", "光明路1号", "370402", (117.56, 34.86)),
    station("gx", "舜华路驿站", "舜华路1号", "370112", (117.13, 36.67), "济南高新区"),
]


@pytest.fixture(scope="module")
def others() -> RegisterNames:
    return RegisterNames(OTHERS)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        # areas without their suffix
        ("济南泉城路", ["JN-0001", "JN-0002"]),
        ("济南历下", ["370102"]),
        ("济南历下泉城路", ["JN-0001", "JN-0002"]),
        ("济南市历下泉城路180号", ["JN-0001"]),
        ("枣庄泉城路", []),  # an area that is named must be right
        ("枣庄市中", ["370402"]),
        ("济南市中区", ["370103"]),
        # either script
        ("泉城路戶外勞動者驛站", ["JN-0001"]),
        ("濟南泉城路", ["JN-0001", "JN-0002"]),
        ("歷下區", ["370102"]),
        ("台北车站", ["tw-1"]),
        # other characters of the same sound, and one wrong character
        ("泉诚路", ["JN-0001", "JN-0002"]),
        ("历夏", ["370102"]),
        ("泉域路", ["JN-0001", "JN-0002"]),
        ("大明胡妈妈小屋", ["JN-0002"]),
        ("济南泉域路", ["JN-0001", "JN-0002"]),
        ("泉域鹿鸣", []),  # two are wrong
        ("泉水", []),  # half of two
        # ids
        ("JN-0001", ["JN-0001"]),
        ("jn0001", ["JN-0001"]),
        ("ＺＺ－０００１", ["ZZ-0001"]),
        ("JN-000", ["JN-0001", "JN-0002"]),
        ("0001", []),
        # functional zones
        ("高新区", ["370112", "370214", "gx"]),
        ("济南高新区", ["370112", "gx"]),
        ("青岛高新区", ["370214"]),
    ],
)
def test_a_place_is_found_by_what_people_type(others: RegisterNames, typed: str, found: list[str]) -> None:
    assert sorted(ids(others, typed)) == sorted(found)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("上海市", []),  # is no slip for 威海市
        ("上海市工人文化宫", []),
        ("威海市工人文化馆", ["palace"]),
        ("上海路", []),
        ("上海路邮局", []),
        ("威海路由局", ["post"]),
        ("1段153號號", ["doubled", "single"]),
        ("1段153号", ["doubled", "single"]),
    ],
)
def test_no_slip_is_in_what_tells_a_name_from_others_and_a_repeated_mark_counts_once(
    typed: str, found: list[str]
) -> None:
    names = RegisterNames(
        [
            RegisterPlace(
                StreetKind.DISTRICT, "371000", "威海市", Area("371000", "威海市", "威海市", "山东省")
            ),
            station("palace", "威海市工人文化宫"),
            station("post", "威海路邮局"),
            station("road", "威海路"),
            station("single", "甲", "仁爱路1段153号"),
            station("doubled", "乙", "仁愛路1段段153號號1樓"),
        ]
    )
    assert sorted(ids(names, typed)) == found


def test_what_is_written_like_the_query_comes_alone_without_what_only_sounds_like_it() -> None:
    names = RegisterNames([station("1", "泉城路驿站"), station("2", "全城路驿站")])
    assert ids(names, "泉城路") == ["1"]
    assert sorted(ids(names, "全诚路")) == ["1", "2"]


def test_changes_are_found_in_the_same_ways() -> None:
    names = RegisterNames(OTHERS)
    names.update([*OTHERS[:-1], station("JN-0003", "趵突泉驛站", "趵突泉南路1号")])
    assert ids(names, "趵突全驿站") == ["JN-0003"]
    assert ids(names, "JN-0003") == ["JN-0003"]
    assert "gx" not in ids(names, "高新区")
    assert not names.update([], most=5)
    assert ids(names, "JN-0003") == ["JN-0003"]


TOWNS = [
    district("370200", (120.4, 36.1)),
    district("370103", (117.0, 36.6)),
    district("370402", (117.56, 34.86)),
    district("370403", (117.26, 34.8)),
    district("370202", (120.4, 36.07)),
    station("z1", "人民公园", code="370402", point=(117.56, 34.87)),
    station("j1", "人民公园驿站", code="370103", point=(117.01, 36.65)),
    station("j2", "人民公园驿站", code="370103", point=(117.00, 36.69)),
    station("j3", "人民公园驿站", code="370103", point=(117.0, 36.6)),  # unplaced: where its district is
    station("j4", "青岛路驿站", code="370103", point=(117.0, 36.65)),
    station("q1", "海边驿站", "人民路 1 号", "370202", (120.4, 36.06)),
]


@pytest.mark.parametrize(
    ("typed", "near", "limit", "found"),
    [
        ("人民公园", JINAN, 10, ["j2", "j1", "j3", "z1"]),  # the town's own, by distance
        ("人民公园", JINAN, 2, ["j2", "j1"]),
        ("人民公园", JINAN, 0, []),
        ("人民公园", ZAOZHUANG, 1, ["z1"]),
        ("rmgy", JINAN, 2, ["j2", "j1"]),
        ("市中区", JINAN, 10, ["370103", "370402"]),
        ("市中区", ZAOZHUANG, 10, ["370402", "370103"]),
        ("青岛", JINAN, 10, ["370200", "j4"]),  # whoever means another town is led there
        ("没有的地方", JINAN, 10, []),
    ],
)
def test_what_is_near_comes_first(typed: str, near: Point, limit: int, found: list[str]) -> None:
    assert ids(RegisterNames(TOWNS), typed, limit, near) == found


CHARACTERS = "泉城路单县长a "
TEXTS = st.text(CHARACTERS, max_size=5)
STATIONS = st.lists(st.tuples(st.text(CHARACTERS, min_size=1, max_size=5), TEXTS), max_size=8)


def build_places(texts: Sequence[tuple[str, str]], first: int = 0) -> list[RegisterPlace]:
    return [station(f"{n:02}", name, address) for n, (name, address) in enumerate(texts, first)]


def search_slowly(places: Sequence[RegisterPlace], word: str) -> list[str]:
    """Return every place by its best rank, then name, then id, as the search promises of a text in one word."""
    ranks = [(rank, len(p.name), p.name, p.ref) for p in places if (rank := _rank(p, word)) is not None]
    return [id for *_, id in sorted(ranks)]


def _rank(place: RegisterPlace, word: str) -> int | None:
    name, address = normalize_text(place.name), normalize_text(place.address)
    if not word.isascii():
        tests = [name == word, name.startswith(word), word in name, word in address]
    else:
        names, streets = (pinyin_spellings(text) if not text.isascii() else () for text in (name, address))
        whole = [name, *map("".join, names)]
        initials, of_address = (["".join(s[0] for s in one) for one in some] for some in (names, streets))
        tests = [
            word in whole,
            any(one.startswith(word) for one in whole),
            word in initials,
            any(one.startswith(word) for one in initials),
            word in name or any(_from_a_syllable(one, word) for one in names),
            any(word in one for one in initials),
            word in address
            or any(_from_a_syllable(one, word) for one in streets)
            or any(word in one for one in of_address),
        ]
    return next((rank for rank, holds in enumerate(tests) if holds), None)


def _from_a_syllable(syllables: Sequence[str], word: str) -> bool:
    return any("".join(syllables[at:]).startswith(word) for at in range(len(syllables)))


def _is_like(place: RegisterPlace, word: str) -> bool:
    """Return whether a text sounds like a word, or differs from it in one character."""
    if not all("一" <= letter <= "鿿" for letter in word):
        return False
    texts = (normalize_text(place.name), normalize_text(place.address))
    alike = any(
        sum(one != other for one, other in zip(text[at : at + len(word)], word, strict=True)) <= 1
        for text in texts
        for at in range(len(text) - len(word) + 1)
    )
    return (len(word) > 2 and alike) or any(
        _from_a_syllable(one, "".join(sound))
        for text in texts
        if not text.isascii()
        for one in pinyin_spellings(text)
        for sound in pinyin_spellings(word)
    )


@pytest.mark.deeper
def test_places_that_are_gone_hide_none_that_are_there() -> None:
    many = [station(f"s{number}", f"{number}号驿站") for number in range(700)]
    some = RegisterNames(many)
    some.update(many[680:])
    assert len(ids(some, "驿站", 50)) == 20


@settings(max_examples=budget(300))
@given(STATIONS, st.text("泉城路单长aquanchelshdiz", min_size=1, max_size=5))
@example([("单", "a单"), ("单a", "")], "a")  # no name is found by the middle of a syllable
def test_a_word_finds_what_going_through_all_places_finds(texts: list[tuple[str, str]], word: str) -> None:
    places = [place for place in build_places(texts) if normalize_text(place.name)]
    written, found = search_slowly(places, word), ids(RegisterNames(places), word, 100)
    if written:
        assert found == written
    else:
        assert len(found) == len(set(found))
        assert set(found) == {place.ref for place in places if _is_like(place, word)}


@pytest.mark.deeper
@settings(max_examples=budget(100))
@given(STATIONS, STATIONS, st.sets(st.integers(0, 15)), TEXTS, st.sampled_from([None, JINAN]))
def test_changes_give_the_same_as_building_anew(
    before: list[tuple[str, str]],
    after: list[tuple[str, str]],
    gone: set[int],
    typed: str,
    near: Point | None,
) -> None:
    old, new = build_places(before), build_places(after, first=4)  # some of the same ids
    there = {place.key: place for place in [*old, *new]}
    changed = RegisterNames(old)
    for place in new:
        changed.update([*old, place])
    changed.update(there.values())
    left = [place for place in there.values() if int(place.ref) not in gone]
    changed.update(left)
    assert ids(changed, typed, 10, near) == ids(RegisterNames(left), typed, 10, near)


def test_the_order_in_which_places_come_does_not_matter() -> None:
    answers = {tuple(ids(RegisterNames(some), "quancheng")) for some in permutations(PLACES[5:9])}
    assert len(answers) == 1
