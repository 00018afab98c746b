"""The library against its cases, by the code that officers run: every case a sentence, every line touched."""

import pytest

from rules import CaseRuling, RuleLibrary, find_uncovered_lines, parse_rule_cases, run_case
from tests.rules.conftest import ROOM, shipped
from yihui.runtime.language import load_language


@pytest.fixture(scope="module")
def rulings(library: RuleLibrary) -> list[CaseRuling]:
    """Return the outcome of each case."""
    ids = [rule.id for rule in library.rules]
    chinese, found = load_language("zh").translate, []
    for file in sorted((ROOM / "cases" / "library").glob("*.yaml")):
        cases, findings = parse_rule_cases(file.name, file.read_text("utf-8"), ids)
        assert not findings, [str(finding) for finding in findings]
        found += [run_case(case, library, chinese) for case in cases]
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
