"""The codes of organisations: their form says the level and, by default, what is above."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from members import (
    OrganisationLevel,
    is_organisation_code,
    organisation_level,
    organisation_lineage,
    parent_code,
)
from rules import territory_covers
from tests.tiers import budget

LEVELS = [
    ("370000", OrganisationLevel.PROVINCE, None),
    ("370200", OrganisationLevel.CITY, "370000"),
    ("370202", OrganisationLevel.COUNTY, "370200"),
    ("370202001", OrganisationLevel.TOWNSHIP, "370202"),
    ("370202001-00017", OrganisationLevel.ENTERPRISE, "370202001"),
    ("370200-00003", OrganisationLevel.ENTERPRISE, "370200"),
]
codes = st.one_of(
    st.sampled_from([code for code, _, _ in LEVELS]),
    st.from_regex(r"370[1-3](00|0[1-3]([0-3]{3}(-0000[0-9])?)?)", fullmatch=True),
)


@pytest.mark.parametrize(("code", "level", "parent"), LEVELS)
def test_the_form_of_a_code_says_its_level_and_what_is_above_it(
    code: str, level: OrganisationLevel, parent: str | None
) -> None:
    assert (is_organisation_code(code), organisation_level(code), parent_code(code)) == (True, level, parent)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "37020",
        "3702021",
        "37020200",
        "370202001-",
        "370202001-1",
        "3702-00017",
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
    levels = [organisation_level(above) for above in chain]
    assert levels == sorted(levels, reverse=True) and len(set(levels)) == len(levels)
    assert [parent_code(below) for below in chain] == [*chain[1:], None]


@pytest.mark.deeper
@settings(deadline=None, derandomize=True, max_examples=budget(300))
@given(owner=codes, code=codes)
def test_a_rule_of_an_organisation_covers_exactly_its_subtree(owner: str, code: str) -> None:
    """The rules room knows nothing of ours: it must come to the same by itself."""
    assert territory_covers(owner, code) == (owner in organisation_lineage(code))
