"""The one form in which outputs may show names and numbers."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from members import PersonalData, mask_id_number, mask_name, mask_person, mask_phone
from members.persons import mask_possible_name


@pytest.mark.parametrize(
    ("name", "mask"),
    [
        ("张三", "张*"),
        ("张小明", "张**"),
        ("欧阳震华", "欧阳**"),
        ("欧阳明", "欧阳*"),
        ("欧阳", "欧*"),
        ("阿依古丽·买买提", "阿***·***"),
        ("John Smith", "J*** *****"),
        ("བསོད་ནམས", "བ**་***"),
        ("张", "*"),
        ("", ""),
        ("1张", "**"),
    ],
)
def test_a_name_shows_its_surname(name: str, mask: str) -> None:
    assert mask_name(name) == mask


def test_numbers_show_what_tells_them_apart_and_no_more() -> None:
    assert mask_id_number("370102199002151234") == "3701**********1234"
    assert mask_id_number("11010519491231002X") == "1101**********002X"
    assert mask_phone("13812345678") == "138****5678"


@pytest.mark.parametrize("other", ["37", "张三丰", "37010219900520001", "4" * 40, "zhang@example.com"])
def test_what_has_another_form_becomes_stars(other: str) -> None:
    for mask in (mask_id_number, mask_phone):
        assert set(mask(other)) == {"*"}
        assert len(mask(other)) <= 18


@settings(deadline=None, derandomize=True)
@given(text=st.text(min_size=2, max_size=40))
def test_no_mask_shows_more_than_its_form_allows(text: str) -> None:
    assert sum(letter.isalpha() for letter in mask_name(text)) <= 2
    assert text.isascii() or text not in (mask_phone(text), mask_id_number(text)) or set(text) == {"*"}


def test_a_person_is_masked_field_by_field_and_has_a_silent_repr() -> None:
    person = PersonalData("张三", "13812345678")
    assert mask_person(person) == {"name": "张*", "phone": "138****5678"}
    assert "张" not in repr(person)
    assert "138" not in repr(person)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("张三", "张*"),
        ("张 三", "张*"),
        ("欧阳震华", "欧阳**"),
        ("厍骢骥", "厍**"),
        ("阿依古丽•买买提", "阿*******"),
        ("特级工", "特级工"),
        ("去年五月", "去年五月"),
        ("2020-02-30", "2020-02-30"),
        ("20.5.1", "20.5.1"),
        ("3702", "3702"),
        ("", ""),
    ],
)
def test_a_name_in_another_column_is_masked_and_other_texts_are_not(text: str, shown: str) -> None:
    assert mask_possible_name(text) == shown
