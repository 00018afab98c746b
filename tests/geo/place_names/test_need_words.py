"""Words for needs: what riders type for the facility that they look for."""

import pytest

from geo.place_names.typed import TypedNeeds, list_beside_readings, read_needs


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("toilet", "厕所 廁所 卫生间 洗手間 公厕 上厕所 附近的厕所 哪里有厕所？ 厕所在哪 最近的公共厕所 WC"),
        ("hot_water", "热水 熱水 开水 免费热水 哪儿有开水"),
        ("charging", "充电 充電 手机充电 充电宝 附近能充电的地方 手机没电了"),
        ("ebike_charging", "电动车充电 電動車充電 充电桩 充電站 附近的充电桩 充电站在哪"),
        ("battery_swap", "换电 換電 换电柜 附近换电"),
        ("round_the_clock", "24小时 24小時 24小时开放 附近24小时的站点 通宵"),
        ("nap", "午休 午睡 想午休 睡一会儿 有午休床的驿站"),
        ("mother_room", "妈妈小屋 媽媽小屋 母婴室 附近的妈妈小屋 哪里可以喂奶"),
        ("outdoor_station", "驿站 驛站 附近的驿站 户外劳动者驿站"),
        ("cultural_palace", "文化宫 工人文化宫 文化宫在哪"),
    ],
)
def test_a_need_is_read_in_either_script_and_in_the_words_around_it(code: str, words: str) -> None:
    assert {word: read_needs(word) for word in words.split()} == dict.fromkeys(
        words.split(), TypedNeeds((code,))
    )


@pytest.mark.parametrize(
    "name",
    [
        "",
        "厕所路",
        "热水河",
        "热水河路",
        "和平路",
        "泉水",
        "供热服务站",
        "停车场",
        "图书馆",
        "历下区",
        "泉城路",
        "充电桩厂",
        "泉城妈妈小屋",
        "大明湖驿站",
        "有" * 200,
    ],
)
def test_a_name_is_no_need(name: str) -> None:
    assert read_needs(name) == TypedNeeds((), name)


@pytest.mark.parametrize(
    ("typed", "codes", "place"),
    [
        ("历下厕所", "toilet", "历下"),
        ("厕所 历下", "toilet", "历下"),
        ("泉城路附近的厕所", "toilet", "泉城路"),
        ("请问臺南哪裡有廁所？", "toilet", "臺南"),
        ("泉城路（厕所）", "toilet", "泉城路"),
        ("某驿站（示例）厕所", "toilet", "某驿站（示例）"),
        ("热水河路厕所", "toilet", "热水河路"),
        ("和平路 热水和充电", "hot_water charging", "和平路"),
        ("和平路热水和充电", "hot_water charging", "和平路"),
        ("厕所 热水", "toilet hot_water", ""),
        ("热水和充电", "hot_water charging", ""),
        ("厕所、热水", "toilet hot_water", ""),
        ("微波炉热饭", "microwave", ""),
        ("厕所有吗", "toilet", ""),
        ("哪里可以睡午觉", "nap", ""),
        ("117.02，36.66 厕所", "toilet", "117.02 36.66"),
        ("历下 妈妈小屋", "mother_room", "历下"),
    ],
)
def test_needs_are_read_beside_each_other_and_beside_the_place(typed: str, codes: str, place: str) -> None:
    assert read_needs(typed) == TypedNeeds(tuple(codes.split()), place)


def test_a_need_or_a_kind_right_beside_a_place_is_one_reading_of_a_name() -> None:
    for typed, code, place in (
        ("厕所历下", "toilet", "历下"),
        ("厕所在历下", "toilet", "历下"),
        ("歷下媽媽小屋", "mother_room", "历下"),
    ):
        assert TypedNeeds((code,), place) in list(list_beside_readings(typed))
    assert list(list_beside_readings("厕所路")) == list(list_beside_readings("泉城路")) == []
