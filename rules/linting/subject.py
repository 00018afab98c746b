"""One rule that is looked at: its conditions as trees, its document, and who answers questions about it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from rules.definition import RuleDefinition
from rules.document import Path, YamlDocument
from rules.facts import Fact, Value, facts_for
from rules.finding import shortened
from rules.grammar import parse
from rules.linting.domains import Setting
from rules.linting.prover import Prover
from rules.linting.search import Wanted
from rules.syntax import (
    And,
    Call,
    Choice,
    Compare,
    Literal,
    Node,
    Not,
    Or,
    Product,
    Reading,
    Sum,
    Within,
)
from rules.wording import PARAMETER

_MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Stated:
    """A condition and where it stands."""

    path: Path
    text: str
    tree: Node

    @property
    def holds(self) -> Wanted:
        """That it holds."""
        return Wanted(self.tree)

    @property
    def fails(self) -> Wanted:
        """That it is false."""
        return Wanted(self.tree, False)


@dataclass(slots=True)
class Subject:
    """One rule."""

    definition: RuleDefinition
    document: YamlDocument
    facts: Mapping[str, Fact] = field(init=False)
    prover: Prover = field(init=False)
    among: list[Stated] = field(init=False)
    required: list[Stated] = field(init=False)

    def __post_init__(self) -> None:
        definition = self.definition
        self.facts = facts_for(definition.on)
        self.prover = Prover(self.facts, Setting(definition.in_force, definition.owner))
        self.among = [self.stated(("among",), definition.among)] if definition.among else []
        self.required = [
            self.stated(("require", index, "that"), requirement.that)
            for index, requirement in enumerate(definition.require)
        ]

    @property
    def base(self) -> list[Stated]:
        """All that must hold for the benefit to be due, but for its table."""
        return [*self.among, *self.required]

    def stated(self, path: Path, text: str) -> Stated:
        """A condition with its parameters written out."""
        return Stated(path, text, self._settled(parse(text)))

    def tables(self) -> Iterator[tuple[int, list[Stated]]]:
        """The rows of every part that has a table here, with the part's number."""
        for part, benefit in enumerate(self.definition.benefits):
            if benefit.table and benefit.table.rows:
                yield (
                    part,
                    [
                        self.stated(("benefit", part, "table", "rows", index, "when"), row.when)
                        for index, row in enumerate(benefit.table.rows)
                    ],
                )

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
            case Choice(condition=condition, then=then, otherwise=otherwise):
                return Choice(settle(condition), settle(then), settle(otherwise), node.place)
        return node


def holding(stated: Sequence[Stated]) -> list[Wanted]:
    """That all hold."""
    return [one.holds for one in stated]


def failing(stated: Sequence[Stated]) -> list[Wanted]:
    """That all are false."""
    return [one.fails for one in stated]


def shown(member: Mapping[str, Value]) -> str:
    """A member as data: ``member.status: active; event.level: 技师``; null is what isn't known."""
    text = "; ".join(f"{path}: {_shown(value)}" for path, value in sorted(member.items()))
    return text if len(text) <= _MOST_SHOWN else shortened(text)


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
