"""Names of an extract: read from a real PBF, written, and searched as riders type them."""

import random
import re
import shutil
from pathlib import Path

import pytest

from core.pinyin import is_phrase, pinyin_spellings
from geo.districts import Districts
from geo.formats.outlines import read_outlines
from geo.place_names.kinds import StreetKind
from geo.place_names.query_words import name_keys
from tests.street_town import JINAN, QINGDAO, ROWS, Extract, make_town
from tests.yihui.refusals import codes
from yihui.files.street_names.extract import read_extract
from yihui.files.street_names.reading import NamesFile
from yihui.files.street_names.search import ALIKE, FoundName, search_names
from yihui.files.street_names.writing import write_names

HERE = (117.01, 36.66)


@pytest.fixture(scope="module")
def districts() -> Districts:
    return Districts(read_outlines())


def build(extract: Extract, folder: Path, districts: Districts) -> NamesFile:
    file = folder / "names.sqlite"
    file.unlink(missing_ok=True)
    write_names(read_extract(extract.write(folder / "town.osm.pbf")), districts, file)
    return NamesFile.open(file)


@pytest.fixture(scope="module")
def town_file(tmp_path_factory: pytest.TempPathFactory, districts: Districts) -> Path:
    folder = tmp_path_factory.mktemp("town")
    build(make_town(), folder, districts)
    return folder / "names.sqlite"


@pytest.fixture(scope="module")
def town(town_file: Path) -> NamesFile:
    return NamesFile.open(town_file)


def first(names: NamesFile, typed: str, near: tuple[float, float] | None = HERE) -> FoundName:
    return search_names(names, typed, 5, near)[0]


# What a rider in the middle of Jinan types, and what she means.
@pytest.mark.parametrize(
    ("typed", "name", "kind"),
    [
        ("泉城路", "泉城路", StreetKind.ROAD),
        ("济南站", "济南站", StreetKind.TRANSIT_STATION),
        ("千佛山", "千佛山", StreetKind.NATURE),
        ("趵突泉", "趵突泉", StreetKind.SIGHT),
        ("大明湖公园", "大明湖公园", StreetKind.PARK),
        ("齐鲁医院", "山东大学齐鲁医院", StreetKind.HOSPITAL),
        ("恒隆", "恒隆广场", StreetKind.MALL),
        ("泉城路200号", "泉城路200号", StreetKind.HOUSE),
        ("泉城路与芙蓉街", "泉城路与芙蓉街路口", StreetKind.CROSSING),
        ("甸柳", "甸柳新村", StreetKind.COMPOUND),
    ],
)
def test_the_ten_landmarks_are_found_first(town: NamesFile, typed: str, name: str, kind: StreetKind) -> None:
    found = first(town, typed)
    assert (found.name, found.kind) == (name, kind)
    assert found.area is not None
    assert found.area.city == "济南市"


@pytest.mark.parametrize("typed", ["qcl", "quanchengl", "濟南泉城路", "历下 泉城路", "「泉城路」", "泉城錄"])
def test_a_road_is_found_in_every_spelling(town: NamesFile, typed: str) -> None:
    found = first(town, typed)
    assert (found.name, found.kind) == ("泉城路", StreetKind.ROAD)


@pytest.mark.parametrize(
    "typed", ["", " ", "…", "没有这个地方", "quanchengxyz", "号", "与", "<script>", "路" * 300]
)
def test_what_is_nowhere_finds_nothing(town: NamesFile, typed: str) -> None:
    assert search_names(town, typed, 5, HERE) == []


def test_a_road_cut_into_ways_is_one_place_and_the_nearer_town_comes_first(town: NamesFile) -> None:
    here, there = (search_names(town, "泉城路", 5, near) for near in (HERE, QINGDAO))
    roads = [[one for one in found if one.kind is StreetKind.ROAD] for found in (here, there)]
    assert [len(one) for one in roads] == [2, 2]
    assert [one.area and one.area.city for one in roads[0]] == ["济南市", "青岛市"]
    assert [one.area and one.area.city for one in roads[1]] == ["青岛市", "济南市"]


@pytest.mark.endure
def test_of_a_long_road_the_part_near_the_rider_is_meant(town: NamesFile) -> None:
    west, east = (first(town, "泉城路", (lon, 36.657)) for lon in (JINAN[0], JINAN[0] + 0.02))
    assert west.lon < east.lon
    assert all(one.distance_m is not None and one.distance_m < 400 for one in (west, east))


def test_a_district_keeps_everything_else_out(town: NamesFile) -> None:
    found = search_names(town, "泉城路", 5, HERE, "3702")
    assert {one.area.city for one in found if one.area} == {"青岛市"}
    assert {one.name for one in found} == {"泉城路", "泉城路小学"}


@pytest.mark.endure
@pytest.mark.parametrize(
    ("typed", "name", "asked"),
    [
        ("泉城路188号", "泉城路188号", ""),
        ("quanchenglu", "泉城路", ""),
        ("quanchenglu200hao", "泉城路200号", ""),
        ("泉城路口", "泉城路", ""),
        ("泉城路196号", "泉城路198号", "196"),  # the same side of the road
        ("泉城路5", "泉城路3号", "5"),
        ("泉城路500号", "泉城路", "500"),
        ("泉城路0号", "泉城路8号", "0"),
    ],
)
def test_an_unknown_number_gives_the_nearest_known_one_and_says_so(
    town: NamesFile, typed: str, name: str, asked: str
) -> None:
    found = first(town, typed)
    assert (found.name, found.asked_number) == (name, asked)


def test_roads_that_do_not_cross_are_no_crossing(town: NamesFile) -> None:
    assert all(one.kind is not StreetKind.CROSSING for one in search_names(town, "泉城路与解放路", 5, HERE))


def test_each_landmark_is_one_place_though_both_sides_have_a_stop(town: NamesFile) -> None:
    stops = [one for one in search_names(town, "千佛山", 9, HERE) if one.kind is StreetKind.TRANSIT_STOP]
    assert len(stops) == 1


def test_names_that_are_none_are_left_out_and_counted(tmp_path: Path, districts: Districts) -> None:
    extract = Extract()
    for name in ("路" * 200, "\u200b", "……", "\u202e泉城\u202c广场", "<b>粗体</b>超市"):
        extract.add_node(*JINAN, name=name, shop="mall")
    file = extract.write(tmp_path / "names.osm.pbf")
    found = read_extract(file)
    assert found.unusable_names == 3
    write_names(found, districts, tmp_path / "names.sqlite")
    names = NamesFile.open(tmp_path / "names.sqlite")
    assert [one.name for one in search_names(names, "泉城广场", 5)] == ["泉城广场"]
    assert [one.name for one in search_names(names, "粗体", 5)] == ["<b>粗体</b>超市"]


def test_a_file_of_another_form_or_none_is_refused(tmp_path: Path, town_file: Path) -> None:
    other = tmp_path / "other.sqlite"
    shutil.copy(town_file, other)
    import sqlite3

    with sqlite3.connect(other) as connection:
        connection.execute("PRAGMA user_version = 0")
    connection.close()
    (tmp_path / "none.sqlite").write_bytes(b"no database at all" * 100)
    for file, code in ((other, "another_form"), (tmp_path / "none.sqlite", "no_names_file")):
        assert codes(NamesFile.open, file) == [f"names_file.{code}"]
    with pytest.raises(FileNotFoundError):
        NamesFile.open(tmp_path / "nowhere.sqlite")


@pytest.mark.endure
def test_searches_find_what_a_slow_look_at_every_name_finds(tmp_path: Path, districts: Districts) -> None:
    """The search finds in random names just the places that a slow look at every name finds, whatever is typed."""
    rng = random.Random(11)
    letters = "泉城路街大明湖"
    extract, places = Extract(), []
    for _ in range(300):
        name = "".join(rng.choices(letters, k=rng.randint(2, 5)))
        lon, lat = rng.choice([JINAN, QINGDAO])
        place = (lon + rng.uniform(-0.2, 0.2), lat + rng.uniform(-0.2, 0.2))
        extract.add_node(*place, name=name, shop="mall")
        places.append(name)
    names = build(extract, tmp_path, districts)
    for _ in range(300):
        word = "".join(rng.choices(letters, k=rng.randint(1, 4)))
        typed = rng.choice([word, "".join(pinyin_spellings(word)[0])])
        near = rng.choice([None, JINAN, QINGDAO])
        found = {one.name for one in search_names(names, typed, 400, near)}
        assert found == slow_search(places, typed), typed


def slow_search(places: list[str], typed: str) -> set[str]:
    """Return the names that the text matches in the first kind of way in which it matches any."""
    keys = dict(zip(places, name_keys(places), strict=True))
    if typed.isascii():
        spelt = {place: [(s, "".join(s)) for s in pinyin_spellings(key)] for place, key in keys.items()}
        return {
            place
            for place, spellings in spelt.items()
            for syllables, letters in spellings
            if is_at_a_syllable(syllables, typed) or "".join(s[0] for s in syllables).startswith(typed)
        }
    exact = {place for place, key in keys.items() if typed in key}
    return exact or (by_sound_or_with_one_wrong(keys, typed) if len(typed) > 1 else set())


def is_at_a_syllable(syllables: tuple[str, ...], typed: str) -> bool:
    return any("".join(syllables[at:]).startswith(typed) for at in range(len(syllables)))


def by_sound_or_with_one_wrong(keys: dict[str, str], typed: str) -> set[str]:
    sounds = {"".join(one) for one in pinyin_spellings(typed)}
    found = {
        place
        for place, key in keys.items()
        for syllables in pinyin_spellings(key)
        for sound in sounds
        if is_at_a_syllable(syllables, sound)
    }
    if len(typed) >= 3:
        named = re.match(r"(..)[大小]?[路街道巷弄]", typed)  # what tells a road from others is no slip
        sure = named.end() if named and is_phrase(named[1]) else 0
        found |= {
            place
            for place, key in keys.items()
            for at in range(len(key) - len(typed) + 1)
            if (len(key) == len(typed) or len(typed) > 3) and is_one_wrong(key[at : at + len(typed)], typed)
            if key[at:].startswith(typed[:sure])
        }
    return found


def is_one_wrong(part: str, typed: str) -> bool:
    return sum(a != b for a, b in zip(part, typed, strict=True)) <= 1


@pytest.mark.endure
def test_other_names_of_a_piece_make_no_second_road_and_no_crossing_with_itself(town: NamesFile) -> None:
    assert len(search_names(town, "芙蓉街", 9, HERE)) == 1
    assert [one.name for one in search_names(town, "泉城路主路", 9, HERE)] == [
        "泉城路"
    ] * 2  # as both towns have it
    assert [one.name for one in search_names(town, "泉城路与芙蓉街", 9, HERE)] == ["泉城路与芙蓉街路口"]
    assert all(one.kind is not StreetKind.CROSSING for one in search_names(town, "泉城路与泉城路", 9, HERE))


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory, districts: Districts) -> NamesFile:
    """More places of one name, and of one ending, than any search looks at."""
    crowd, rng = Extract(), random.Random(7)
    for _ in range(3_000):  # south of the user, so that they come first in the file
        lon, lat = JINAN[0] + rng.uniform(-0.2, 0.2), JINAN[1] - rng.uniform(0.02, 0.2)
        crowd.add_node(
            lon, lat, name=f"{rng.choice('甲乙丙丁')}{rng.choice('东西南北')}小区", landuse="residential"
        )
    crowd.add_node(HERE[0], HERE[1] + 0.0001, name="近处小区", landuse="residential")
    towns = [(115.5 + 0.25 * (n % 28), 34.7 + 0.1 * (n // 28)) for n in range(420)]
    for lon, lat in (*towns, (117.03, 36.66), (117.53, 36.72)):  # 历下, 章丘
        nodes = [crowd.add_node(lon + at / 1000, lat) for at in range(3)]
        crowd.add_way(nodes, highway="residential", name="人民路")
        crowd.add_node(lon, lat + 0.0005, addr__street="人民路", addr__housenumber="5")
    crowd.add_node(117.03, 36.67, name="人民路8号院", landuse="residential")
    return build(crowd, tmp_path_factory.mktemp("crowd"), districts)


@pytest.mark.endure
@pytest.mark.parametrize("typed", ["小区", "xiaoqu"])
def test_the_nearest_of_thousands_comes_first(crowd: NamesFile, typed: str) -> None:
    found = search_names(crowd, typed, 5, HERE)
    assert found[0].name == "近处小区"
    distances = [one.distance_m or 0.0 for one in found]
    assert distances == sorted(distances)


@pytest.mark.endure
@pytest.mark.parametrize(
    ("typed", "district", "area"),
    [
        ("人民路", "370102", "历下区"),
        ("历下人民路", None, "历下区"),
        ("章丘人民路5号", None, "章丘区"),
        ("人民路5号", "370114", "章丘区"),
        ("历下区人民路5号", None, "历下区"),
    ],
)
@pytest.mark.parametrize("near", [None, QINGDAO])
def test_a_district_is_looked_through_whole(
    crowd: NamesFile, typed: str, district: str | None, area: str, near: tuple[float, float] | None
) -> None:
    found = search_names(crowd, typed, 5, near, district)
    assert found
    assert {one.area.name for one in found if one.area} == {area}


@pytest.mark.endure
def test_the_house_nearest_to_the_user_comes_first_and_each_once(crowd: NamesFile) -> None:
    for near, area in ((HERE, "历下区"), ((117.53, 36.72), "章丘区")):
        found = search_names(crowd, "人民路5号", 5, near)
        assert found[0].area is not None
        assert found[0].area.name == area
        assert len({one.id for one in found}) == len(found)


@pytest.mark.endure
def test_a_road_through_two_towns_has_all_its_numbers(tmp_path: Path, districts: Districts) -> None:
    long = Extract()
    nodes = [long.add_node(117.0, 36.2 + at * 0.02) for at in range(24)]  # from 泰安 to 济南
    long.add_way(nodes, highway="trunk", name="泰济路")
    long.add_node(117.0, 36.2, addr__street="泰济路", addr__housenumber="900")
    long.add_node(117.0, 36.66, addr__street="泰济路", addr__housenumber="1")
    names = build(long, tmp_path, districts)
    for near in (None, HERE):
        assert first(names, "泰济路900号", near).asked_number == ""
    assert [one.asked_number for one in search_names(names, "泰济路1号", 5, HERE, "3709")] != [""]
    assert {one.area.city for one in search_names(names, "泰济路", 5, HERE, "3709") if one.area} == {"泰安市"}


def test_what_only_sounds_alike_says_so_by_its_rank(town: NamesFile) -> None:
    assert first(town, "泉城路").rank == 0
    for typed in ("全城路", "全城路200号", "全城路与芙蓉街"):
        assert first(town, typed).rank >= ALIKE


@pytest.mark.parametrize(
    "typed", ["街路巷道" * 50, "与" * 200, "路" * 200, "泉城路与" * 40, "a " * 100, "1" * 200]
)
def test_a_hostile_text_costs_no_more_than_others(town: NamesFile, typed: str) -> None:
    looks: list[int] = []
    query = NamesFile._query
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(NamesFile, "_query", lambda *given: (looks.append(1), query(*given))[1])
        search_names(town, typed, 8, HERE)
    assert len(looks) < 1_200


def test_a_file_that_is_replaced_is_read_on_by_all_threads(tmp_path: Path, town_file: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    place = tmp_path / "names.sqlite"
    shutil.copy(town_file, place)
    names = NamesFile.open(place)
    (tmp_path / "other").write_bytes(b"no database")
    (tmp_path / "other").replace(place)
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda typed: first(names, typed).name, list(ROWS)))
    assert found == list(ROWS)
