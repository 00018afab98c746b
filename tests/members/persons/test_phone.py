"""Mobile phone numbers as people type them, and every fault with its remedy."""

import pytest

from members import InvalidPhone, parse_phone


@pytest.mark.parametrize(
    "typed",
    [
        "13812345678",
        "138 1234 5678",
        "138-1234-5678",
        "138—1234—5678",
        "+86 138 1234 5678",
        "+8613812345678",
        "008613812345678",
        "8613812345678",
        "１３８１２３４５６７８",
        "(+86)13812345678",
        "\u202d13812345678\u202c",  # as some phones copy a contact's number
    ],
)
def test_a_phone_number_is_read_however_it_is_typed(typed: str) -> None:
    assert parse_phone(typed) == "13812345678"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("1381234567", "form"),
        ("138123456789", "form"),
        ("12812345678", "form"),
        ("无", "form"),
        ("", "form"),
        ("+852 9123 4567", "form"),
        ("0531-82345678", "landline"),
        ("053182345678", "landline"),
        ("82345678", "landline"),
        ("4008123456", "landline"),
        ("13812345678/13912345678", "two_numbers"),
        ("13812345678、13912345678", "two_numbers"),
        ("13812345678 13912345678", "two_numbers"),
        ("13812345678，0531-82345678", "two_numbers"),
        ("1.38123E+10", "rounded"),
        ("١٣٨١٢٣٤٥٦٧٨", "form"),
    ],
)
def test_each_fault_of_a_phone_number_has_its_own_message(typed: str, code: str) -> None:
    with pytest.raises(InvalidPhone) as refused:
        parse_phone(typed)
    (fault,) = refused.value.faults
    assert (fault.short_code, bool(fault.remedy)) == (code, True)
    assert not typed or typed not in f"{fault.value} {fault.params}"
