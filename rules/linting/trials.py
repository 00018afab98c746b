"""Try a rule on generated members: every condition must have an answer for any facts."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from core.text_marks import N_
from rules.facts import MAX_INTEGER, Fact, FactValue
from rules.faults import rule_fault_table
from rules.linting.atoms import ConditionRewriter
from rules.linting.domains import OCCURRED_ON
from rules.linting.prover import ProofOutcome
from rules.linting.search import TooManyCases
from rules.linting.subject import LintSubject, StatedCondition, format_member, require_all_hold

MAX_TRIALS = 400
_FAULTS = rule_fault_table(
    {
        "cannot-evaluate": (
            N_("{value} can't be evaluated for the member {member}"),
            N_("write it with other facts or functions, and tell who keeps Yihui"),
            N_("Such a member's event would stop with an error."),
        ),
    }
)
_MOST_OF_A_FACT = 12
_FAILURES = (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError)
"""What an evaluation might raise: each would stop a batch."""


def check_generated_members(subject: LintSubject) -> None:
    """Vary one fact at a time around a member who is granted the rule; report the first member that fails."""
    stated = _in_order(subject)
    for count, member in enumerate(_members(subject, stated)):
        if count == MAX_TRIALS:
            return
        index = _find_failing(subject, member)
        if index is not None:
            one = stated[min(index, len(stated) - 1)]
            fault = _FAULTS.build("cannot-evaluate", member=format_member(member, [one.tree]))
            one.document.add_fault(one.path, fault)
            return


def _in_order(subject: LintSubject) -> list[StatedCondition]:
    """Return the conditions in the order in which the rule compiles them."""
    rows = [row for part in subject.rule.parts for t in subject.tables if t.part is part for row in t.rows]
    return [*subject.base_conditions, *rows, *subject.group_conditions]


def _find_failing(subject: LintSubject, member: Mapping[str, FactValue]) -> int | None:
    """Return the index of the first condition whose evaluation raises; None if all have an answer."""
    compiled = subject.rule.compiled
    values = {**dict.fromkeys(compiled.reads), **subject.parameter_values, **member}
    for index, evaluate in enumerate(compiled.evaluators):
        try:
            evaluate(values)
        except _FAILURES:
            return index
    return None


def _members(subject: LintSubject, stated: Sequence[StatedCondition]) -> Iterator[dict[str, FactValue]]:
    found = subject.prover.find_member(*require_all_hold(subject.base_conditions))
    start = {} if isinstance(found, ProofOutcome) else found
    atoms = ConditionRewriter(subject.facts)
    for one in stated:
        atoms.rewrite(one.tree)
    paths = [path for path in subject.rule.compiled.reads if path in subject.facts]
    whole: dict[str, FactValue] = {**dict.fromkeys(paths), **start}
    whole[OCCURRED_ON] = whole.get(OCCURRED_ON) or subject.definition.in_force.since
    yield whole
    for path in paths:
        for value in _values(subject, atoms, path):
            yield {**whole, path: value}


def _values(subject: LintSubject, atoms: ConditionRewriter, path: str) -> list[FactValue]:
    try:
        likely = subject.prover.fact_values(atoms, path)[:_MOST_OF_A_FACT]
    except TooManyCases:
        likely = []
    return [*likely, *_extremes(subject, path, subject.facts[path])]


def _extremes(subject: LintSubject, path: str, fact: Fact) -> list[FactValue]:
    span = subject.definition.in_force
    match fact.kind:
        case "date" if path == OCCURRED_ON:
            return [span.since, span.until or date(2999, 12, 31)]
        case "date":
            return [date.min, date(2000, 2, 29), date.max, None]
        case "integer" | "fen":
            return [-MAX_INTEGER, 0, MAX_INTEGER, None]
        case "texts":
            return [(), fact.allowed, None]
    return [*(fact.allowed if not fact.open else ()), None]
