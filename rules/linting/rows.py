"""Check the rows of tables: those never reached, those that overlap, and cases that they omit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations, product
from math import prod

from core.source_text import SourcePosition
from core.text_marks import N_
from rules.expressions.evaluator import Evaluator, compile_evaluator
from rules.expressions.syntax import Compare, FactReference, InTest, Literal, Node, walk_nodes
from rules.facts import FactValue
from rules.faults import rule_fault_table
from rules.linting.atoms import FIGURE_PREFIX, ConditionRewriter
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
        "not-proven.gaps": (
            N_("the table tells too many cases apart to look at each for gaps"),
            N_("split the table, or check its edges with cases"),
        ),
        "table-gap": (
            N_("no row holds for the member {member}, though rows hold for those around"),
            N_("add a row for that case, or exclude it by a requirement with a text of its own"),
            N_("Such a member is refused with the else: of the table."),
        ),
    }
)
MAX_GRID_CASES = 4_000
_MAX_REPORTED = 3
_MOST_VALUES = 60
_NOWHERE = SourcePosition(1, 1)
GridCase = tuple[FactValue, ...]


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


@dataclass(frozen=True, slots=True)
class CaseGrid:
    """The cases that a table distinguishes: one value for each fact that its rows read."""

    paths: tuple[str, ...]
    values: tuple[tuple[FactValue, ...], ...]
    rows: tuple[Evaluator, ...]
    ordered: frozenset[int]

    def has_row(self, case: GridCase) -> bool:
        """Return whether a row holds for a case."""
        facts = dict(zip(self.paths, case, strict=True))
        return any(row(facts) is True for row in self.rows)

    def is_refused(self, case: GridCase) -> bool:
        """Return whether every row is false for a case, not merely unknown."""
        facts = dict(zip(self.paths, case, strict=True))
        return all(row(facts) is False for row in self.rows)


def check_table_gaps(subject: LintSubject, table: StatedTable) -> None:
    """Report cases without a row that lie between cases with one, or that the rule names elsewhere."""
    atoms = ConditionRewriter(subject.facts)
    trees = [atoms.rewrite(row.tree) for row in table.rows]
    try:
        grid = _grid(subject, atoms, trees)
    except TooManyCases:
        return
    if prod(len(values) for values in grid.values) > MAX_GRID_CASES:
        table.document.add_fault(table.path, _FAULTS.build("not-proven.gaps", severity="information"))
        return
    _report_gaps(subject, table, grid)


def _grid(subject: LintSubject, atoms: ConditionRewriter, trees: Sequence[Node]) -> CaseGrid:
    paths = tuple(sorted({path for tree in trees for path in fact_paths(tree)}))
    found = [subject.prover.fact_values(atoms, path, _MOST_VALUES) for path in paths]
    values = tuple(tuple(sorted(one for one in many if one is not None)) for many in found)
    ordered = frozenset(i for i, path in enumerate(paths) if _is_ordered(subject, atoms, path))
    return CaseGrid(paths, values, tuple(compile_evaluator(tree) for tree in trees), ordered)


def _is_ordered(subject: LintSubject, atoms: ConditionRewriter, path: str) -> bool:
    kind = atoms.figures[path].kind if path.startswith(FIGURE_PREFIX) else subject.facts[path].kind
    return kind in ("integer", "fen", "date")


def _report_gaps(subject: LintSubject, table: StatedTable, grid: CaseGrid) -> None:
    taken = {case: grid.has_row(case) for case in product(*grid.values)}
    named = _named(subject, table.rows)
    members: list[str] = []
    for case in taken:
        if taken[case] or not grid.is_refused(case) or len(members) == _MAX_REPORTED:
            continue
        if _lies_between(grid, taken, case) or _is_named(grid, taken, case, named):
            member = _member(subject, table.rows, grid, case)
            if not isinstance(member, ProofOutcome):
                members.append(format_member(member, [row.tree for row in table.rows]))
    if members:
        several = " / ".join(dict.fromkeys(members))
        fault = _FAULTS.build("table-gap", severity="warning", member=several)
        table.document.add_fault(table.rows[-1].path, fault)


def _lies_between(grid: CaseGrid, taken: Mapping[GridCase, bool], case: GridCase) -> bool:
    """Return whether rows hold for a smaller and a greater number or day, all else being equal."""
    for index in grid.ordered:
        values = grid.values[index]
        at = values.index(case[index])
        less, more = (
            any(taken[(*case[:index], value, *case[index + 1 :])] for value in side)
            for side in (values[:at], values[at + 1 :])
        )
        if less and more:
            return True
    return False


def _is_named(
    grid: CaseGrid, taken: Mapping[GridCase, bool], case: GridCase, named: Mapping[str, frozenset[FactValue]]
) -> bool:
    """Return whether the rule names all texts of the case, and no number or day gives it a row."""
    plain = [index for index in range(len(case)) if index not in grid.ordered]
    if not plain or any(case[i] not in named.get(grid.paths[i], ()) for i in plain):
        return False
    if any(case[i] != grid.values[i][0] for i in grid.ordered):
        return False  # the first value represents all of them
    return not any(taken[other] for other in taken if all(other[i] == case[i] for i in plain))


def _named(subject: LintSubject, rows: Sequence[StatedCondition]) -> Mapping[str, frozenset[FactValue]]:
    """Return the values that the rows and requirements compare each fact with."""
    found: dict[str, set[FactValue]] = {}
    for stated in (*subject.base_conditions, *rows):
        for node in walk_nodes(stated.tree):
            match node:
                case (
                    Compare(operator="==", left=FactReference(path=path), right=Literal(value=value))
                    | Compare(operator="==", left=Literal(value=value), right=FactReference(path=path))
                ):
                    found.setdefault(path, set()).add(value)
                case InTest(item=FactReference(path=path), options=tuple() as options):
                    found.setdefault(path, set()).update(o.value for o in options if isinstance(o, Literal))
    return {path: frozenset(values) for path, values in found.items()}


def _member(
    subject: LintSubject, rows: Sequence[StatedCondition], grid: CaseGrid, case: GridCase
) -> dict[str, FactValue] | ProofOutcome:
    """Find a member of the given case who meets the requirements."""
    same = [
        RequiredTruth(Compare("==", FactReference(path, _NOWHERE), Literal(value, _NOWHERE), _NOWHERE))
        for path, value in zip(grid.paths, case, strict=True)
        if isinstance(value, str | int | date) and not path.startswith(FIGURE_PREFIX)
    ]
    return subject.prover.find_member(*subject.base_truths, *(row.must_fail for row in rows), *same)
