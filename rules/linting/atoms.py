"""Split a condition into questions about one thing each, so that finitely many cases decide it.

A question about a single fact stays as it is. A question that joins several facts (``event.year ==
year(event.occurred_on)``, ``age(…) >= 60``) becomes a question about a derived figure that may take any
value. If the rewritten questions can never hold, then the condition holds for no member.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from core.source_text import SourcePosition
from rules.expressions.functions import FUNCTIONS, KNOWN_FUNCTION
from rules.expressions.quoting import format_expression
from rules.expressions.syntax import (
    And,
    Call,
    Compare,
    FactReference,
    InTest,
    Literal,
    Node,
    Not,
    Or,
    Ternary,
    replace_child_nodes,
    walk_nodes,
)
from rules.facts import Fact
from rules.linting.linear import LinearSum, build_linear_sum, fact_paths

FIGURE_PREFIX = "≈"
"""What the name of a figure begins with; no fact does."""
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_DATED = ("age", "years", "months_between", "year", "month", "day")
_NUMBERS = ("integer", "fen", "date")


@dataclass(slots=True)
class DerivedFigure:
    """A figure that stands for several facts; ``compared_values`` holds the values that it is compared with.

    ``factors`` are the factors of a number.
    """

    kind: str
    compared_values: set[int | str] = field(default_factory=set)
    allowed: tuple[str, ...] = ()
    factors: Mapping[str, Node] = field(default_factory=dict)


@dataclass(slots=True)
class ConditionRewriter:
    """Rewrite conditions over typed facts, and collect their questions and derived figures."""

    facts: Mapping[str, Fact]
    figures: dict[str, DerivedFigure] = field(default_factory=dict)
    questions: dict[str, Node] = field(default_factory=dict)

    def rewrite(self, node: Node) -> Node:
        """Return the condition with derived figures in place of questions that join several facts."""
        match node:
            case And() | Or() | Not() | Ternary():
                return replace_child_nodes(node, self.rewrite)
            case Compare(operator=sign, left=Ternary() as choice, right=right):
                return self._each(choice, lambda side: Compare(sign, side, right, node.place))
            case Compare(operator=sign, left=left, right=Ternary() as choice):
                return self._each(choice, lambda side: Compare(sign, left, side, node.place))
            case InTest(item=Ternary() as choice, options=options):
                return self._each(choice, lambda side: InTest(side, options, node.place))
        return self._question(node if self.is_single_fact_question(node) else self._rewrite_joined(node))

    def _each(self, choice: Ternary, asking: Callable[[Node], Node]) -> Node:
        then, otherwise = self.rewrite(asking(choice.then)), self.rewrite(asking(choice.otherwise))
        return Ternary(self.rewrite(choice.condition), then, otherwise, choice.place)

    def _question(self, node: Node) -> Node:
        for part in walk_nodes(node):
            if isinstance(part, Compare | InTest | Call) or (
                part is node and isinstance(node, FactReference)
            ):
                self.questions[format_expression(part)] = part
        return node

    def is_single_fact_question(self, node: Node) -> bool:
        """Return whether finitely many values of one fact decide the question."""
        paths = fact_paths(node)
        if len(paths) > 1 or any(path not in self.facts for path in paths):
            return False
        if not paths or (isinstance(node, Call) and node.name == KNOWN_FUNCTION):
            return True
        (path,) = paths
        kind = self.facts[path].kind
        if kind in _NUMBERS:
            return self._is_plain_number(node, path, kind)
        if kind == "texts":
            return isinstance(node, InTest) and isinstance(node.item, Literal)
        return all(not isinstance(part, Call) or part.name == "within" for part in walk_nodes(node))

    def _is_plain_number(self, node: Node, path: str, kind: str) -> bool:
        for difference in linear_differences(node):
            if difference is None or len(difference.terms) != 1:
                return False
            ((key, count),) = difference.terms.items()
            if len(key) != 1:
                return False
            factor = difference.factors[key[0]]
            if isinstance(factor, FactReference):
                continue
            is_dated = isinstance(factor, Call) and factor.name in _DATED and kind == "date"
            if not is_dated or abs(count) != 1 or _twice(factor, path):
                return False
        return isinstance(node, Compare | InTest)

    def _rewrite_joined(self, node: Node) -> Node:
        match node:
            case Compare(operator=sign) if (difference := linear_differences(node)[0]) and difference.terms:
                return self._number(sign, difference, node.place)
            case InTest(options=tuple()) if all(d and d.terms for d in linear_differences(node)):
                equal = [self._number("==", d, node.place) for d in linear_differences(node) if d]
                return equal[0] if len(equal) == 1 else Or(tuple(equal), node.place)
            case Compare(operator=sign, left=left, right=Literal(value=str() as value)):
                return Compare(sign, self._text(left, (value,)), node.right, node.place)
            case Compare(operator=sign, left=Literal(value=str() as value), right=right):
                return Compare(sign, self._text(right, (value,)), node.left, node.place)
            case Compare(operator="!=", left=left, right=right):
                return Not(self._yes_no(Compare("==", *_sorted(left, right), node.place)), node.place)
            case Compare(operator="==", left=left, right=right):
                return self._yes_no(Compare("==", *_sorted(left, right), node.place))
            case InTest(item=item, options=tuple() as options):
                values = [option.value for option in options if isinstance(option, Literal)]
                texts = [value for value in values if isinstance(value, str)]
                if len(texts) == len(options):
                    return InTest(self._text(item, texts), options, node.place)
        return self._yes_no(node)

    def _number(self, sign: str, difference: LinearSum, place: SourcePosition) -> Node:
        """Rewrite ``divisor * name + constant`` compared with 0 as ``name`` compared with a quotient."""
        normal, divisor = difference.normalise()
        name = FIGURE_PREFIX + normal.name
        figure = self.figures.setdefault(name, DerivedFigure("integer", factors=normal.factors))
        sign = _FLIPPED.get(sign, sign) if divisor < 0 else sign
        below, rest = divmod(-difference.constant, divisor)
        figure.compared_values.add(below)
        asked = FactReference(name, place)

        def compare(operator: str, number: int) -> Node:
            figure.compared_values.add(number)
            return Compare(operator, asked, Literal(number, place), place)

        if not rest:
            return compare(sign, below)
        match sign:
            case "<" | "<=":
                return compare("<=", below)
            case ">" | ">=":
                return compare(">", below)
            case "==":
                return And((compare("<=", below), compare(">", below)), place)
        return Or((compare("<=", below), compare(">", below)), place)

    def _text(self, node: Node, values: Sequence[str]) -> FactReference:
        name = FIGURE_PREFIX + format_expression(node)
        allowed = FUNCTIONS[node.name].allowed if isinstance(node, Call) else ()
        self.figures.setdefault(name, DerivedFigure("text", allowed=allowed)).compared_values.update(values)
        return FactReference(name, node.place)

    def _yes_no(self, node: Node) -> FactReference:
        name = FIGURE_PREFIX + format_expression(node)
        self.figures.setdefault(name, DerivedFigure("boolean"))
        return FactReference(name, node.place)


def linear_differences(node: Node) -> list[LinearSum | None]:
    """Return left minus right of a comparison, or the item minus each option, for numbers and days.

    An element is None if it is not a number or a day.
    """
    match node:
        case Compare(left=left, right=right):
            return [_difference(left, right)]
        case InTest(item=item, options=tuple() as options):
            return [_difference(item, option) for option in options]
    return [None]


def _difference(left: Node, right: Node) -> LinearSum | None:
    if any(isinstance(side, Literal) and isinstance(side.value, bool | str) for side in (left, right)):
        return None
    first, second = build_linear_sum(left), build_linear_sum(right)
    return first.plus(second, -1) if first and second else None


def _twice(call: Node, path: str) -> bool:
    return sum(isinstance(part, FactReference) and part.path == path for part in walk_nodes(call)) > 1


def _sorted(left: Node, right: Node) -> tuple[Node, Node]:
    return (left, right) if format_expression(left) <= format_expression(right) else (right, left)
