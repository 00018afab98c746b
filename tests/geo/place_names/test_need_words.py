"""Words for needs: what riders type for the facility that they look for."""

import pytest

from geo.place_names.need_words import read_need


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("toilet", "厕所 廁所 卫生间 洗手間 公厕 上厕所 附近的厕所 哪里有厕所？ 厕所在哪 最近的公共厕所 WC"),
        ("hot_water", "热水 熱水 开水 免费热水 哪儿有开水"),
        ("charging", "充电 充電 手机充电 充电宝 附近能充电的地方 手机没电了"),
        ("ebike_charging", "电动车充电 電動車充電"),
        ("battery_swap", "换电 換電 换电柜 附近换电"),
        ("nap", "午休 午睡 想午休 睡一会儿 有午休床的驿站"),
    ],
)
def test_a_need_is_read_in_either_script_and_in_the_words_around_it(code: str, words: str) -> None:
    assert {word: read_need(word) for word in words.split()} == dict.fromkeys(words.split(), code)


@pytest.mark.parametrize(
    "name", ["", "厕所路", "热水河", "停车场", "图书馆", "历下区", "泉城路", "充电桩厂", "有" * 200]
)
def test_a_name_is_no_need(name: str) -> None:
    assert read_need(name) is None
