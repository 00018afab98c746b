"""Adaptations among rule files: who gets which rule, and that faults are told where an officer wrote them."""

import json
from datetime import date
from itertools import permutations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import (
    Amendments,
    Parameter,
    ParameterValue,
    Rule,
    RuleLibrary,
    end_rule_on,
    lint_rule_files,
    load_library,
    territory_covers,
)
from tests.profile import searched
from tests.rules.conftest import cap_file, shipped
from tests.rules.test_adaptation import CITY as OTHER_CITY
from tests.yihui.refusals import faults_of

CAKE = """\
id: cake
title: 生日蛋糕
basis: [{kind: example}]
owner: "370000"
in_force: {from: 2024-01-01, until: 2027-12-31}
on: member.birthday
parameters:
  amount: {title: 面额, value: 20000, unit: fen, least: 10000, most: 30000}
require:
  - {that: "member.status == 'active'", else: 会籍已暂停, remedy: 核验身份}
benefit: {kind: voucher, amount_fen: param.amount}
limit: {times: 1, per: [member], every: calendar_year}
budget: cake
caps: [cake-cap]
lower_levels: {may_set: [amount], may_require: true, may_top_up: {most_fen: 5000}}
"""
CAP = cap_file("cake-cap", 30_000)
CITY = (
    OTHER_CITY.replace("amount_fen: 3000", "amount_fen: 5000").replace(", note: 青岛", "")
    + "lower_levels: {}\n"
)
FILES = [CAP, ("rules/cake.yaml", CAKE), ("qingdao.yaml", CITY)]


def library_of(*replaced: tuple[str, str], drop: str = "") -> RuleLibrary:
    text = CITY
    for old, new in replaced:
        assert old in text
        text = text.replace(old, new)
    return load_library([(name, text if name == "qingdao.yaml" else t) for name, t in FILES if name != drop])


def test_the_order_of_files_and_their_names_dont_matter() -> None:
    digests = {
        load_library([(f"{n}.yaml", text) for n, (_, text) in enumerate(order)]).digest
        for order in permutations(FILES)
    }
    assert len(digests) == 1


def test_a_rule_that_ends_early_ends_for_all_its_subtrees() -> None:
    class Ended(Amendments):
        def rule(self, rule: Rule) -> Rule | None:
            return end_rule_on(rule, date(2025, 3, 31))

    class Gone(Amendments):
        def rule(self, rule: Rule) -> Rule | None:
            return None

    library = load_library(FILES, Ended())
    assert library.candidates("member.birthday", "370200", date(2025, 3, 31))
    assert not library.candidates("member.birthday", "370200", date(2025, 4, 1))
    gone = load_library(FILES, Gone())
    assert gone.rules == ()


def test_a_fault_in_a_condition_of_the_city_is_told_in_the_citys_file() -> None:
    (finding,) = faults_of(library_of, ("member.trade", "member.trad"))
    assert (finding.file, finding.row, finding.short_code) == ("qingdao.yaml", 8, "unknown-fact")


@pytest.mark.parametrize(
    ("old", "new", "codes"),
    [
        ("{amount: 25000}", "{amount: 25000}", []),  # 250 and 50 are the 300 of the cap
        ("{amount: 25000}", "{amount: 25001}", ["over-cap"]),
        ("lower_levels: {}", "lower_levels: {may_set: [amount]}", ["over-cap"]),  # a county may set 300
    ],
)
def test_a_city_that_goes_beyond_a_cap_is_told_in_its_own_file(old: str, new: str, codes: list[str]) -> None:
    texts = [(name, t.replace(old, new) if name == "qingdao.yaml" else t) for name, t in FILES]
    findings = [finding for finding in lint_rule_files(texts) if finding.severity == "error"]
    assert [(finding.file, finding.short_code) for finding in findings] == [
        ("qingdao.yaml", code) for code in codes
    ]


def test_a_warning_of_the_rule_above_is_told_once() -> None:
    bare = [(name, t.replace("caps: [cake-cap]\n", "")) for name, t in FILES]
    codes = [(finding.file, finding.short_code) for finding in load_library(bare).warnings]
    assert codes == [("rules/cake.yaml", "birthday-without-cap")]


def test_a_faulty_rule_isnt_called_missing_as_well() -> None:
    faulty = [(name, t.replace("on: member.birthday", "on: member.brithday")) for name, t in FILES]
    assert [finding.file for finding in lint_rule_files(faulty)] == ["rules/cake.yaml"]


def test_a_key_that_an_adaptation_doesnt_have_is_told() -> None:
    (finding,) = faults_of(library_of, ("top_up:", "topup:"))
    assert (finding.row, finding.short_code, finding.params["suggestion"]) == (9, "unknown-key", "top_up")


CODES = ["370000", "370200", "370202", "370203", "370202001", "370202001-00017", "370300"]


@searched(40)
@given(
    st.dictionaries(
        st.sampled_from(CODES[1:]), st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=5
    ),
    st.randoms(use_true_random=False),
)
def test_candidates_are_those_of_a_slow_search(own: dict[str, tuple[int, int]], chance: Random) -> None:
    """Two rules, one of them adapted everywhere: the oracle looks at all, keeps the longest owner of each."""
    files = [CAP, ("a.yaml", CAKE), ("b.yaml", CAKE.replace("id: cake", "id: other"))]
    for owner, months in own.items():
        first, last = (
            f"2025-{month + 1:02}-{day}" for month, day in zip(sorted(months), ("01", "28"), strict=True)
        )
        text = CITY.replace("370200", owner).replace(
            "{from: 2025-01-01}", f"{{from: {first}, until: {last}}}"
        )
        files.append((f"{owner}.yaml", text[: text.index("top_up")]))  # nor lower_levels
    chance.shuffle(files)
    library = load_library(files)
    for code in CODES:
        for month in range(12):
            day = date(2025, month + 1, 15)
            best: dict[str, Rule] = {}
            for rule in library.rules:
                owner = rule.definition.owner
                if rule.definition.in_force.holds(day) and territory_covers(owner, code):
                    known = best.get(rule.id)
                    if known is None or territory_covers(known.definition.owner, owner):
                        best[rule.id] = rule
            expected = tuple(best[key] for key in sorted(best))
            assert library.candidates("member.birthday", code, day) == expected


@pytest.mark.endure
def test_every_shipped_rule_can_be_adapted_as_far_as_it_says() -> None:
    """Whatever it has: several parts, tables in files, processes, lotteries. Each parameter at its least."""
    shipped_files = shipped()
    library, files = load_library(shipped_files), list(shipped_files)
    for rule in library.rules:
        definition = rule.definition
        names = definition.lower_levels.may_set if definition.lower_levels else ()
        values = {name: _least(definition.parameters[name]) for name in names}
        below = (
            f"{definition.owner[:4]}02" if definition.owner[2:] != "0000" else f"{definition.owner[:2]}0200"
        )
        text = CITY[: CITY.index("set:")].replace("cake", rule.id, 1).replace("370200", below)
        span = definition.in_force
        text = text.replace(
            "2025-01-01", f"{span.since}, until: {span.until}" if span.until else f"{span.since}"
        )
        if values:
            stated = ", ".join(f"{name}: {json.dumps(value)}" for name, value in values.items())
            files.append((f"{rule.id}-{definition.in_force.since}.yaml", f"{text}set: {{{stated}}}\n"))
    assert len(files) > len(shipped_files)
    adapted = load_library(files)
    assert [rule.hash for rule in adapted.rules if not rule.is_merged] == [
        rule.hash for rule in library.rules
    ]
    assert len(adapted.rules) - len(library.rules) == len(files) - len(shipped_files)
    ours = {name for name, _ in files} - {name for name, _ in shipped_files}
    assert [str(finding) for finding in lint_rule_files(files) if finding.file in ours] == []


def _least(parameter: Parameter) -> ParameterValue:
    is_bounded = type(parameter.value) is int and parameter.least is not None
    return parameter.least if is_bounded and parameter.least is not None else parameter.value


def test_the_versions_of_a_rule_are_its_owners() -> None:
    """Those who hand in a new version mustn't take what cities made of the old one for a clash."""
    library = library_of()
    assert [rule.definition.owner for rule in library.versions("cake")] == ["370000"]
    assert [rule.definition.owner for rule in library.rules] == ["370000", "370200"]
