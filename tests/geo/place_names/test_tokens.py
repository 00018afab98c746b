"""Words, numbers and roads in typed names: tokens, numerals, pinyin, words that ask for a kind."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypinyin import lazy_pinyin

from geo.formats.outlines import read_outlines
from geo.place_names.pinyin import CHARACTER_READINGS, NAME_READINGS, pinyin_spellings
from geo.place_names.query_words import AreaNames, normalize_text, read_words
from geo.place_names.roads import RoadVertices, find_crossings, merge_roads
from geo.place_names.text import write_digits
from geo.place_names.tokens import (
    cut_into_syllables,
    list_name_tokens,
    part_tokens,
    spelt_part_tokens,
    tokens_without,
)
from tests.tiers import budget

NAMES = st.text(alphabet="泉城路芙蓉街大明湖公园一二三ab19", min_size=1, max_size=9)


def holds(tokens: set[str], wanted: list[tuple[str, bool]]) -> bool:
    return all(
        any(one.startswith(token) for one in tokens) if is_beginning else token in tokens
        for token, is_beginning in wanted
    )


@pytest.mark.deeper
@settings(max_examples=budget(100))
@given(NAMES, st.data())
def test_a_name_has_the_tokens_of_each_of_its_parts(name: str, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(name) - 1))
    last = data.draw(st.integers(first + 1, len(name)))
    assert holds(set(list_name_tokens(name)), part_tokens(name[first:last]))


@given(NAMES, st.data())
def test_a_name_has_the_tokens_of_its_part_with_one_wrong(name: str, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(name) - 1))
    last = data.draw(st.integers(first + 1, len(name)))
    word = name[first:last]
    wrong = data.draw(st.integers(0, len(word) - 1))
    typed = word[:wrong] + "错" + word[wrong + 1 :]
    assert set(tokens_without(typed, wrong)) <= set(list_name_tokens(name))


@pytest.mark.deeper
@settings(max_examples=budget(100))
@given(st.text(alphabet="泉城路芙蓉街大明湖公园", min_size=2, max_size=6), st.data())
def test_a_name_has_the_tokens_of_its_syllables_also_begun(name: str, data: st.DataObject) -> None:
    tokens = set(list_name_tokens(name))
    for syllables in pinyin_spellings(name):
        first = data.draw(st.integers(0, len(syllables) - 1))
        last = data.draw(st.integers(first + 1, len(syllables)))
        part = syllables[first:last]
        assert holds(tokens, spelt_part_tokens(part, is_last_whole=True))
        begun = [*part[:-1], part[-1][:1]]
        assert holds(tokens, spelt_part_tokens(begun, is_last_whole=False))


@given(st.text(alphabet="泉城路芙蓉街大明湖公园", min_size=1, max_size=4))
def test_letters_are_cut_into_the_syllables_of_which_they_are_made(name: str) -> None:
    for syllables in pinyin_spellings(name):
        cuts = [cut for cut, is_whole in cut_into_syllables("".join(syllables)) if is_whole]
        assert all("".join(cut) == "".join(syllables) for cut in cuts)
        assert any(len(cut) <= len(syllables) for cut in cuts)


@pytest.mark.parametrize(("letters", "cuts"), [("qcl", []), ("xyz9", []), ("", [([], True)])])
def test_letters_that_are_no_syllables_are_cut_in_no_way(
    letters: str, cuts: list[tuple[list[str], bool]]
) -> None:
    assert cut_into_syllables(letters) == cuts


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("经十路", "经10路"),
        ("经一十路", "经10路"),
        ("经十一路", "经11路"),
        ("纬二路", "纬2路"),
        ("二十一世纪", "21世纪"),
        ("一〇四国道", "104国道"),
        ("一百零四", "104"),
        ("一百二十号", "120号"),
        ("一千零一夜", "1001夜"),
        ("二百", "200"),
        ("八一医院", "81医院"),
        ("八十一医院", "81医院"),
        ("三里河五道口", "3里河5道口"),
        ("中山北路二段27巷", "中山北路2段27巷"),
        ("二〇二五", "2025"),
        ("第一中学", "第1中学"),
    ],
)
def test_numerals_are_written_as_digits(name: str, written: str) -> None:
    assert write_digits(name) == written


@pytest.mark.parametrize(
    "name",
    ["", "千佛山", "百花园", "泉城路", "二十八九", "一百二", "104国道", "经3五路", "经三五6路", "十二十"],
)
def test_what_is_no_number_stays(name: str) -> None:
    assert write_digits(name) == name


@given(st.integers(1, 9999))
def test_every_number_is_read_as_it_is_counted(number: int) -> None:
    assert write_digits(f"经{count_in_hanzi(number)}路") == f"经{number}路"


def count_in_hanzi(number: int) -> str:
    signs, text = "零一二三四五六七八九", ""
    for at, digit in enumerate(map(int, f"{number:04d}")):
        unit = "千百十"[at : at + 1]
        text += signs[digit] + (unit if digit else "")
    text = text.strip("零")
    while "零零" in text:
        text = text.replace("零零", "零")
    return text


# Districts of Shandong as GB/T 2260 spells them in Latin letters, with what a dictionary makes of them.
SPELT = [
    ("单县", "shan xian", "dan xian"),
    ("乐陵", "lao ling", "le ling"),
    ("长清区", "chang qing qu", "zhang qing qu"),
    ("长岛", "chang dao", "zhang dao"),
    ("莒县", "ju xian", None),
    ("任城区", "ren cheng qu", None),
    ("昌乐县", "chang le xian", None),
    ("东阿县", "dong e xian", None),
    ("曲阜市", "qu fu shi", None),
    ("莘县", "shen xian", None),
    ("费县", "fei xian", None),
    ("郯城县", "tan cheng xian", None),
    ("鄄城县", "juan cheng xian", None),
    ("茌平区", "chi ping qu", None),
    ("芝罘区", "zhi fu qu", None),
    ("兖州区", "yan zhou qu", None),
    ("临朐县", "lin qu xian", None),
    ("即墨区", "ji mo qu", None),
    ("台儿庄区", "tai er zhuang qu", None),
    ("峄城区", "yi cheng qu", None),
    ("牟平区", "mu ping qu", None),
    ("莱芜区", "lai wu qu", None),
    ("无棣县", "wu di xian", None),
    ("巨野县", "ju ye xian", None),
]


@pytest.mark.parametrize(("name", "official", "by_dictionary"), SPELT)
def test_a_district_is_found_as_its_people_call_it_and_as_a_dictionary_does(
    name: str, official: str, by_dictionary: str | None
) -> None:
    expected = {tuple(official.split())} | ({tuple(by_dictionary.split())} if by_dictionary else set())
    assert set(pinyin_spellings(name)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "泉城路户外劳动者驿站",
        "济南市历下区解放东路重汽翡翠东郡长途汽车站",
        "银行行长在人行道上行走",
        "绿地中央广场女职工休息室",
        "趵突泉南路了得",
        "重庆路与朝阳街交叉口会计师事务所",
        "臺北市松山區八德路2段342號1樓",
        "KFC（万达店）2F",
        "",
        "囗〇々",
    ],
)
def test_the_first_spelling_is_pypinyins(text: str) -> None:
    theirs = "".join(lazy_pinyin(text))
    assert "".join(pinyin_spellings(text)[0]) == theirs


def test_every_character_has_a_syllable_of_its_own() -> None:
    for text in ("济南市历下区泉城路180号", "单县长途汽车站abc"):
        assert {len(syllables) for syllables in pinyin_spellings(text)} == {len(text)}


def test_what_we_read_otherwise_is_otherwise_in_the_dictionary() -> None:
    """Else it has become needless: pypinyin has learned it."""
    for name, syllables in NAME_READINGS.items():
        assert lazy_pinyin(name) != syllables.split(), name
    for character, syllable in CHARACTER_READINGS.items():
        assert lazy_pinyin(character) != [syllable], character


SHANDONG = AreaNames.of(
    ("山东省", "济南市", "青岛市", "德州市", "枣庄市", "历下区", "市中区", "市北区", "市南区", "胶州市", "兖州区", "济宁市")
)  # fmt: skip


def readings(typed: str, names: AreaNames = SHANDONG) -> list[list[str]]:
    return list(read_words(typed, lambda: names))


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("青岛市市北区泉城路", ["青岛市", "市北区", "泉城路"]),
        ("市南区香港路", ["市南区", "香港路"]),
        ("胶州市中云路", ["胶州市", "中云路"]),
        ("德州市湖滨路", ["德州市", "湖滨路"]),
        ("济宁市兖州区九州路", ["济宁市", "兖州区", "九州路"]),
        ("山东省枣庄市市中区光明路", ["山东省", "枣庄市", "市中区", "光明路"]),
        ("济南市中区泉城路", ["济南", "市中区", "泉城路"]),  # 济南市 and 市中区, with one 市
        ("青岛市南香港路", ["青岛", "市南", "香港路"]),
        ("青岛德州路", ["青岛", "德州路"]),  # streets are named after areas too
        ("青岛市南区德州路", ["青岛", "市南区", "德州路"]),
        ("枣庄市中路", ["枣庄", "市中路"]),
        ("濟南市市中區泉城路", ["济南市", "市中区", "泉城路"]),
        ("济南市高新区泉城路", ["济南市", "高新区", "泉城路"]),  # not known, read by its last character
        ("济南高新区泉城路", ["济南", "高新区", "泉城路"]),
        ("新城市泉城路", ["新城市", "泉城路"]),
        ("济南市泉城市场", ["济南市", "泉城市场"]),
        ("市中区政府", ["市中区", "政府"]),
    ],
)
def test_an_address_is_split_into_areas_and_the_rest(typed: str, words: list[str]) -> None:
    assert words in readings(typed)


@pytest.mark.parametrize("typed", ["泉城路", "市", "quanchenglu"])
def test_what_names_no_area_has_one_reading(typed: str) -> None:
    assert readings(typed) == [[typed]]


@pytest.mark.parametrize("typed", ["", " ", "。，"])
def test_what_says_nothing_has_no_reading(typed: str) -> None:
    assert readings(typed) == []


def test_every_district_of_the_outlines_is_split_off_its_address() -> None:
    districts = read_outlines().districts
    names = AreaNames.of(name for one in districts for name in (one.name, one.city, one.province) if name)
    assert len(districts) > 2_000
    for one in districts:
        whole = dict.fromkeys(normalize_text(name) for name in (one.province, one.city, one.name) if name)
        for areas in ([*whole], [*whole][-2:], [*whole][-1:]):
            assert [*areas, "泉城路"] in readings("".join(areas) + "泉城路", names)


def test_many_areas_in_a_row_are_split_up_to_the_longest_query() -> None:
    assert readings("济南市" * 500)[1] == ["济南市"] * 66 + ["济南"]


STEP = 0.004  # degrees, so that neighbours on the grid share or touch a cell
Way = tuple[int, list[tuple[int, int]]]  # its name, and its vertices on a grid


def vertices_of(ways: list[Way]) -> RoadVertices:
    rows = [
        (number, name, x * 1000 + y, 117 + x * STEP, 36 + y * STEP)
        for number, (name, points) in enumerate(ways)
        for x, y in points
    ]
    columns = [np.array(column) for column in zip(*rows, strict=True)] if rows else [np.empty(0)] * 5
    way, name, node = (column.astype(np.int64) for column in columns[:3])
    return RoadVertices(way, name, node, columns[3].astype(float), columns[4].astype(float))


def walk(start: tuple[int, int], steps: list[tuple[int, int]]) -> list[tuple[int, int]]:
    points = [start]
    for east, north in steps:
        points.append((points[-1][0] + east, points[-1][1] + north))
    return points


STEPS = st.lists(st.sampled_from([(1, 0), (0, 1), (-1, 0), (0, -1)]), min_size=1, max_size=5)
STARTS = st.tuples(st.integers(10, 40), st.integers(10, 40))
WAYS = st.lists(st.tuples(st.integers(0, 3), st.builds(walk, STARTS, STEPS)), min_size=1, max_size=12)


def cell(point: tuple[float, float]) -> tuple[int, int]:
    return int(np.floor((point[0] + 180) / 0.01)), int(np.floor((point[1] + 90) / 0.01))


def count_roads(ways: list[Way]) -> int:
    """Join ways of one name until no two of different groups have vertices in the same or neighbouring cells."""
    groups = [(name, {cell((117 + x * STEP, 36 + y * STEP)) for x, y in points}) for name, points in ways]
    while True:
        joined = next(
            (
                (one, other)
                for one, other in combinations(range(len(groups)), 2)
                if groups[one][0] == groups[other][0]
                and any(
                    max(abs(a - c), abs(b - d)) <= 1 for a, b in groups[one][1] for c, d in groups[other][1]
                )
            ),
            None,
        )
        if joined is None:
            return len(groups)
        one, other = joined
        groups[one][1].update(groups[other][1])
        del groups[other]


@pytest.mark.deeper
@settings(max_examples=budget(100))
@given(WAYS)
def test_pieces_of_one_name_that_come_close_are_one_road(ways: list[Way]) -> None:
    roads = merge_roads(vertices_of(ways))
    assert len(roads) == count_roads(ways)
    points = {(round(117 + x * STEP, 6), round(36 + y * STEP, 6)) for _, way in ways for x, y in way}
    for road in roads:
        assert (round(road.point[0], 6), round(road.point[1], 6)) in points
        assert len(road.samples) >= 1


def test_a_long_stretch_without_vertices_cuts_no_road() -> None:
    (road,) = merge_roads(vertices_of([(0, [(0, 0), (100, 0), (101, 0)])]))
    assert len(road.samples) >= 2


def test_the_same_name_in_another_town_is_another_road() -> None:
    assert len(merge_roads(vertices_of([(0, [(0, 0), (1, 0)]), (0, [(90, 0), (91, 0)])]))) == 2


@pytest.mark.parametrize("find", [merge_roads, find_crossings])
def test_nothing_comes_of_nothing(find: object) -> None:
    assert callable(find)
    assert find(vertices_of([])) == []


@pytest.mark.deeper
@settings(max_examples=budget(100))
@given(WAYS)
def test_two_names_cross_where_they_share_a_node(ways: list[Way]) -> None:
    at_node: dict[tuple[int, int], set[int]] = {}
    for name, points in ways:
        for point in points:
            at_node.setdefault(point, set()).add(name)
    expected = {(*pair, *node) for node, names in at_node.items() for pair in combinations(sorted(names), 2)}
    found = find_crossings(vertices_of(ways))
    # Nodes of this grid lie 400 m apart, so that no two crossings are merged.
    assert {
        (one.first, one.second, round((one.lon - 117) / STEP), round((one.lat - 36) / STEP)) for one in found
    } == expected
    assert len(found) == len(expected)


def test_the_four_nodes_of_two_dual_carriageways_are_one_crossing() -> None:
    lines = [(0, 0.0), (0, 0.0003), (1, 0.0), (1, 0.0003)]
    rows = []
    for way, (name, offset) in enumerate(lines):
        for at in (0.0, 0.0003):
            lon, lat = (at, offset) if name == 0 else (offset, at)
            rows.append((way, name, round(lon * 1e4) * 10 + round(lat * 1e4), 117 + lon, 36 + lat))
    way, name, node, lon, lat = (np.array(column) for column in zip(*rows, strict=True))
    (found,) = find_crossings(RoadVertices(way, name, node, lon.astype(float), lat.astype(float)))
    assert (found.lon, found.lat) == pytest.approx((117.00015, 36.00015))
