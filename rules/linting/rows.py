"""Check for table rows that are never reached, and for overlapping rows that only their order decides."""

from collections.abc import Mapping, Sequence
from itertools import combinations

from core.text_marks import N_
from rules.faults import rule_fault_table
from rules.linting.atoms import ConditionRewriter
from rules.linting.conditions import report_not_proven
from rules.linting.linear import fact_paths
from rules.linting.prover import ProofOutcome, Prover
from rules.linting.search import RequiredTruth, TooManyCases, build_goals
from rules.linting.subject import (
    LintSubject,
    StatedCondition,
    StatedTable,
    format_member,
)


def _build_outlines(prover: Prover, rows: Sequence[StatedCondition]) -> list[dict[str, int]]:
    """Return, for each row and fact, the values that the row allows, as the bits of a number; nothing of any fact
    if there are too many values.
    """
    atoms = ConditionRewriter(prover.facts)
    goals = [build_goals([RequiredTruth(atoms.rewrite(row.tree))]) for row in rows]
    single = [[goal for goal in found if len(goal.reads) == 1] for found in goals]
    try:
        paths = sorted({path for found in single for goal in found for path in goal.reads})
        values = {path: prover.fact_values(atoms, path) for path in paths}
    except TooManyCases:
        return [{} for _ in rows]
    outlines: list[dict[str, int]] = []
    for found in single:
        outline: dict[str, int] = {}
        for goal in found:
            (path,) = goal.reads
            bits = sum(
                1 << place
                for place, value in enumerate(values[path])
                if goal.evaluate({path: value}) is goal.holds
            )
            outline[path] = outline.get(path, -1) & bits
        outlines.append(outline)
    return outlines


def _may_overlap(left: Mapping[str, int], right: Mapping[str, int]) -> bool:
    """Return whether two rows may hold for one member, as far as single facts show."""
    return all(bits & right[path] for path, bits in left.items() if path in right)


MAX_ROW_PAIRS = 500
_ROW_NEVER_REACHED = N_("the row {value} is never reached")
_PUT_ABOVE = N_("put the special case above the general one, or drop the row")
_FAULTS = rule_fault_table(
    {
        "not-proven": (
            N_("the table has too many rows to compare each with each"),
            N_("split the table, or check its lower rows with cases"),
        ),
        "unreachable-row": (
            _ROW_NEVER_REACHED,
            _PUT_ABOVE,
            N_("The rows above take all of its cases, the first that holds decides: line {line}."),
        ),
        "unreachable-row.never": (
            _ROW_NEVER_REACHED,
            _PUT_ABOVE,
            N_("It never holds, whatever the facts are."),
        ),
        "unreachable-row.excluded": (
            _ROW_NEVER_REACHED,
            _PUT_ABOVE,
            N_("What is required excludes it."),
        ),
        "overlapping-rows": (
            N_("for the member {member} both this row and line {line} hold, with different amounts"),
            N_("let one row exclude the other, or make one the special case of the other and put it first"),
            N_("Only the order of the rows decides which amount is paid."),
        ),
    }
)


def check_table_rows(subject: LintSubject, table: StatedTable) -> None:
    """Check the rows of one table of a rule whose requirements can hold."""
    rows = table.rows
    outlines = _build_outlines(subject.prover, rows)
    reached = []
    for index, row in enumerate(rows):
        above = [
            rows[earlier] for earlier in range(index) if _may_overlap(outlines[earlier], outlines[index])
        ]
        if _is_reached(subject, above, row):
            reached.append(index)
    pairs = [pair for pair in combinations(reached, 2) if _may_overlap(*(outlines[i] for i in pair))]
    unlike = [pair for pair in pairs if _is_doubtful(subject, table, *pair)]
    reported: set[int] = set()
    if subject.prover.is_exhausted:
        return
    for early, late in unlike[:MAX_ROW_PAIRS]:
        above = [rows[index] for index in range(early) if _may_overlap(outlines[index], outlines[early])]
        if late not in reported and _overlap(subject, above, rows[early], rows[late]):
            reported.add(late)
    if len(unlike) > MAX_ROW_PAIRS:
        table.document.add_fault(table.path, _FAULTS.build("not-proven", severity="information"))


def _is_doubtful(subject: LintSubject, table: StatedTable, early: int, late: int) -> bool:
    """Return whether an overlap of two rows may be a mistake.

    Listing the greater amount first is a valid way to write a table, but not on a single scale.
    """
    first, second = table.part.amounts[early], table.part.amounts[late]
    if first == second:
        return False
    if not (isinstance(first, int) and isinstance(second, int) and first > second):
        return True
    asked = fact_paths(table.rows[early].tree) | fact_paths(table.rows[late].tree)
    return len(asked) == 1 and all(subject.facts[path].kind in ("integer", "fen", "date") for path in asked)


def _is_reached(subject: LintSubject, above: Sequence[StatedCondition], row: StatedCondition) -> bool:
    base = subject.base_truths
    found = subject.prover.find_member(*base, row.must_hold, *(one.must_fail for one in above))
    if found is ProofOutcome.OPEN:
        report_not_proven(subject, row)
    if found is not ProofOutcome.NEVER:
        return True
    code, others = "unreachable-row", list[StatedCondition]()
    if subject.prover.find_member(row.must_hold) is ProofOutcome.NEVER:
        code = "unreachable-row.never"
    elif subject.prover.find_member(*base, row.must_hold) is ProofOutcome.NEVER:
        code = "unreachable-row.excluded"
    else:
        others = [
            one
            for one in above
            if subject.prover.find_member(*base, row.must_hold, one.must_fail) is ProofOutcome.NEVER
        ]
        others = others[:1] or list(above)
    row.document.add_fault(row.path, _FAULTS.build(code, line=", ".join(str(one.line) for one in others)))
    return False


def _overlap(
    subject: LintSubject, above: Sequence[StatedCondition], first: StatedCondition, second: StatedCondition
) -> bool:
    """Report two rows that hold for one member if neither is a special case of the other.

    Only the order of the rows then decides. Return whether it was reported.
    """
    base = [*subject.base_truths, *(one.must_fail for one in above)]
    both = subject.prover.find_member(*base, first.must_hold, second.must_hold)
    if isinstance(both, ProofOutcome):
        return False
    for one, other in ((first, second), (second, first)):
        if isinstance(subject.prover.find_member(*base, one.must_hold, other.must_fail), ProofOutcome):
            return False
    member = format_member(both, (first.tree, second.tree))
    fault = _FAULTS.build("overlapping-rows", severity="warning", member=member, line=first.line)
    second.document.add_fault(second.path, fault)
    return True
