"""What each row of a table demands of single facts: rows that demand unlike values never meet."""

from collections.abc import Sequence
from dataclasses import dataclass

from rules.linting.atoms import Atoms
from rules.linting.prover import Prover
from rules.linting.search import Bound, Wanted, goals_of
from rules.linting.subject import Stated


@dataclass(frozen=True, slots=True)
class Outlines:
    """For each row and fact the values that the row leaves, as the bits of a number."""

    rows: Sequence[dict[str, int]]

    def may_meet(self, one: int, other: int) -> bool:
        """Whether nothing excludes that both rows hold."""
        left, right = self.rows[one], self.rows[other]
        return all(bits & right[path] for path, bits in left.items() if path in right)


def outlines_of(prover: Prover, rows: Sequence[Stated]) -> Outlines:
    """The outlines of all rows; where there are too many values they say nothing, and all may meet."""
    atoms = Atoms(prover.facts)
    goals = [goals_of([Wanted(atoms.rewrite(row.tree))]) for row in rows]
    single = [[goal for goal in found if len(goal.reads) == 1] for found in goals]
    try:
        paths = sorted({path for found in single for goal in found for path in goal.reads})
        values = {path: prover.values(atoms, path) for path in paths}
    except Bound:
        return Outlines([{} for _ in rows])
    outlines: list[dict[str, int]] = []
    for found in single:
        outline: dict[str, int] = {}
        for goal in found:
            (path,) = goal.reads
            bits = sum(
                1 << place
                for place, value in enumerate(values[path])
                if goal.ask({path: value}) is goal.holds
            )
            outline[path] = outline.get(path, -1) & bits
        outlines.append(outline)
    return Outlines(outlines)
