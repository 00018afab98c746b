"""Table rows that are never reached, and rows of which only the order says which one decides."""

from collections.abc import Sequence
from itertools import combinations

from rules.linting.conditions import not_proven
from rules.linting.linear import facts_of
from rules.linting.outlines import outlines_of
from rules.linting.prover import Proof
from rules.linting.subject import Stated, StatedTable, Subject, failing, holding, shown

N_ = str  # marks a text for the message catalogue

MOST_PAIRS = 500


def check_rows(subject: Subject, table: StatedTable) -> None:
    """Looks at the rows of one table of a rule whose requirements can hold."""
    rows = table.rows
    outlines = outlines_of(subject.prover, rows)
    reached = []
    for index, row in enumerate(rows):
        above = [rows[earlier] for earlier in range(index) if outlines.may_meet(earlier, index)]
        if _is_reached(subject, above, row):
            reached.append(index)
    pairs = [pair for pair in combinations(reached, 2) if outlines.may_meet(*pair)]
    unlike = [pair for pair in pairs if _is_doubtful(subject, table, *pair)]
    told: set[int] = set()
    if subject.prover.is_tired:
        return
    for early, late in unlike[:MOST_PAIRS]:
        above = [rows[index] for index in range(early) if outlines.may_meet(index, early)]
        if late not in told and _overlap(subject, above, rows[early], rows[late]):
            told.add(late)
    if len(unlike) > MOST_PAIRS:
        table.document.find(
            table.path,
            "not-proven",
            N_("the table has too many rows to compare each with each"),
            N_("split the table, or check its lower rows with cases"),
            severity="information",
        )


def _is_doubtful(subject: Subject, table: StatedTable, early: int, late: int) -> bool:
    """Whether an overlap is a slip: the best first is a way to write a table, but not on one scale."""
    first, second = table.part.amounts[early], table.part.amounts[late]
    if first == second:
        return False
    if not (isinstance(first, int) and isinstance(second, int) and first > second):
        return True
    asked = facts_of(table.rows[early].tree) | facts_of(table.rows[late].tree)
    return len(asked) == 1 and all(subject.facts[path].kind in ("integer", "fen", "date") for path in asked)


def _is_reached(subject: Subject, above: Sequence[Stated], row: Stated) -> bool:
    base = holding(subject.base)
    found = subject.prover.member(*base, row.holds, *failing(above))
    if found is Proof.OPEN:
        not_proven(subject, row)
    if found is not Proof.NEVER:
        return True
    others: list[Stated] = []
    if subject.prover.member(row.holds) is Proof.NEVER:
        why = N_("It never holds, whatever the facts are.")
    elif subject.prover.member(*base, row.holds) is Proof.NEVER:
        why = N_("What is required excludes it.")
    else:
        why = N_("The rows above take all of its cases, the first that holds decides: line {line}.")
        others = [one for one in above if subject.prover.member(*base, row.holds, one.fails) is Proof.NEVER]
        others = others[:1] or list(above)
    row.document.find(
        row.path,
        "unreachable-row",
        N_("the row {value} is never reached"),
        N_("put the special case above the general one, or drop the row"),
        why=why,
        params={"line": ", ".join(str(one.line) for one in others)},
    )
    return False


def _overlap(subject: Subject, above: Sequence[Stated], first: Stated, second: Stated) -> bool:
    """Both hold for somebody, and neither is a special case of the other: then only the order decides."""
    base = [*holding(subject.base), *failing(above)]
    both = subject.prover.member(*base, first.holds, second.holds)
    if isinstance(both, Proof):
        return False
    for one, other in ((first, second), (second, first)):
        if isinstance(subject.prover.member(*base, one.holds, other.fails), Proof):
            return False
    second.document.find(
        second.path,
        "overlapping-rows",
        N_("for the member {member} both this row and line {line} hold, with different amounts"),
        N_("let one row exclude the other, or make one the special case of the other and put it first"),
        why=N_("Only the order of the rows decides which amount is paid."),
        params={"member": shown(both, (first.tree, second.tree)), "line": str(first.line)},
        severity="warning",
    )
    return True
