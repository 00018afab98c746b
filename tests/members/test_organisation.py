"""Organisations: five levels, told by the form of the code; and the table of their names."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.formats.csv import read_csv
from members import (
    Organisation,
    OrganisationLevel,
    is_organisation_code,
    organisation_level,
    organisation_lineage,
    organisation_names,
    parent_code,
    parse_organisations,
    record_organisations,
)
from rules import territory_covers
from store import Database

LEVELS = [
    ("370000", OrganisationLevel.PROVINCE, None),
    ("370200", OrganisationLevel.CITY, "370000"),
    ("370202", OrganisationLevel.COUNTY, "370200"),
    ("370202001", OrganisationLevel.TOWNSHIP, "370202"),
    ("370202001-00017", OrganisationLevel.ENTERPRISE, "370202001"),
]
codes = st.one_of(
    st.sampled_from([code for code, _, _ in LEVELS]),
    st.from_regex(r"370[1-3](00|0[1-3]([0-3]{3}(-0000[0-9])?)?)", fullmatch=True),
)


@pytest.mark.parametrize(("code", "level", "parent"), LEVELS)
def test_the_form_of_a_code_says_its_level_and_what_is_above_it(
    code: str, level: OrganisationLevel, parent: str | None
) -> None:
    organisation = Organisation(code, "示例")
    assert (is_organisation_code(code), organisation.level, organisation.parent) == (True, level, parent)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "37020",
        "3702021",
        "37020200",
        "370202001-",
        "370202001-1",
        "370202-00017",
        "370202001-000171",
        " 370202",
        "370202\n",
        "３７０２０２",
    ],
)
def test_other_forms_are_no_codes(text: str) -> None:
    assert not is_organisation_code(text)


@settings(deadline=None, derandomize=True)
@given(code=codes)
def test_every_lineage_climbs_level_by_level_to_a_province(code: str) -> None:
    chain = organisation_lineage(code)
    assert chain[0] == code
    assert organisation_level(chain[-1]) is OrganisationLevel.PROVINCE
    assert [organisation_level(above) for above in chain] == list(range(organisation_level(code), 0, -1))
    assert [parent_code(below) for below in chain] == [*chain[1:], None]


@settings(deadline=None, derandomize=True, max_examples=300)
@given(owner=codes, code=codes)
def test_a_rule_of_an_organisation_covers_exactly_its_subtree(owner: str, code: str) -> None:
    """The rules room knows nothing of ours: it must come to the same by itself."""
    assert territory_covers(owner, code) == (owner in organisation_lineage(code))


def test_a_table_gives_its_good_rows_and_all_faults_of_the_others() -> None:
    table = "组织代码,组织名称\n370000,山东省总工会\n37020,青岛\n370200,\n370202001-00017,某某外卖站\n1,2,3\n"
    good, faults = parse_organisations(read_csv(table.encode(), "o.csv"))
    assert [row.code for row in good] == ["370000", "370202001-00017"]
    assert sorted((fault.row, fault.file) for fault in faults) == [(3, "o.csv"), (4, "o.csv"), (6, "o.csv")]
    assert all(fault.remedy for fault in faults)


@pytest.mark.parametrize(("header", "missing"), [("代码,称呼", "组织名称"), ("编号,名称", "组织代码")])
def test_a_missing_column_is_named_with_those_that_are_there(header: str, missing: str) -> None:
    good, (fault,) = parse_organisations(read_csv(f"{header}\n370000,省\n".encode(), "o.csv"))
    assert good == []
    assert (fault.field, fault.row, fault.value) == (missing, 1, header.replace(",", "、"))


def test_names_are_kept_and_a_new_name_is_taken_over(database: Database) -> None:
    with database.write() as connection:
        assert record_organisations(connection, []) == 0
        assert (
            record_organisations(connection, [Organisation("370200", "旧名"), Organisation("370000", "省")])
            == 2
        )
        record_organisations(connection, [Organisation("370200", "新名")])
        assert organisation_names(connection) == {"370000": "省", "370200": "新名"}
