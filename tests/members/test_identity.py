"""ID numbers: checked, turned into pseudonyms, never quoted."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import ric

from members import InvalidIdNumber, identify_member

KEY = b"k" * 32
NUMBER = "11010519491231002X"  # the standard's own example

numbers = st.builds(
    lambda area, day, order: (lambda digits: digits + ric.calc_check_digit(digits + "0"))(
        f"{area:06}{day:%Y%m%d}{order:03}"
    ),
    st.sampled_from([110000, 139999, 370202, 421126, 654301, 820000]),
    st.dates(date(1900, 1, 1), date(2030, 12, 31)),
    st.integers(0, 999),
)


def reference_check_digit(digits: str) -> str:
    """ISO 7064 MOD 11-2 as GB 11643-1999 tabulates it."""
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    total = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))
    return "10X98765432"[total % 11]


@settings(deadline=None, derandomize=True)
@given(number=numbers)
def test_exactly_one_check_character_in_eleven_is_right(number: str) -> None:
    right = [last for last in "0123456789X" if _is_accepted(number[:-1] + last)]
    assert right == [reference_check_digit(number[:-1])]


def _is_accepted(number: str) -> bool:
    try:
        identify_member(number, KEY)
    except InvalidIdNumber:
        return False
    return True


def test_however_it_is_written_the_number_names_the_same_member() -> None:
    """How numbers are read is proven in persons/test_id_number.py."""
    expected = identify_member(NUMBER, KEY)
    wide = "１１０１０５１９４９１２３１００２Ｘ"
    for written in (NUMBER.lower(), f" {NUMBER} ", "110105 19491231 002X", "110105-19491231-002x", wide):
        assert identify_member(written, KEY) == expected, written
    assert expected.birthday == date(1949, 12, 31)


def test_what_is_no_id_number_is_refused_and_never_quoted() -> None:
    for number in ("110105194912310021", "11010519491231002", "110105491231002", "1.10105E+17"):
        with pytest.raises(InvalidIdNumber) as refused:
            identify_member(number, KEY)
        assert number not in str(refused.value)


def test_pseudonyms_are_stable_depend_on_the_key_and_tell_nothing() -> None:
    ours = identify_member(NUMBER, KEY).member_id  # as `openssl dgst -sha256 -hmac … | base32` says
    assert ours == identify_member(NUMBER, KEY).member_id == "m-novpfq6phiu2jldrblxp7lnyyb"
    assert ours != identify_member(NUMBER, b"another key" * 3).member_id
    assert not any(NUMBER[start : start + 6] in ours for start in range(13))


@settings(deadline=None, derandomize=True)
@given(pair=st.lists(numbers, min_size=2, max_size=2, unique=True))
def test_two_numbers_are_two_members(pair: list[str]) -> None:
    first, second = (identify_member(number, KEY).member_id for number in pair)
    assert first != second
