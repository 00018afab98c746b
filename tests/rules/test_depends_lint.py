"""Lint of what rules say of each other: names that are nowhere, rules that wait for themselves."""

import pytest

from core.faults import Fault
from rules import lint_rule_files, load_library
from tests.rules.terms import render_texts

RULE = """\
id: {id}
title: 测试
basis: [{{kind: example}}]
owner: "370200"
in_force: {{from: {since}, until: {until}}}
on: member.joined
benefit: {{kind: item, title: 礼品, unit: 份}}
limit: {{times: 1, per: [member], every: once}}
"""


def rule(name: str, *depends: str, since: str = "2026-01-01", until: str = "2026-12-31") -> tuple[str, str]:
    stated = "".join(f"  - {{{one}, else: 还不能领, remedy: 请先领另一项}}\n" for one in depends)
    text = RULE.format(id=name, since=since, until=until) + (f"depends:\n{stated}" if depends else "")
    return f"{name}-{since}.yaml", text


def found(*files: tuple[str, str]) -> list[tuple[str, int, str]]:
    return [(finding.file, finding.row, finding.short_code) for finding in lint_rule_files(files)]


@pytest.mark.parametrize("depends", ["after: cakes", "not_with: cakes", "better_of: [cakes]"])
def test_a_rule_that_isnt_there_is_told_at_its_line_with_the_one_that_was_meant(depends: str) -> None:
    [finding] = lint_rule_files([rule("cake"), rule("gift", "after: cake", depends)])
    assert (finding.file, finding.row, finding.short_code) == ("gift-2026-01-01.yaml", 11, "unknown-rule")
    _, _, remedy = render_texts(finding)
    assert remedy == "did you mean cake?"
    assert not found(rule("cakes"), rule("gift", depends))


def test_a_rule_of_another_file_is_there() -> None:
    draft = rule("gift", "after: cake")
    others = [r.definition for r in load_library([rule("cake")]).rules]
    assert not lint_rule_files([draft], others=others)
    assert [finding.short_code for finding in lint_rule_files([draft])] == ["unknown-rule"]


def test_a_rule_with_faults_of_its_own_is_there() -> None:
    name, text = rule("cake")
    told: tuple[Fault, ...] = lint_rule_files(
        [(name, text.replace("owner:", "ovner:")), rule("gift", "after: cake")]
    )
    assert {finding.file for finding in told} == {name}


@pytest.mark.parametrize(
    ("files", "circles"),
    [
        ([rule("a", "after: b"), rule("b", "after: c"), rule("c", "after: a")], 3),
        ([rule("a", "after: b"), rule("b", "after: c"), rule("c")], 0),
        ([rule("a", "after: a")], 1),
        ([rule("a", "after: b"), rule("b", "not_with: a")], 0),
        ([rule("a", "after: b"), rule("b", "after: c"), rule("c", "after: b")], 2),  # a only waits for them
    ],
)  # fmt: skip
def test_rules_that_wait_for_each_other_are_told(files: list[tuple[str, str]], circles: int) -> None:
    assert [code for _, _, code in found(*files)] == ["after-itself"] * circles


def test_what_an_earlier_version_didnt_ask_for_may_have_been_granted() -> None:
    early = rule("a", since="2025-01-01", until="2025-12-31")
    assert not found(early, rule("a", "after: b"), rule("b", "after: a"))
