"""One rule that is looked at: its conditions as trees, its document, and who answers questions about it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from rules.engine.decision_table import table_of
from rules.engine.rule import Part, Rule
from rules.expressions.expression import Expression
from rules.expressions.syntax import (
    And,
    Call,
    Choice,
    Compare,
    Literal,
    Node,
    Not,
    Or,
    Product,
    Quotient,
    Reading,
    Sum,
    Within,
)
from rules.facts import Fact, Value, facts_for
from rules.linting.domains import Setting
from rules.linting.linear import facts_of
from rules.linting.prover import Prover
from rules.linting.search import Wanted
from rules.model.definition import RuleDefinition
from rules.yaml.document import Path, YamlDocument
from rules.yaml.wording import PARAMETER

_MOST_SHOWN = 240


@dataclass(frozen=True, slots=True)
class Stated:
    """A condition and where it stands; ``ours`` if a process makes it."""

    document: YamlDocument
    path: Path
    text: str
    tree: Node
    ours: bool = False

    @property
    def line(self) -> int:
        """The line that it stands on."""
        return self.document.place(self.path).line

    @property
    def holds(self) -> Wanted:
        """That it holds."""
        return Wanted(self.tree)

    @property
    def fails(self) -> Wanted:
        """That it is false."""
        return Wanted(self.tree, False)


@dataclass(frozen=True, slots=True)
class StatedTable:
    """The rows of one part's table; ``document`` and ``path`` are where the table itself stands."""

    part: Part
    document: YamlDocument
    path: Path
    rows: tuple[Stated, ...]


@dataclass(slots=True)
class Subject:
    """One rule. ``tables_in`` are the documents of the decision tables, by file."""

    rule: Rule
    document: YamlDocument
    tables_in: Mapping[str, YamlDocument]
    facts: Mapping[str, Fact] = field(init=False)
    prover: Prover = field(init=False)
    base: tuple[Stated, ...] = field(init=False)
    tables: tuple[StatedTable, ...] = field(init=False)

    def __post_init__(self) -> None:
        definition = self.definition
        self.facts = facts_for(definition.on)
        self.prover = Prover(self.facts, Setting(definition.in_force, definition.owner))
        self.base = tuple(self._base())
        self.tables = tuple(self._tables())

    @property
    def definition(self) -> RuleDefinition:
        """What its file says."""
        return self.rule.definition

    @property
    def parameters(self) -> dict[str, Value]:
        """The values of the parameters, by path."""
        return {f"{PARAMETER}{name}": held.value for name, held in self.definition.parameters.items()}

    def _base(self) -> Iterator[Stated]:
        """All that must hold for the benefit to be due, but for its tables."""
        definition = self.definition
        if definition.whom:
            path: Path = ("among",) if definition.among else ("process",)
            yield self.stated(path, definition.whom, ours=definition.among is None)
        for demanded in definition.preconditions:
            yield self.stated(("process",), demanded.that, ours=True)
        for index, requirement in enumerate(definition.require):
            yield self.stated(("require", index, "that"), requirement.that)

    def stated(self, path: Path, text: str, *, ours: bool = False) -> Stated:
        """A condition of the rule's own file, its parameters written out."""
        return Stated(self.document, path, text, self.condition(text), ours)

    def condition(self, text: str) -> Node:
        """The tree of a condition, its parameters written out."""
        return self._settled(self.rule.expressions.conditions[text].tree)

    def number(self, expression: Expression) -> Node:
        """The tree of an amount, its parameters written out."""
        return self._settled(expression.tree)

    def _tables(self) -> Iterator[StatedTable]:
        for index, part in enumerate(self.rule.parts):
            table = part.benefit.table
            if table is None:
                continue
            path: Path = ("benefit", index, "table")
            document, top = self.document, (*path, "rows")
            keys: Path = ("when",)
            if table.file is not None:
                found = table_of(table.file, self.tables_in)
                if found is None:
                    continue
                document, top, keys = found, _rules_in(found), ()
                path = top
            rows = tuple(
                Stated(document, (*top, number, *keys), row.that, self.condition(row.that))
                for number, row in enumerate(part.rows)
            )
            yield StatedTable(part, document, path, rows)

    def _settled(self, node: Node) -> Node:
        """The tree with the values of the parameters in it."""
        settle = self._settled
        match node:
            case Reading(path=path, place=place) if path.startswith(PARAMETER):
                return Literal(self.definition.parameters[path.removeprefix(PARAMETER)].value, place)
            case Call(name=name, arguments=arguments):
                return Call(name, tuple(map(settle, arguments)), node.place)
            case Compare(operator=sign, left=left, right=right):
                return Compare(sign, settle(left), settle(right), node.place)
            case Within(item=item, options=options):
                listed = tuple(map(settle, options)) if isinstance(options, tuple) else options
                return Within(settle(item), listed, node.place)
            case Not(operand=operand):
                return Not(settle(operand), node.place)
            case And(parts=parts):
                return And(tuple(map(settle, parts)), node.place)
            case Or(parts=parts):
                return Or(tuple(map(settle, parts)), node.place)
            case Sum(terms=terms):
                return Sum(tuple((sign, settle(term)) for sign, term in terms), node.place)
            case Product(factors=factors):
                return Product(tuple(map(settle, factors)), node.place)
            case Quotient(numerator=numerator, denominator=denominator):
                return Quotient(settle(numerator), settle(denominator), node.place)
            case Choice(condition=condition, then=then, otherwise=otherwise):
                return Choice(settle(condition), settle(then), settle(otherwise), node.place)
        return node


def _rules_in(table: YamlDocument) -> Path:
    """Where the rows of a decision table stand in its file."""
    nodes = table.value.get("nodes") if isinstance(table.value, dict) else ()
    for index, node in enumerate(nodes if isinstance(nodes, tuple) else ()):
        if isinstance(node, dict) and node.get("type") == "decisionTableNode":
            return ("nodes", index, "content", "rules")
    return ()


def holding(stated: Sequence[Stated]) -> list[Wanted]:
    """That all hold."""
    return [one.holds for one in stated]


def failing(stated: Sequence[Stated]) -> list[Wanted]:
    """That all are false."""
    return [one.fails for one in stated]


def shown(member: Mapping[str, Value], asked: Sequence[Node] = ()) -> str:
    """A member as data: ``event.level: 技师; member.status: active``; null is what isn't known.

    What some nodes ask about stands first.
    """
    first = frozenset(path for node in asked for path in facts_of(node))
    paths = sorted(member, key=lambda path: (path not in first, path))
    text = "; ".join(f"{path}: {_shown(member[path])}" for path in paths)
    return text if len(text) <= _MOST_SHOWN else text[: _MOST_SHOWN - 1] + "…"


def _shown(value: Value) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case tuple():
            return f"[{'、'.join(value)}]"
        case date():
            return value.isoformat()
    return str(value)
