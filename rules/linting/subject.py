"""The rule that the linter checks: its conditions as trees, its document and its prover."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from core.yaml.document import DocumentPath, YamlDocument
from rules.engine.decision_table import find_decision_table
from rules.engine.rule import BenefitPart, Rule
from rules.expressions.expression import Expression
from rules.expressions.syntax import FactReference, Literal, Node, replace_child_nodes
from rules.facts import Fact, FactValue, facts_for_event
from rules.linting.domains import RuleSetting
from rules.linting.linear import fact_paths
from rules.linting.prover import Prover
from rules.linting.search import RequiredTruth
from rules.model.definition import RuleDefinition
from rules.yaml.wording import PARAMETER_PREFIX

_MAX_SHOWN = 240


@dataclass(frozen=True, slots=True)
class StatedCondition:
    """A condition and its place in a document; ``from_process`` if the process of the rule adds it."""

    document: YamlDocument
    path: DocumentPath
    text: str
    tree: Node
    from_process: bool = False

    @property
    def line(self) -> int:
        """Return the line of the condition."""
        return self.document.place(self.path).line

    @property
    def must_hold(self) -> RequiredTruth:
        """Return the requirement that the condition holds."""
        return RequiredTruth(self.tree)

    @property
    def must_fail(self) -> RequiredTruth:
        """Return the requirement that the condition is false."""
        return RequiredTruth(self.tree, False)


@dataclass(frozen=True, slots=True)
class StatedTable:
    """The rows of one part's table; ``document`` and ``path`` locate the table itself."""

    part: BenefitPart
    document: YamlDocument
    path: DocumentPath
    rows: tuple[StatedCondition, ...]


@dataclass(slots=True)
class LintSubject:
    """One rule that is checked; ``table_documents`` are the documents of the decision tables, by file."""

    rule: Rule
    document: YamlDocument
    table_documents: Mapping[str, YamlDocument]
    facts: Mapping[str, Fact] = field(init=False)
    prover: Prover = field(init=False)
    base_conditions: tuple[StatedCondition, ...] = field(init=False)
    tables: tuple[StatedTable, ...] = field(init=False)

    def __post_init__(self) -> None:
        definition = self.definition
        self.facts = facts_for_event(definition.on)
        self.prover = Prover(self.facts, RuleSetting(definition.in_force, definition.owner))
        self.base_conditions = tuple(self._base())
        self.tables = tuple(self._tables())

    @property
    def definition(self) -> RuleDefinition:
        """Return the definition of the rule."""
        return self.rule.definition

    def _base(self) -> Iterator[StatedCondition]:
        """Yield every condition for the benefit except those of its tables."""
        definition = self.definition
        if definition.audience_condition:
            path: DocumentPath = ("among",) if definition.among else ("process",)
            yield self.build_condition(path, definition.audience_condition, ours=definition.among is None)
        for demanded in definition.preconditions:
            yield self.build_condition(("process",), demanded.that, ours=True)
        for index, requirement in enumerate(definition.require):
            yield self.build_condition(("require", index, "that"), requirement.that)

    @property
    def base_truths(self) -> list[RequiredTruth]:
        """The requirements that all its conditions hold, except those of its tables."""
        return [one.must_hold for one in self.base_conditions]

    @property
    def group_conditions(self) -> list[StatedCondition]:
        """The conditions of the lottery groups."""
        return [
            self.build_condition(("allocate", "groups", index, "where"), group.where)
            for index, group in enumerate(self.definition.allocate.groups)
        ]

    def build_condition(self, path: DocumentPath, text: str, *, ours: bool = False) -> StatedCondition:
        """Return a condition of the rule's own file, with parameters replaced by their values."""
        return StatedCondition(self.document, path, text, self.condition_tree(text), ours)

    def condition_tree(self, text: str) -> Node:
        """Return the tree of a condition, with parameters replaced by their values."""
        return self._with_parameters(self.rule.expressions.conditions[text].tree)

    def amount_tree(self, expression: Expression) -> Node:
        """Return the tree of an amount, with parameters replaced by their values."""
        return self._with_parameters(expression.tree)

    def _tables(self) -> Iterator[StatedTable]:
        for index, part in enumerate(self.rule.parts):
            table = part.benefit.table
            if table is None:
                continue
            path: DocumentPath = ("benefit", index, "table")
            document, top = self.document, (*path, "rows")
            keys: DocumentPath = ("when",)
            if table.file is not None:
                found = find_decision_table(table.file, self.table_documents)
                if found is None:
                    continue
                document, top, keys = found, _rules_in(found), ()
                path = top
            rows = tuple(
                StatedCondition(document, (*top, number, *keys), row.that, self.condition_tree(row.that))
                for number, row in enumerate(part.rows)
            )
            yield StatedTable(part, document, path, rows)

    def _with_parameters(self, node: Node) -> Node:
        """Return the tree with parameters replaced by their values."""
        if isinstance(node, FactReference) and node.path.startswith(PARAMETER_PREFIX):
            name = node.path.removeprefix(PARAMETER_PREFIX)
            return Literal(self.definition.parameters[name].value, node.place)
        return replace_child_nodes(node, self._with_parameters)


def _rules_in(table: YamlDocument) -> DocumentPath:
    """Return the path of the rows of a decision table in its file."""
    nodes = table.value.get("nodes") if isinstance(table.value, dict) else ()
    for index, node in enumerate(nodes if isinstance(nodes, tuple) else ()):
        if isinstance(node, dict) and node.get("type") == "decisionTableNode":
            return ("nodes", index, "content", "rules")
    return ()


def format_member(member: Mapping[str, FactValue], asked: Sequence[Node] = ()) -> str:
    """Return the facts of a member as text: ``event.level: 技师; member.status: active``.

    An unknown fact is null. Facts that the ``asked`` nodes read come first.
    """
    first = frozenset(path for node in asked for path in fact_paths(node))
    paths = sorted(member, key=lambda path: (path not in first, path))
    text = "; ".join(f"{path}: {_format_value(member[path])}" for path in paths)
    return text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 1] + "…"


def _format_value(value: FactValue) -> str:
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
