import pytest
from pypinyin import lazy_pinyin

from geo.place_names.pinyin import find_read_as, pinyin_spellings

# Districts of Shandong as GB/T 2260 spells them in Latin letters, with what a dictionary makes of them.
SPELT = [
    ("单县", "shan xian", "dan xian"),
    ("乐陵", "lao ling", "le ling"),
    ("长清区", "chang qing qu", "zhang qing qu"),
    ("长岛", "chang dao", "zhang dao"),
    ("任城区", "ren cheng qu", None),
    ("昌乐县", "chang le xian", None),
    ("东阿县", "dong e xian", None),
    ("莘县", "shen xian", None),
    ("茌平区", "chi ping qu", None),
    ("台儿庄区", "tai er zhuang qu", None),
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


@pytest.mark.parametrize(
    ("word", "places"),
    [
        ("quanchengwuliu", [0]),
        ("quanchengwul", [0]),  # its last syllable is not whole yet
        ("qcwl", [0]),
        ("yinhang", [1]),
        ("zhongqi", [2]),
        ("chongqi", [2]),  # as the character is read alone in a name
        ("gh", []),  # two initials stand in too many names
        ("cheng", [0]),
        ("heng", []),  # a syllable begins with its character
    ],
)
def test_names_are_found_by_their_reading_or_their_initials(word: str, places: list[int]) -> None:
    assert list(find_read_as(["泉城物流工会", "长清银行工会", "重汽A工会"], word)) == places
