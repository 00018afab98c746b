"""Codes: what is typed wrong is caught, what looks alike is read alike, and nobody guesses them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benefits.vouchers.cards import (
    TOKEN_STEP_S,
    build_token_text,
    find_valid_step,
    is_token,
    parse_token,
    step_seconds_left,
    token_step_at,
)
from benefits.vouchers.codes import (
    CODE_ALPHABET,
    CODE_LENGTH,
    build_code,
    format_code,
    keyed_number,
    parse_code,
)
from benefits.vouchers.faults import VoucherRefused

NOON = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)
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


# --- cards

SECRET = b"s" * 32


def test_a_token_is_another_in_every_step_and_names_its_card() -> None:
    texts = {build_token_text("ACDEFGHJ", SECRET, step) for step in range(1_000)}
    assert len(texts) == 1_000
    assert all(is_token(text) and parse_token(text).handle == "ACDEFGHJ" for text in texts)


@settings(deadline=None, derandomize=True, max_examples=50)
@given(st.integers(0, 2**40), st.integers(-4, 4))
def test_a_token_holds_in_its_own_step_and_its_neighbours(seconds: int, off: int) -> None:
    moment = datetime.fromtimestamp(seconds % 4_000_000_000, UTC)
    token = parse_token(build_token_text("ACDEFGHJ", SECRET, token_step_at(moment) + off))
    if abs(off) <= 1:
        assert find_valid_step(token, SECRET, moment) == token_step_at(moment) + off
    else:
        with pytest.raises(VoucherRefused):
            find_valid_step(token, SECRET, moment)


def test_a_token_of_another_secret_or_with_a_wrong_sign_is_refused() -> None:
    text = build_token_text("ACDEFGHJ", SECRET, token_step_at(NOON))
    with pytest.raises(VoucherRefused):
        find_valid_step(parse_token(text), b"t" * 32, NOON)
    for place in range(len(text)):
        wrong = text[:place] + ("3" if text[place] != "3" else "4") + text[place + 1 :]
        with pytest.raises(VoucherRefused):
            parse_token(wrong)


def test_a_step_lasts_thirty_seconds_and_says_how_long_yet() -> None:
    assert token_step_at(NOON) + 1 == token_step_at(datetime(2026, 5, 1, 4, 0, TOKEN_STEP_S, tzinfo=UTC))
    assert step_seconds_left(datetime(2026, 5, 1, 4, 0, 29, tzinfo=UTC)) == 1


def test_a_voucher_code_is_no_token() -> None:
    assert not is_token(build_code(3))
