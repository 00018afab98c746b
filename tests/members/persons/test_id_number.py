"""Persons: ID numbers, names, phones, masks."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import ric

from members import (
    InvalidIdNumber,
    InvalidName,
    InvalidPhone,
    PersonalData,
    mask_id_number,
    mask_name,
    mask_person,
    mask_phone,
    parse_id_number,
    parse_name,
    parse_phone,
)
from members.persons import mask_possible_name

TODAY = date(2026, 10, 3)


def numbered(area: str, day: str, order: str = "001") -> str:
    digits = f"{area}{day}{order}"
    return digits + ric.calc_check_digit(digits + "0")


VALID = numbered("370102", "19900215")
WITH_X = "11010519491231002X"  # the standard's own example


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        (VALID, VALID),
        (WITH_X.lower(), WITH_X),
        ("１１０１０５１９４９１２３１００２ｘ", WITH_X),
        ("110105 19491231 002X", WITH_X),
        ("110105—19491231–002X", WITH_X),
        ("\ufeff110105\u200b19491231002X\n", WITH_X),
        (numbered("372321", "19700101"), None),  # a county that was abolished
        (numbered("810000", "19800101"), None),  # a residence permit for Hong Kong
        (numbered("937156", "19810803"), None),  # a permanent residence card
        (numbered("370102", "20240229"), None),
    ],
)
def test_an_id_number_is_read_however_it_is_typed(typed: str, number: str | None) -> None:
    assert parse_id_number(typed, TODAY).number == (number or typed)


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        (VALID[:-1] + ("1" if VALID[-1] == "0" else "0"), ["check_digit"]),
        ("370102900215001", ["old_form"]),
        ("３７０１０２９００２１５００１", ["old_form"]),
        *((numbered("370102", day), ["birthday"]) for day in ("20230229", "19901301", "18991231")),
        *((numbered("370102", day), ["too_old"]) for day in ("19000101", "19051231")),
        (numbered("370102", "20261004"), ["future_birthday"]),
        # the last is a permanent residence card of no province
        *((numbered(area, "19900215"), ["region"]) for area in ("990102", "000000", "999102")),
        (f"{VALID}、{WITH_X}", ["two_numbers"]),
        (f"{VALID} {WITH_X}", ["two_numbers"]),
        (f"张三{VALID}", ["form"]),
        ("3.70102E+17", ["rounded"]),
        ("", ["empty"]),
        (" ", ["empty"]),
        ("无", ["form"]),
        ("37010219900215001", ["form"]),
        ("3701021990O215001X", ["form"]),  # the letter O
        ("١١٠١٠٥١٩٤٩١٢٣١٠٠٢X", ["form"]),
        ("370102199002150X1X", ["form"]),
    ],
)
def test_each_fault_of_an_id_number_has_its_own_message(typed: str, codes: list[str]) -> None:
    with pytest.raises(InvalidIdNumber) as refused:
        parse_id_number(typed, TODAY)
    assert [fault.short_code for fault in refused.value.faults] == codes
    for fault in refused.value.faults:
        assert fault.remedy
        assert (
            fault.value == mask_id_number(typed.strip())
            or set(fault.value or "") <= {"*"}
            or "****" in fault.value
        )


def test_all_faults_of_one_number_come_at_once() -> None:
    number = numbered("990102", "20230229")
    wrong = number[:-1] + ("1" if number[-1] == "0" else "0")
    with pytest.raises(InvalidIdNumber) as refused:
        parse_id_number(wrong, TODAY)
    assert [fault.short_code for fault in refused.value.faults] == ["check_digit", "birthday", "region"]
    assert wrong not in str(refused.value) + repr(refused.value.faults)


def test_who_is_120_years_old_is_still_a_person() -> None:
    assert parse_id_number(numbered("370102", "19060101"), TODAY).birthday == date(1906, 1, 1)


def test_the_repr_of_an_id_number_shows_nothing_of_it() -> None:
    assert VALID not in repr(parse_id_number(VALID))
    assert "1990" not in repr(parse_id_number(VALID))


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("张三", "张三"),
        ("张　三", "张三"),
        (" 张 小 明 ", "张小明"),
        ("欧阳 明", "欧阳明"),
        ("阿依古丽·买买提", "阿依古丽·买买提"),
        *((f"阿依古丽{dot}买买提", "阿依古丽·买买提") for dot in ("•", "・", ".", "．", " · ", "··", "●")),
        ("𠮷田", "𠮷田"),
        ("李〇", "李〇"),
        ("⼀⼆", "一二"),  # radicals, as some documents are copied
        ("ئايگۈل مەمەت", "ئايگۈل مەمەت"),
        ("བསོད་ནམས།", "བསོད་ནམས"),
        ("ᠪᠠᠲᠤ", "ᠪᠠᠲᠤ"),
        ("John  Smith", "John Smith"),
        ("J. Smith", "J. Smith"),
        ("ＪＯＨＮ Ｓｍｉｔｈ", "JOHN Smith"),
        ("Mary-Anne O'Neill", "Mary-Anne O'Neill"),
        ("张\u200b三", "张三"),
        ("阿" * 50, "阿" * 50),
    ],
)
def test_a_name_is_read_however_it_is_typed(typed: str, name: str) -> None:
    assert parse_name(typed) == name
    assert parse_name(name) == name


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("张", ["short"]),
        ("", ["short"]),
        ("阿" * 60, ["long"]),
        *((typed, ["digits"]) for typed in ("张三3", "张三３", "张三①", "张三٣")),
        *((typed, ["control"]) for typed in ("张\x07三", "张\u202e三")),
        ("张三\ue000", ["private_use"]),
        *((typed, ["letters"]) for typed in ("张三（大）", "张三😀", "张三*", "张\ufffd三")),
        *((typed, ["dots"]) for typed in ("·张三", "张三.")),
        *((f"张三{comma}李四", ["two_persons"]) for comma in "、，/ \n"),
        *((typed, ["no_name"]) for typed in ("不详", "N/A", "匿 名")),
        ("无", ["short"]),
        ("13812345678", ["short", "digits"]),
        ("张三13812345678（大）", ["digits", "letters"]),
    ],
)
def test_each_fault_of_a_name_has_its_own_message(typed: str, codes: list[str]) -> None:
    with pytest.raises(InvalidName) as refused:
        parse_name(typed)
    assert sorted(fault.short_code for fault in refused.value.faults) == sorted(codes)
    for fault in refused.value.faults:
        assert fault.remedy
        assert typed not in f"{fault.value} {fault.params}" or not typed.strip()


@pytest.mark.parametrize(
    "typed",
    [
        *("13812345678", "138-1234-5678", "138—1234—5678", "+86 138 1234 5678", "008613812345678"),
        *("8613812345678", "１３８１２３４５６７８", "(+86)13812345678"),
        "\u202d13812345678\u202c",  # as some phones copy a contact's number
    ],
)
def test_a_phone_number_is_read_however_it_is_typed(typed: str) -> None:
    assert parse_phone(typed) == "13812345678"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        *(
            (typed, "form")
            for typed in ("1381234567", "138123456789", "12812345678", "无", "", "١٣٨١٢٣٤٥٦٧٨")
        ),
        ("+852 9123 4567", "form"),
        *((typed, "landline") for typed in ("0531-82345678", "053182345678", "82345678", "4008123456")),
        *((f"13812345678{comma}13912345678", "two_numbers") for comma in "/、 "),
        ("13812345678，0531-82345678", "two_numbers"),
        ("1.38123E+10", "rounded"),
    ],
)
def test_each_fault_of_a_phone_number_has_its_own_message(typed: str, code: str) -> None:
    with pytest.raises(InvalidPhone) as refused:
        parse_phone(typed)
    (fault,) = refused.value.faults
    assert (fault.short_code, bool(fault.remedy)) == (code, True)
    assert not typed or typed not in f"{fault.value} {fault.params}"


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
