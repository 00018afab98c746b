"""Slips that leave a rule valid are found: what is used nowhere, can't happen any more, or is granted a second time."""

import pytest

from rules import lint_rule_files, load_library
from tests.rules.test_planted_faults import JOINED, line_of, only

PARAMETER = "parameters: {share: {title: 比例, value: 30}}\n"


def test_a_parameter_that_nothing_reads_is_found() -> None:
    assert only(JOINED + PARAMETER) == [("r.yaml", line_of(JOINED + PARAMETER, "share"), "unused-parameter")]
    read = (JOINED + PARAMETER).replace("amount_fen: 10000", "amount: param.share * 100")
    assert "unused-parameter" not in {code for _, _, code in only(read)}


@pytest.mark.parametrize(
    ("until", "programme", "is_told"),
    [
        ("2026-12-31", "", False),
        ("2027-01-01", "", True),
        ("2027-01-01", "programme: {from: 2024-01-01, until: 2027-12-31}\n", False),  # the next version's
    ],
)
def test_entries_after_the_rule_has_ended_are_found(until: str, programme: str, is_told: bool) -> None:
    text = (
        JOINED
        + programme
        + (f"allocate: {{mode: lottery, quota: 5, entries: {{from: 2026-11-01, until: {until}}}}}\n")
    )
    assert ("entries-after-end" in {code for _, _, code in only(text)}) is is_told


@pytest.mark.parametrize(
    ("changed", "is_told"),
    [
        ({"welcome": "hello", "入会礼包": "欢迎礼包"}, True),
        ({"welcome": "hello", "10000": "20000"}, False),
        ({"welcome": "hello", "370000": "370200"}, False),  # another owner's members
        ({"welcome": "hello", "2024-01-01": "2027-01-01", "2026-12-31": "2027-12-31"}, False),
        ({"2024-01-01": "2027-01-01", "2026-12-31": "2027-12-31"}, False),  # the next version
    ],
)
def test_a_rule_that_grants_the_same_again_is_found(changed: dict[str, str], is_told: bool) -> None:
    text = JOINED
    for old, new in changed.items():
        text = text.replace(old, new)
    found = {(file, code) for file, _, code in only(JOINED, ("s.yaml", text))}
    assert (("r.yaml", "same-again") in found) is is_told


def test_a_draft_is_told_of_its_twin_in_force() -> None:
    others = [rule.definition for rule in load_library([("r.yaml", JOINED)]).rules]
    draft = JOINED.replace("welcome", "zz").replace("入会礼包", "欢迎礼包")
    for named in ("zz", "aa"):  # the id decides nothing where only one of the two is checked
        found = lint_rule_files([("s.yaml", draft.replace("zz", named))], others=others)
        assert "same-again" in [fault.short_code for fault in found]


def test_a_version_between_two_twins_hides_neither() -> None:
    later = {"2024-01-01": "2027-01-01", "2026-12-31": "2027-12-31"}
    between = JOINED.replace("welcome", "wellness")
    for old, new in later.items():
        between = between.replace(old, new)
    last = JOINED.replace("welcome", "welter")
    found = [
        file for file, _, code in only(JOINED, ("s.yaml", between), ("t.yaml", last)) if code == "same-again"
    ]
    assert found == ["t.yaml"]


PAID = JOINED.replace(
    "kind: item, title: 礼包, unit: 份, amount_fen: 10000", "kind: cash, title: 礼金, amount_fen: %d"
)


@pytest.mark.parametrize(("fen", "is_told"), [*((fen, True) for fen in (1, 5, 200, 500, 999)), (1000, False)])
def test_yuan_written_as_fen_are_found(fen: int, is_told: bool) -> None:
    assert ("fen-for-yuan" in {code for _, _, code in only(PAID % fen)}) is is_told


HONOURED = """\
id: honour
title: 荣誉奖励
basis: [{kind: example, note: 示例}]
owner: "370000"
in_force: {from: 2024-01-01}
on: member.honoured
require:
  - that: %s
    else: 时间不符
    remedy: 请咨询所在工会
benefit: {kind: cash, title: 奖励金, amount: {expression: "%s", ceiling_fen: 50000%s}}
limit: {times: 1, per: [member], every: calendar_year}
"""
TRUE = "member.status == 'active'"


@pytest.mark.parametrize(
    "expression",
    [
        "10000 / 3",
        "member.months * 100 / 7",
        "(member.months + 1) / 2",
        "100000 - member.months / 3",
        "member.months > 12 ? 20000 : 10000 / 3",
    ],
)
def test_a_fraction_whose_rounding_is_not_stated_is_found(expression: str) -> None:
    assert "rounding-unstated" in {code for _, _, code in only(HONOURED % (TRUE, expression, ""))}
    assert "rounding-unstated" not in {c for _, _, c in only(HONOURED % (TRUE, expression, ", round: up"))}


@pytest.mark.parametrize(
    ("right", "reversed_"),
    [
        ("days_between(event.honoured_on, event.occurred_on) <= 90", "days_between(event.occurred_on, event.honoured_on) <= 90"),
        ("age(member.birthday, event.occurred_on) < 60", "age(event.occurred_on, member.birthday) < 60"),
        ("months_between(member.joined_on, event.occurred_on) >= 3", "months_between(event.occurred_on, member.joined_on) < 3"),
        ("years(member.joined_on, event.occurred_on) >= 3", "not (years(event.occurred_on, member.joined_on) >= 3)"),
        (f"{TRUE} or days_between(member.joined_on, event.occurred_on) > 9", f"{TRUE} or days_between(event.occurred_on, member.joined_on) < 9"),
    ],
)  # fmt: skip
def test_days_that_are_counted_back_are_found(right: str, reversed_: str) -> None:
    found = [{code for _, _, code in only(HONOURED % (that, "10000", ""))} for that in (right, reversed_)]
    assert ["reversed-days" in codes for codes in found] == [False, True]


@pytest.mark.parametrize(
    ("limit", "is_told"),
    [
        ("{times: 1, per: [member], every: once, shared: 礼包}", False),
        ("{times: 2, per: [member], every: rule_lifetime, shared: 礼包}", True),
        ("{times: 1, per: [member], every: calendar_year, shared: 礼包}", True),
        ("{times: 1, per: [member, event.via], every: once, shared: 礼包}", True),
        ("{times: 1, per: [member], every: rule_lifetime, shared: 礼包}", True),
        ("{times: 1, per: [member], every: month, shared: 礼包}", True),
        ("{times: 2, per: [member], every: rule_lifetime, shared: 别的}", False),
        ("{times: 2, per: [member], every: rule_lifetime}", False),
    ],
)
def test_a_shared_limit_that_counts_otherwise_is_found(limit: str, is_told: bool) -> None:
    old = "{times: 1, per: [member], every: once}"
    first = JOINED.replace(old, "{times: 1, per: [member], every: once, shared: 礼包}")
    second = JOINED.replace("welcome", "wellness").replace("10000", "20000").replace(old, limit)
    found = {(file, code) for file, _, code in only(first, ("s.yaml", second))}
    assert (("s.yaml", "unequal-shared-limit") in found) is is_told
    other = second.replace("370000", "370200")
    assert "unequal-shared-limit" not in {code for _, _, code in only(first, ("s.yaml", other))}, (
        "of another owner"
    )
