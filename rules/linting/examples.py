"""Members for whom a rule's conditions turn out one way or the other: the worked examples of its document."""

from collections.abc import Iterator, Mapping

from rules.engine.rule import Rule
from rules.facts import FactValue
from rules.linting.prover import ProofOutcome
from rules.linting.search import RequiredTruth
from rules.linting.subject import LintSubject
from rules.yaml.rule_text import parse_rule_document

MOST_ROWS_SHOWN = 8  # of all tables
MOST_REFUSALS_SHOWN = 6


def find_example_members(rule: Rule, text: str) -> Iterator[Mapping[str, FactValue]]:
    """Yield the facts of a member for each row of the rule's tables, or of one if it has none, then of members who
    fail one requirement each; cases that the prover can't decide are left out.
    """
    subject = LintSubject(rule, parse_rule_document(rule.file, text), {})
    granted = list(_granted(subject))
    for wanted in [*granted[:MOST_ROWS_SHOWN], *list(_refused(subject))[:MOST_REFUSALS_SHOWN]]:
        found = subject.prover.find_member(*wanted)
        if not isinstance(found, ProofOutcome):
            yield found


def _granted(subject: LintSubject) -> Iterator[list[RequiredTruth]]:
    base = subject.base_truths
    for part in subject.rule.parts:
        trees = [subject.condition_tree(row.that) for row in part.rows]
        for number, tree in enumerate(trees):
            above = [RequiredTruth(other, False) for other in trees[:number]]
            yield [*base, *above, RequiredTruth(tree)]
    if not any(part.rows for part in subject.rule.parts):
        yield base


def _refused(subject: LintSubject) -> Iterator[list[RequiredTruth]]:
    stated = subject.base_conditions
    for failing in stated:
        if failing.path[0] == "require":
            others = [one.must_hold for one in stated if one is not failing]
            yield [*others, failing.must_fail]
