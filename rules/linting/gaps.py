"""Cases that a table leaves out although it deals with those around them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product
from math import prod

from rules.expressions.syntax import Compare, Literal, Node, Place, Reading, Within, walk
from rules.facts import Value
from rules.linting.atoms import FIGURE, Atoms
from rules.linting.linear import facts_of
from rules.linting.prover import Proof
from rules.linting.search import Bound, Wanted
from rules.linting.subject import Stated, StatedTable, Subject, failing, holding, shown
from rules.linting.truth import Answering, answering

N_ = str  # marks a text for the message catalogue

MOST_CASES = 4_000
_MOST_TOLD = 3
_MOST_VALUES = 60
_NOWHERE = Place(1, 1)
Case = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """The cases that a table tells apart: a value of each thing that its rows ask about."""

    paths: tuple[str, ...]
    values: tuple[tuple[Value, ...], ...]
    rows: tuple[Answering, ...]
    ordered: frozenset[int]

    def taken(self, case: Case) -> bool:
        """Whether some row holds."""
        facts = dict(zip(self.paths, case, strict=True))
        return any(row(facts) is True for row in self.rows)

    def refused(self, case: Case) -> bool:
        """Whether every row is false, not merely unknown."""
        facts = dict(zip(self.paths, case, strict=True))
        return all(row(facts) is False for row in self.rows)


def check_gaps(subject: Subject, table: StatedTable) -> None:
    """Finds cases without a row that lie between cases with one, or that the rule names elsewhere."""
    atoms = Atoms(subject.facts)
    trees = [atoms.rewrite(row.tree) for row in table.rows]
    try:
        grid = _grid(subject, atoms, trees)
    except Bound:
        return
    if prod(len(values) for values in grid.values) > MOST_CASES:
        table.document.find(
            table.path,
            "not-proven",
            N_("the table tells too many cases apart to look at each for gaps"),
            N_("split the table, or check its edges with cases"),
            severity="information",
        )
        return
    _tell(subject, table, grid)


def _grid(subject: Subject, atoms: Atoms, trees: Sequence[Node]) -> Grid:
    paths = tuple(sorted({path for tree in trees for path in facts_of(tree)}))
    values = tuple(tuple(_sorted(subject.prover.values(atoms, path, _MOST_VALUES))) for path in paths)
    ordered = frozenset(i for i, path in enumerate(paths) if _is_ordered(subject, atoms, path))
    return Grid(paths, values, tuple(answering(tree) for tree in trees), ordered)


def _sorted(values: Sequence[Value]) -> Sequence[Value]:
    known = [value for value in values if value is not None]
    return sorted(known)


def _is_ordered(subject: Subject, atoms: Atoms, path: str) -> bool:
    kind = atoms.figures[path].kind if path.startswith(FIGURE) else subject.facts[path].kind
    return kind in ("integer", "fen", "date")


def _tell(subject: Subject, table: StatedTable, grid: Grid) -> None:
    taken = {case: grid.taken(case) for case in product(*grid.values)}
    named = _named(subject, table.rows)
    members: list[str] = []
    for case in taken:
        if taken[case] or not grid.refused(case) or len(members) == _MOST_TOLD:
            continue
        if _lies_between(grid, taken, case) or _is_named(grid, taken, case, named):
            member = _member(subject, table.rows, grid, case)
            if not isinstance(member, Proof):
                members.append(shown(member, [row.tree for row in table.rows]))
    if members:
        table.document.find(
            table.rows[-1].path,
            "table-gap",
            N_("no row holds for the member {member}, though rows hold for those around"),
            N_("add a row for that case, or exclude it by a requirement with a text of its own"),
            why=N_("Such a member is refused with the else: of the table."),
            params={"member": " / ".join(dict.fromkeys(members))},
            severity="warning",
        )


def _lies_between(grid: Grid, taken: Mapping[Case, bool], case: Case) -> bool:
    """Whether a row holds for less and for more of some number or day, all else being the same."""
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
    grid: Grid, taken: Mapping[Case, bool], case: Case, named: Mapping[str, frozenset[Value]]
) -> bool:
    """Whether the rule names all texts of the case, and no number or day helps it to a row."""
    plain = [index for index in range(len(case)) if index not in grid.ordered]
    if not plain or any(case[i] not in named.get(grid.paths[i], ()) for i in plain):
        return False
    if any(case[i] != grid.values[i][0] for i in grid.ordered):
        return False  # one of them stands for all
    return not any(taken[other] for other in taken if all(other[i] == case[i] for i in plain))


def _named(subject: Subject, rows: Sequence[Stated]) -> Mapping[str, frozenset[Value]]:
    """The values that stand beside each fact, in the rows and in what is required."""
    found: dict[str, set[Value]] = {}
    for stated in (*subject.base, *rows):
        for node in walk(stated.tree):
            match node:
                case (
                    Compare(operator="==", left=Reading(path=path), right=Literal(value=value))
                    | Compare(operator="==", left=Literal(value=value), right=Reading(path=path))
                ):
                    found.setdefault(path, set()).add(value)
                case Within(item=Reading(path=path), options=tuple() as options):
                    found.setdefault(path, set()).update(o.value for o in options if isinstance(o, Literal))
    return {path: frozenset(values) for path, values in found.items()}


def _member(subject: Subject, rows: Sequence[Stated], grid: Grid, case: Case) -> dict[str, Value] | Proof:
    """Somebody whose case it is and who meets what is required."""
    same = [
        Wanted(Compare("==", Reading(path, _NOWHERE), Literal(value, _NOWHERE), _NOWHERE))
        for path, value in zip(grid.paths, case, strict=True)
        if isinstance(value, str | int | date) and not path.startswith(FIGURE)
    ]
    return subject.prover.member(*holding(subject.base), *failing(rows), *same)
