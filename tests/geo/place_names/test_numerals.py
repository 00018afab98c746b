"""Numbers in names: one form for numerals and digits, and words that only look like numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.place_names.query_words import write_digits


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("经一十路", "经10路"),
        ("二十一世纪", "21世纪"),
        ("一〇四国道", "104国道"),
        ("八一医院", "81医院"),
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
