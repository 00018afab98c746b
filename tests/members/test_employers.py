"""Which employers have enough members in 会员之家 for a union of their own."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members import EmployedMember, OrganisationSpan, find_proposals, normalize_employer

names = st.sampled_from(["泉城物流", "趵突快递", "91370102MA3TEST005"])


def union(code: str, name: str, credit_code: str | None = None) -> OrganisationSpan:
    return OrganisationSpan(
        code, date(2020, 1, 1), None, name, "union", None, f"{code}/", credit_code, None, None
    )


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("  泉城物流（济南）　有限公司 ", "泉城物流(济南) 有限公司"),
        ("91370102ma3test005", "91370102MA3TEST005"),
        ("９１３７０１０２ＭＡ３ＴＥＳＴ００５", "91370102MA3TEST005"),
        ("dingdong ltd", "dingdong ltd"),
        ("　", ""),
    ],
)
def test_an_employer_has_one_spelling(written: str, normal: str) -> None:
    assert normalize_employer(written) == normal
    assert normalize_employer(normal) == normal


@given(st.lists(st.tuples(st.sampled_from("abc"), names), max_size=30), st.integers(1, 8))
def test_proposals_count_what_one_counts_by_hand(placed: list[tuple[str, str]], least: int) -> None:
    employed = [EmployedMember(f"m-{n}", home, name) for n, (home, name) in enumerate(placed)]
    found = find_proposals(employed, [], least)
    by_hand = {}
    for name in {name for _, name in placed}:
        homes = [home for home, one in placed if one == name]
        if len(homes) >= least:
            by_hand[name] = {home: homes.count(home) for home in homes}
    assert {one.employer: one.homes for one in found} == by_hand
    assert [one.members for one in found] == sorted((one.members for one in found), reverse=True)


@pytest.mark.parametrize(
    ("span", "employer"),
    [
        (union("u", "泉城物流"), "泉城物流"),
        (union("u", "泉城物流工会"), "泉城物流"),
        (union("u", "泉城物流工会委员会"), "泉城物流"),
        (union("u", "任何名称", "91370102MA3TEST005"), "91370102MA3TEST005"),
    ],
)
def test_an_employer_with_a_union_is_known_by_name_or_credit_code(
    span: OrganisationSpan, employer: str
) -> None:
    (found,) = find_proposals([EmployedMember("m-1", "home", employer)], [span], 1)
    assert found.union == "u"
    (other,) = find_proposals([EmployedMember("m-1", "home", "泉城物流分公司")], [span], 1)
    assert other.union is None
