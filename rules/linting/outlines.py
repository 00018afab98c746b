"""Compare what table rows require of single facts.

Rows that require different values of one fact never overlap.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rules.linting.atoms import ConditionRewriter
from rules.linting.prover import Prover
from rules.linting.search import RequiredTruth, TooManyCases, build_goals
from rules.linting.subject import StatedCondition


@dataclass(frozen=True, slots=True)
class RowOutlines:
    """For each row and fact, the values that the row allows, as the bits of a number."""

    rows: Sequence[dict[str, int]]

    def may_overlap(self, one: int, other: int) -> bool:
        """Return whether both rows may hold for one member, as far as single facts show."""
        left, right = self.rows[one], self.rows[other]
        return all(bits & right[path] for path, bits in left.items() if path in right)


def build_row_outlines(prover: Prover, rows: Sequence[StatedCondition]) -> RowOutlines:
    """Build the outlines of all rows; if there are too many values, the outlines are empty and all may
    overlap.
    """
    atoms = ConditionRewriter(prover.facts)
    goals = [build_goals([RequiredTruth(atoms.rewrite(row.tree))]) for row in rows]
    single = [[goal for goal in found if len(goal.reads) == 1] for found in goals]
    try:
        paths = sorted({path for found in single for goal in found for path in goal.reads})
        values = {path: prover.fact_values(atoms, path) for path in paths}
    except TooManyCases:
        return RowOutlines([{} for _ in rows])
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
    return RowOutlines(outlines)
