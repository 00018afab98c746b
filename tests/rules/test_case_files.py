"""Case files: faults told with their line, failures side by side, lines that no case touches; the library's own cases."""

from collections.abc import Callable

import pytest

from rules import CaseRuling, RuleLibrary, find_uncovered_lines, load_library, parse_rule_cases, run_case
from tests.rules.conftest import ROOM, shipped
from tests.rules.terms import render_texts
from yihui.runtime.language import load_language
from yihui.services.rules.cases import complete_case

RULE = """\
id: heat-bonus
title: 高温补贴
basis: [{kind: example, note: 测试用}]
owner: "370200"
in_force: {from: 2026-06-01}
on: weather.heat_warned
parameters:
  degrees: {title: 起点, value: 37, least: 35, most: 40}
require:
  - that: event.temperature_c >= param.degrees and member.status == 'active'
    else: 未到37度，或者不是会员
    remedy: 无须办理
benefit:
  kind: cash
  table:
    rows:
      - {when: event.level == '红色', amount_fen: 2000}
      - {when: event.level == '橙色', amount_fen: 1000}
    else: 预警等级不够
    remedy: 无须办理
limit: {times: 1, per: [member], every: month}
budget: heat
"""
CASE = """\
- case: 橙色预警37度，得10元
  rule: heat-bonus
  event: {type: weather.heat_warned, occurred_on: 2026-07-10, level: 橙色, temperature_c: 37}
  member: {status: active, organisation: "370202001"}
  expect: {outcome: due, amount_fen: 1000}
"""
Run = Callable[[str], list[CaseRuling]]


@pytest.fixture(scope="module")
def run() -> Run:
    library = load_library([("heat.yaml", RULE)])

    def run(text: str) -> list[CaseRuling]:
        cases, findings = parse_rule_cases("cases.yaml", text, ["heat-bonus"])
        assert not findings, [str(finding) for finding in findings]
        return [run_case(case, library) for case in cases]

    return run


def left(rulings: list[CaseRuling]) -> set[tuple[int, str, str]]:
    library = load_library([("heat.yaml", RULE)])
    return {
        (line.line, line.text, line.never)
        for line in find_uncovered_lines(library, {"heat.yaml": RULE}, rulings)
    }


def test_what_is_expected_and_happens_makes_no_difference(run: Run) -> None:
    [ruling] = run(CASE)
    assert ruling.differences == ()


def test_what_comes_out_otherwise_is_told_side_by_side(run: Run) -> None:
    [ruling] = run(CASE.replace("amount_fen: 1000", "amount_fen: 1001"))
    [difference] = ruling.differences
    assert (difference.name, difference.expected, difference.actual) == ("amount_fen", 1001, 1000)


def test_a_refusal_for_want_of_a_fact_does_not_pass_for_a_refusal(run: Run) -> None:
    [ruling] = run(
        CASE.replace(", temperature_c: 37", "").replace(
            "{outcome: due, amount_fen: 1000}", "{outcome: refused}"
        )
    )
    [difference] = ruling.differences
    assert (difference.name, difference.expected, difference.actual) == (
        "not_known", (), ("event.temperature_c",),
    )  # fmt: skip


def test_each_line_that_the_case_does_not_touch_is_named_with_what_never_happened(run: Run) -> None:
    assert left(run(CASE)) == {
        (10, "event.temperature_c >= param.degrees", "never seen false"),
        (10, "member.status == 'active'", "never seen false"),
        (17, "event.level == '红色'", "never the row that decides"),
        (19, "预警等级不够", "never said"),
        (21, "{times: 1, per: [member], every: month}", "never reached"),
        (22, "heat", "never reached"),
    }


MORE = [
    (CASE.replace("temperature_c: 37", "temperature_c: 36"), (10, "event.temperature_c >= param.degrees", "never seen false")),
    (CASE.replace("status: active", "status: left"), (10, "member.status == 'active'", "never seen false")),
    (CASE.replace("橙色,", "红色,"), (17, "event.level == '红色'", "never the row that decides")),
    (CASE.replace("橙色,", "黄色,"), (19, "预警等级不够", "never said")),
    (CASE + "  before: {granted: 1}\n", (21, "{times: 1, per: [member], every: month}", "never reached")),
    (CASE + "  before: {budget_left_fen: 999}\n", (22, "heat", "never reached")),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line"), MORE, ids=[str(line) for _, line in MORE])
def test_a_case_touches_its_line_and_no_other(run: Run, text: str, line: tuple[int, str, str]) -> None:
    before = left(run(CASE))
    assert before - left(run(CASE) + run(text)) == {line}


def test_all_of_them_together_leave_nothing_untouched(run: Run) -> None:
    assert left([ruling for text in (CASE, *(text for text, _ in MORE)) for ruling in run(text)]) == set()


def test_what_is_not_known_is_neither_true_nor_false(run: Run) -> None:
    unknown = CASE.replace("status: active, ", "")
    assert (10, "member.status == 'active'", "never seen true") in left(run(unknown))
    assert (10, "member.status == 'active'", "never seen false") in left(run(unknown))


BAD = [
    ("", "empty-file", 1),
    ("case: 一", "not-cases", 1),
    (CASE.replace("rule: heat-bonus", "rule: heat-bonsu"), "unknown-name", 2),
    (CASE.replace("heat_warned", "heat_warnd"), "unknown-name", 3),
    (CASE.replace("temperature_c", "temperatur_c"), "unknown-name", 3),
    (CASE.replace("temperature_c: 37", "temperature_c: 很热"), "wrong-fact", 3),
    (CASE.replace("temperature_c: 37", "temperature_c: true"), "wrong-fact", 3),
    (CASE.replace("橙色,", "紫色,"), "unknown-value", 3),
    (CASE.replace("status: active", "stauts: active"), "unknown-name", 4),
    (CASE.replace("outcome: due", "outcome: given"), "literal-error", 5),
    (CASE.replace("outcome: due, ", ""), "missing-key", 5),
    (CASE.replace("expect:", "expected:"), "unknown-key", 5),
    (CASE + "  before: {grnted: 1}\n", "unknown-key", 6),
    (CASE.replace("  rule:", "\trule:"), "tab", 2),
]


@pytest.mark.parametrize(
    ("text", "code", "line"), BAD, ids=[f"{code}-{n}" for n, (_, code, _) in enumerate(BAD)]
)
def test_a_faulty_file_runs_nothing_and_tells_the_line(text: str, code: str, line: int) -> None:
    cases, findings = parse_rule_cases("cases.yaml", text, ["heat-bonus"])
    assert not cases
    found = [(finding.short_code, finding.row) for finding in findings]
    assert (code, line) in found, found
    for finding in findings:
        what, _, remedy = render_texts(finding)
        assert what and remedy


def test_all_faults_are_told_at_once() -> None:
    text = CASE.replace("status: active", "stauts: active").replace(
        "temperature_c: 37", "temperature_c: 很热"
    )
    _, findings = parse_rule_cases("cases.yaml", text, ["heat-bonus"])
    assert [finding.row for finding in findings] == [3, 4]


@pytest.mark.parametrize(
    ("day", "outcome"),
    [
        ("2026-06-30", "due"),
        ("2026-07-01", "refused"),
        ("2026-07-31", "refused"),
        ("2025-07-10", "due"),
    ],
)
def test_a_grant_of_another_period_counts_against_no_limit(run: Run, day: str, outcome: str) -> None:
    before = f"  before: {{granted_on: [{day}]}}\n"
    (ruling,) = run(CASE.replace("outcome: due, amount_fen: 1000", f"outcome: {outcome}") + before)
    assert ruling.differences == ()


@pytest.fixture(scope="module")
def rulings(library: RuleLibrary) -> list[CaseRuling]:
    """Return the outcome of each case."""
    ids = [rule.id for rule in library.rules]
    chinese, found = load_language("zh").translate, []
    for file in sorted((ROOM / "cases" / "library").glob("*.yaml")):
        cases, findings = parse_rule_cases(file.name, file.read_text("utf-8"), ids)
        assert not findings, [str(finding) for finding in findings]
        found += [run_case(complete_case(case), library, chinese) for case in cases]
    return found


def test_each_case_is_decided_as_its_sentence_says(rulings: list[CaseRuling]) -> None:
    wrong = [
        (f"{r.case.file}:{r.case.line}", r.case.sentence, r.differences) for r in rulings if r.differences
    ]
    assert wrong == [] and rulings


def test_no_line_of_any_rule_is_left_untouched(library: RuleLibrary, rulings: list[CaseRuling]) -> None:
    left = find_uncovered_lines(library, dict(shipped()), rulings, [rule.id for rule in library.rules])
    assert not left, [f"{line.file}:{line.line}: {line.text}: {line.never}" for line in left]


def test_every_version_of_a_rule_is_granted_in_one_case_and_not_in_another(
    library: RuleLibrary, rulings: list[CaseRuling]
) -> None:
    for rule in library.rules:
        outcomes = {
            ruling.case.expect.outcome
            for ruling in rulings
            if ruling.case.rule == rule.id and rule.definition.in_force.holds(ruling.case.event.occurred_on)
        }
        assert outcomes & {"due", "entered"} and "refused" in outcomes, rule.file
