"""A list of organisations: every row that can't be taken over is named by its column, and what a typist slips is read."""

import pytest

from geo.formats.files import read_table
from members.organisations.lists import parse_organisations

HEADER = "组织代码,组织名称,类型,上级代码,成立日期"
REFUSED = [
    (["37012,历下区总工会,,,"], [(2, "组织代码", "invalid_code")]),
    (["370102,,工会吗,,"], [(2, "组织类型", "unknown_kind"), (2, "组织名称", "")]),
    (["370102,历下\x01区总工会,,,去年"], [(2, "成立日期", ""), (2, "组织名称", "")]),
    (["370102,历下区总工会,,,", "370102,历下区总工会,,,"], [(3, "组织代码", "repeated")]),
    (["370102,历下区总工会,,,", "370102,历下区总工会,,370200,"], [(3, "上级代码", "two_parents")]),
    (["370102,甲,,370103,", "370103,乙,,370102,"], [(2, "上级代码", "own_ancestor")]),
]


@pytest.mark.parametrize(("rows", "expected"), REFUSED)
def test_what_cannot_be_taken_over_is_named_by_row_and_column(
    rows: list[str], expected: list[tuple[int, str, str]]
) -> None:
    content = "\n".join([HEADER.replace("类型", "组织类型"), *rows]).encode()
    faults = parse_organisations(read_table(content, "list.csv"))[1]
    assert [(one.row, one.field, one.code.split(".")[-1]) for one in faults] == expected
    assert not any("x00" in f"{one.message}{one.remedy}" for one in faults), "no pattern"


def test_full_width_digits_are_read_and_parents_come_first() -> None:
    content = f"{HEADER}\n３７０１０２００１,东关街道总工会,,３７０１０２,２０２０-０１-０２\n370102,历下区总工会,,,\n"
    listed, faults = parse_organisations(read_table(content.encode(), "list.csv"))
    assert [one.code for one in listed] == ["370102", "370102001"] and not faults
    assert listed[1].founded.parent == "370102" and str(listed[1].founded_on) == "2020-01-02"
