"""ID numbers as people type them: what is accepted, and every fault with its remedy."""

from datetime import date

import pytest
from stdnum.cn import ric

from members import InvalidIdNumber, mask_id_number, parse_id_number

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
        (numbered("370102", "20230229"), ["birthday"]),
        (numbered("370102", "19901301"), ["birthday"]),
        (numbered("370102", "18991231"), ["birthday"]),
        (numbered("370102", "19000101"), ["too_old"]),
        (numbered("370102", "19051231"), ["too_old"]),
        (numbered("370102", "20261004"), ["future_birthday"]),
        (numbered("990102", "19900215"), ["region"]),
        (numbered("000000", "19900215"), ["region"]),
        (numbered("999102", "19900215"), ["region"]),  # a permanent residence card of no province
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
