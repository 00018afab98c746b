"""House numbers and crossings in what people type, and what only looks like them."""

import pytest

from geo.place_names.kinds import StreetKind, classify_tags, is_road, list_names
from geo.place_names.query_words import MAX_NAME_CHARS, clean_name, name_keys, read_house_number
from geo.place_names.typed import (
    TypedHouse,
    read_crossings,
    read_house_in_hanzi,
    read_houses,
    read_places_beside,
    read_road_before_number,
    strip_inner,
)


def read_house(typed: str) -> TypedHouse | None:
    """Return the road and the first number."""
    readings = read_houses(typed)
    return readings[-1] if readings else read_house_in_hanzi(typed)


@pytest.mark.parametrize(
    ("typed", "road", "number"),
    [
        ("泉城路 200", "泉城路", "200"),
        ("濟南泉城路２００號", "济南泉城路", "200"),
        ("泉城路18号附1", "泉城路", "18-1"),
        ("泉城路18-1号院2楼", "泉城路", "18-1"),
        ("历下区泉城路188号恒隆广场", "历下区泉城路", "188"),
        ("泉城路200#", "泉城路", "200"),
        ("成府路 丁11", "成府路", "丁11"),
        ("成府路20号甲", "成府路", "甲20"),
        ("泉城路200号楼下", "泉城路", "200"),
        ("泉城路200号3号楼2单元501室", "泉城路", "200"),
        ("成功8路 6", "成功8路", "6"),
        ("quanchenglu 200", "quanchenglu", "200"),
        ("quanchenglu200hao", "quanchenglu", "200"),
        # in hanzi
        ("泉城路二百号", "泉城路", "200"),
        ("二七区大学路二十七號", "二七区大学路", "27"),
        ("三亚市解放路十二号院", "三亚市解放路", "12"),
        ("经十路一百二十号", "经十路", "120"),
    ],
)
def test_a_number_behind_a_name_is_a_house(typed: str, road: str, number: str) -> None:
    assert read_house(typed) == TypedHouse(road, number)


@pytest.mark.parametrize(
    "typed",
    [
        *("", "泉城路", "3路车站", "第2医院", "abc200", "200号", "泉城路200商店", "经10路", "环北路1段"),
        *("成府路3号楼", "成府路7栋", "成府路1层", "成府路2单元", "成府路501室", "成府路b座"),
    ],
)
def test_a_number_elsewhere_is_no_house(typed: str) -> None:
    assert read_house(typed) is None
    assert read_road_before_number(typed) == (typed[:3] if typed[2:3] == "路" and typed[3:] else None)


def test_each_number_may_be_that_of_the_house_the_last_one_first() -> None:
    assert [(one.road, one.number) for one in read_houses("长治路27弄6号")] == [
        ("长治路27弄", "6"),
        ("长治路", "27"),
    ]
    assert len(read_houses("路1号" * 50)) <= 3
    assert read_houses("泉城路") == []


@pytest.mark.parametrize(
    "typed",
    [
        *("泉城路与芙蓉街", "泉城路與芙蓉街", "泉城路和芙蓉街口", "泉城路/芙蓉街路口", "泉城路 & 芙蓉街"),
        *("泉城路芙蓉街交叉口", "泉城路芙蓉街", "泉城路、芙蓉街交汇处", "泉城路×芙蓉街"),
    ],
)
def test_two_roads_are_a_crossing(typed: str) -> None:
    assert ("泉城路", "芙蓉街") in list(read_crossings(typed))


@pytest.mark.parametrize("typed", ["", "泉城路", "泉城路与", "与泉城路", "路口", "大明湖公园"])
def test_one_road_or_none_is_no_crossing(typed: str) -> None:
    assert list(read_crossings(typed)) == []


def test_a_joining_word_may_stand_in_a_name() -> None:
    assert ("和平路", "山大路") in list(read_crossings("和平路和山大路"))
    assert ("山大路", "和平路") in list(read_crossings("山大路和平路"))


def test_an_address_ends_before_its_floor_and_its_corner() -> None:
    assert strip_inner("泉城路与芙蓉街交叉口东北角50米") == "泉城路与芙蓉街交叉口"
    assert strip_inner("泉城路188号恒隆广场3楼东侧") == "泉城路188号恒隆广场"
    assert strip_inner("泉城路188号") == "泉城路188号"
    assert strip_inner("泉城路188号（1号楼2单元）") == "泉城路188号"


@pytest.mark.parametrize(
    "address",
    [
        "内蒙古自治区呼和浩特市新城区新华大街1号",
        "四川省内江市东兴区汉安大道1号",
        "北京市西城区西直门内大街12号",
        "济南市内环路5号",
        "济南市旁山路3号",
    ],
)
def test_words_of_the_inside_in_a_name_stay(address: str) -> None:
    assert strip_inner(address) == address


@pytest.mark.parametrize(
    "typed",
    ["解放路二", "中山北路二段", "一号", "二百号", "经十路", "泉城路一百二号", "解放路二号楼", "千佛山"],
)
def test_other_numerals_are_no_house_number(typed: str) -> None:
    assert read_house(typed) is None


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ("历下区解放路南侧", "历下区解放路"),
        ("济南市历下区解放路中段", "济南市历下区解放路"),
        ("经十路东段北侧", "经十路"),
        ("大明湖公园南门", "大明湖公园"),
        ("大明湖公园東北門", "大明湖公园"),
        ("趵突泉公园３号门", "趵突泉公园"),
        ("甸柳新村小区南门附近", "甸柳新村小区"),
        ("人和大厦对面", "人和大厦"),
        ("大明湖公园", None),
        *(
            (text, None)
            for text in ("解放路", "济南东门", "中山北路二段", "厦门", "前门", "南门", "小区", "")
        ),
    ],
)
def test_a_text_says_beside_which_place_it_is(typed: str, place: str | None) -> None:
    places = read_places_beside(typed)
    assert (places[-1] if places else None) == place


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("200号", "200"),
        ("２００號", "200"),
        ("18号附2", "18-2"),
        ("7A", "7a"),
        ("甲2号", "甲2"),
        ("乙 5", "乙5"),
        ("20号甲", "甲20"),
        ("20号丁香园", "20"),
        ("5号院3号楼", "5"),
        ("200号3楼", "200"),
        ("27弄6号", "27"),
        ("18之2", "18-2"),
        *((text, None) for text in ("1层", "7栋", "3号楼", "2单元", "501室", "12a座", "甲", "无", "")),
    ],
)
def test_house_numbers_are_compared_alike(text: str, number: str | None) -> None:
    assert read_house_number(text) == number


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("泉城路", "泉城路"),
        ("  泉城　路\n", "泉城 路"),
        ("\u202e路城泉\u202c", "路城泉"),  # a right-to-left mark turns nothing round
        ("泉\u200b城\u0000路", "泉城 路"),
        ("<b>泉城路</b>", "<b>泉城路</b>"),  # markup is text like any other, and escaped where it is shown
        ("路" * MAX_NAME_CHARS, "路" * MAX_NAME_CHARS),
        ("路" * (MAX_NAME_CHARS + 1), None),
        ("\u200b \n", None),
        ("", None),
    ],
)
def test_names_are_cleaned_or_refused(text: str, name: str | None) -> None:
    assert clean_name(text) == name


def test_a_key_has_simplified_letters_and_digits_alone() -> None:
    names = ["濟南站", "KFC（泉城路店）", "泉城-路", "…", ""]
    assert name_keys(names) == ["济南站", "kfc泉城路店", "泉城路", "", ""]


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        ({"railway": "station"}, StreetKind.TRANSIT_STATION),
        ({"highway": "bus_stop"}, StreetKind.TRANSIT_STOP),
        ({"boundary": "administrative", "admin_level": "8"}, StreetKind.TOWNSHIP),
        ({"boundary": "administrative", "admin_level": "6"}, None),
        ({"natural": "peak"}, StreetKind.NATURE),
        ({"building": "yes"}, StreetKind.FACILITY),
        ({"building": "no"}, None),
        ({"shop": ""}, None),
        ({"route": "bus"}, None),
        ({}, None),
    ],
)
def test_tags_say_what_a_place_is(tags: dict[str, str], kind: StreetKind | None) -> None:
    assert classify_tags(tags) == kind


def test_a_bus_stop_is_no_road_and_a_footway_is() -> None:
    assert is_road({"highway": "footway"})
    assert not is_road({"highway": "bus_stop"})
    assert not is_road({})


def test_a_railway_station_is_called_station_and_an_airport_is_not() -> None:
    spoken = ["济南火车站", "济南高铁站", "济南车站"]
    assert list_names({"name": "济南", "railway": "station"}) == ["济南站", "济南", *spoken]
    assert list_names({"name": "济南站", "railway": "station"}) == ["济南站", *spoken]
    assert list_names({"name": "遥墙机场", "aeroway": "aerodrome"}) == ["遥墙机场"]
    assert list_names({"name": "甲;乙", "alt_name": "丙;甲"}) == ["甲", "乙", "丙"]
    assert list_names({"name": " ", "name:zh": "甲"}) == ["甲"]
    assert list_names({}) == []


@pytest.mark.parametrize(
    ("tags", "also"),
    [
        ({"railway": "station", "station": "subway"}, ["泉城地铁站", "地铁泉城站", "地铁泉城"]),
        ({"railway": "station", "subway": "yes"}, ["泉城地铁站", "地铁泉城站", "地铁泉城"]),
        ({"railway": "halt"}, ["泉城火车站", "泉城高铁站", "泉城车站"]),
        ({"amenity": "bus_station"}, ["泉城汽车站", "泉城公交站"]),
        ({"highway": "bus_stop"}, ["泉城公交站"]),
        ({"public_transport": "platform", "bus": "yes"}, ["泉城公交站"]),
        ({"railway": "subway_entrance"}, []),
        ({"amenity": "parking"}, []),
    ],
)
def test_a_station_has_the_names_that_people_say(tags: dict[str, str], also: list[str]) -> None:
    assert list_names({"name": "泉城站", **tags}) == ["泉城站", *also]


def test_latin_and_bare_words_get_no_spoken_names() -> None:
    assert list_names({"name": "火车站", "railway": "station"}) == ["火车站"]
    assert list_names({"name": "Central", "highway": "bus_stop"}) == ["Central"]
