"""What a typist slips in a list of organisations; every refusal is in tests/yihui/services/test_organisations.py."""

from core.sheets.listed_rows import select_listed_rows
from geo.formats.files import read_table
from members.organisations.lists import find_organisations, parse_organisations

HEADER = "组织代码,组织名称,上级代码,成立日期"


def test_full_width_digits_are_read() -> None:
    content = f"{HEADER}\n３７０１０２００１,东关街道总工会,３７０１０２,２０２０-０１-０２\n370102,历下区总工会,,\n"
    listed, faults = parse_organisations(read_table(content.encode(), "list.csv"))
    assert [one.code for one in listed] == ["370102", "370102001"] and not faults
    assert listed[1].founded.parent == "370102" and str(listed[1].founded_on) == "2020-01-02"


def test_totals_and_notes_are_no_organisations_and_named() -> None:
    rows = ["370102,历下区总工会,,", "合計,1個,,", ",全市共1个,,", "备注：示例,,,"]
    table = read_table("\n".join([HEADER, *rows]).encode(), "list.csv")
    table = select_listed_rows(table, find_organisations(table))
    listed, faults = parse_organisations(table)
    assert [one.code for one in listed] == ["370102"] and not faults
    assert [note.row for note in table.notes] == [3, 4, 5]


def test_a_control_character_is_named_and_no_pattern_is_shown() -> None:
    content = f"{HEADER}\n370102,历下\x01区总工会,,\n".encode()
    (fault,) = parse_organisations(read_table(content, "list.csv"))[1]
    assert (fault.row, fault.field) == (2, "组织名称") and "{pattern}" not in fault.remedy
