"""The library against its cases, by the code that officers run: every case a sentence, every line touched."""

from functools import cache
from pathlib import Path

import pytest

from rules import (
    CaseRuling,
    RuleCase,
    RuleLibrary,
    UncoveredLine,
    find_uncovered_lines,
    load_library,
    parse_rule_cases,
    run_case,
)
from yihui.runtime.language import load_language

ROOM = Path(__file__).parents[2] / "rules"
CASES = ROOM / "cases" / "library"
TEXTS = {
    f"{path.parent.name}/{path.name}": path.read_text("utf-8")
    for path in sorted(ROOM.glob("*/*"))
    if path.suffix in (".yaml", ".json")
}
CHINESE = load_language("zh").translate


@cache
def shipped() -> RuleLibrary:
    return load_library(list(TEXTS.items()))


@cache
def cases() -> tuple[RuleCase, ...]:
    ids = [rule.id for rule in shipped().rules]
    read = [
        parse_rule_cases(file.name, file.read_text("utf-8"), ids) for file in sorted(CASES.glob("*.yaml"))
    ]
    wrong = [str(finding) for _, findings in read for finding in findings]
    assert not wrong, wrong
    return tuple(case for found, _ in read for case in found)


@cache
def rulings() -> tuple[CaseRuling, ...]:
    return tuple(run_case(case, shipped(), CHINESE) for case in cases())


@pytest.mark.parametrize(
    "ruling", rulings(), ids=lambda ruling: f"{ruling.case.rule}: {ruling.case.sentence}"
)
def test_the_case_is_decided_as_its_sentence_says(ruling: CaseRuling) -> None:
    assert not ruling.differences, f"{ruling.case.file}:{ruling.case.line}"


def test_no_line_of_any_rule_is_left_untouched() -> None:
    left: tuple[UncoveredLine, ...] = find_uncovered_lines(
        shipped(), TEXTS, rulings(), [rule.id for rule in shipped().rules]
    )
    assert not left, [f"{line.file}:{line.line}: {line.text}: {line.never}" for line in left]


def test_every_version_of_a_rule_is_granted_in_one_case_and_not_in_another() -> None:
    for rule in shipped().rules:
        outcomes = {
            ruling.case.expect.outcome
            for ruling in rulings()
            if ruling.case.rule == rule.id and rule.definition.in_force.holds(ruling.case.event.occurred_on)
        }
        assert outcomes & {"due", "entered"} and "refused" in outcomes, rule.file


def test_no_sentence_stands_twice_for_one_rule() -> None:
    sentences = [(case.rule, case.sentence) for case in cases()]
    assert len(set(sentences)) == len(sentences)
