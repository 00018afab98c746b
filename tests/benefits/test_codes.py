"""Codes: what is typed wrong is caught, what looks alike is read alike, and nobody guesses them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benefits.vouchers.codes import (
    CODE_ALPHABET,
    CODE_LENGTH,
    build_code,
    format_code,
    keyed_number,
    parse_code,
)
from benefits.vouchers.faults import VoucherRefused

numbers = st.integers(0, 2**256 - 1)


def is_refused(text: str) -> bool:
    try:
        parse_code(text)
    except VoucherRefused:
        return True
    return False


@settings(deadline=None, derandomize=True, max_examples=30)
@given(numbers)
def test_every_single_wrong_sign_and_every_two_swapped_are_caught(number: int) -> None:
    code = build_code(number)
    for place, right in enumerate(code):
        for sign in CODE_ALPHABET:
            assert (sign == right) != is_refused(code[:place] + sign + code[place + 1 :])
        for other in range(place + 1, CODE_LENGTH):
            swapped = [*code]
            swapped[place], swapped[other] = code[other], code[place]
            assert (code[place] == code[other]) != is_refused("".join(swapped))


@settings(deadline=None, derandomize=True)
@given(numbers, st.randoms(use_true_random=False))
def test_a_code_is_read_however_it_is_grouped_and_whatever_it_looks_like(number: int, chance: object) -> None:
    code = build_code(number)
    alike = {"0": "Oo0", "1": "IiLl1", "2": "Zz2", "5": "Ss5", "8": "Bb8", "V": "Uuv"}
    typed = "".join(chance.choice(alike.get(sign, sign + sign.lower())) for sign in format_code(code))  # type: ignore[attr-defined]
    assert parse_code(f" {typed.replace('-', ' – ')}\n") == code
    full_width = "".join(chr(0xFEE0 + ord(sign)) if sign != "-" else "－" for sign in format_code(code))
    assert parse_code(full_width) == code


def test_no_two_signs_look_alike_and_their_number_is_prime_with_2_as_a_root() -> None:
    for pair in ("0O", "1I", "1L", "2Z", "5S", "8B", "UV"):
        assert sum(sign in CODE_ALPHABET for sign in pair) == 1
    assert len(CODE_ALPHABET) == len(set(CODE_ALPHABET)) == 29
    assert {pow(2, n, 29) for n in range(28)} == set(range(1, 29))
    assert 29 ** (CODE_LENGTH - 1) > 2**100


def test_a_code_is_grouped_in_fours() -> None:
    assert [len(group) for group in format_code(build_code(7)).split("-")] == [4] * 6


@pytest.mark.parametrize("text", ["", "🍰" * 24, "A" * 23, "A" * 25, "0" * 24, "\0" * 24, "A" * 10_000])
def test_what_is_no_code_is_refused_without_being_quoted(text: str) -> None:
    with pytest.raises(VoucherRefused) as refused:
        parse_code(text)
    assert text == "" or text not in str(refused.value)


def test_parts_of_a_keyed_number_dont_run_together() -> None:
    assert keyed_number(b"k", "ab", "c") != keyed_number(b"k", "a", "bc")
    assert keyed_number(b"k", "a") != keyed_number(b"l", "a")
