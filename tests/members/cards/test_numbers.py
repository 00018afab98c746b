"""Card numbers: short, checked, drawn."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.faults import FaultError
from members import has_personal_number, scrub_personal_numbers
from members.cards.numbers import draw_card_number, format_card_number, parse_card_number

DRAWN = st.builds(lambda seed: draw_card_number(random.Random(seed).randrange), st.integers())


def is_read(text: str) -> bool:
    try:
        parse_card_number(text)
    except FaultError as error:
        assert error.code == "member_card.card_number"
        return False
    return True


@given(DRAWN)
def test_a_number_is_read_however_it_is_grouped(number: str) -> None:
    assert len(number) == 12 and number.isdigit()
    for text in (number, format_card_number(number), number[:4] + "-" + number[4:], f" {number}\n"):
        assert parse_card_number(text) == number
    assert parse_card_number("".join(chr(ord(sign) + 0xFEE0) for sign in number)) == number


@given(DRAWN, st.integers(0, 11), st.integers(1, 9))
def test_every_wrong_digit_is_found(number: str, place: int, more: int) -> None:
    wrong = str((int(number[place]) + more) % 10)
    assert not is_read(number[:place] + wrong + number[place + 1 :])


@given(DRAWN, st.integers(0, 10))
def test_every_swap_of_two_neighbours_is_found(number: str, place: int) -> None:
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert is_read(swapped) == (swapped == number)


@pytest.mark.parametrize(
    "text", ["", " ", "1", "12345678901", "1234567890123", "一二三四", "YH1ABC", "-" * 12]
)
def test_no_other_text_is_a_number(text: str) -> None:
    assert not is_read(text)


def test_a_refused_text_shows_no_phone_of_a_person() -> None:
    with pytest.raises(FaultError) as refused:
        parse_card_number("13912345678")
    assert "13912345678" not in str(refused.value)


@given(DRAWN)
def test_a_number_is_never_taken_for_a_phone_or_an_id_number(number: str) -> None:
    for text in (number, format_card_number(number)):
        assert not has_personal_number(text) and scrub_personal_numbers(text) == text
