"""Split a condition into questions about one thing each, so that finitely many cases decide it.

A question about a single fact stays as it is. A question that joins several facts (``event.year ==
year(event.occurred_on)``, ``age(…) >= 60``) becomes a question about a derived figure that may take any
value. If the rewritten questions can never hold, then the condition holds for no member.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from core.source_text import SourcePosition
from rules.expressions import syntax
from rules.expressions.functions import FUNCTIONS, KNOWN_FUNCTION
from rules.expressions.quoting import format_expression
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
    factors: Mapping[str, syntax.Node] = field(default_factory=dict)


@dataclass(slots=True)
class ConditionRewriter:
    """Rewrite conditions over typed facts, and collect their questions and derived figures."""

    facts: Mapping[str, Fact]
    figures: dict[str, DerivedFigure] = field(default_factory=dict)
    questions: dict[str, syntax.Node] = field(default_factory=dict)

    def rewrite(self, node: syntax.Node) -> syntax.Node:
        """Return the condition with derived figures in place of questions that join several facts."""
        match node:
            case syntax.And() | syntax.Or() | syntax.Not() | syntax.Ternary():
                return syntax.replace_child_nodes(node, self.rewrite)
            case syntax.Compare(operator=sign, left=syntax.Ternary() as choice, right=right):
                return self._each(choice, lambda side: syntax.Compare(sign, side, right, node.place))
            case syntax.Compare(operator=sign, left=left, right=syntax.Ternary() as choice):
                return self._each(choice, lambda side: syntax.Compare(sign, left, side, node.place))
            case syntax.InTest(item=syntax.Ternary() as choice, options=options):
                return self._each(choice, lambda side: syntax.InTest(side, options, node.place))
        return self._question(node if self.is_single_fact_question(node) else self._rewrite_joined(node))

    def _each(self, choice: syntax.Ternary, asking: Callable[[syntax.Node], syntax.Node]) -> syntax.Node:
        then, otherwise = self.rewrite(asking(choice.then)), self.rewrite(asking(choice.otherwise))
        return syntax.Ternary(self.rewrite(choice.condition), then, otherwise, choice.place)

    def _question(self, node: syntax.Node) -> syntax.Node:
        for part in syntax.walk_nodes(node):
            if isinstance(part, syntax.Compare | syntax.InTest | syntax.Call) or (
                part is node and isinstance(node, syntax.FactReference)
            ):
                self.questions[format_expression(part)] = part
        return node

    def is_single_fact_question(self, node: syntax.Node) -> bool:
        """Return whether finitely many values of one fact decide the question."""
        paths = fact_paths(node)
        if len(paths) > 1 or any(path not in self.facts for path in paths):
            return False
        if not paths or (isinstance(node, syntax.Call) and node.name == KNOWN_FUNCTION):
            return True
        (path,) = paths
        kind = self.facts[path].kind
        if kind in _NUMBERS:
            return self._is_plain_number(node, path, kind)
        if kind == "texts":
            return isinstance(node, syntax.InTest) and isinstance(node.item, syntax.Literal)
        return all(
            not isinstance(part, syntax.Call) or part.name == "within" for part in syntax.walk_nodes(node)
        )

    def _is_plain_number(self, node: syntax.Node, path: str, kind: str) -> bool:
        for difference in linear_differences(node):
            if difference is None or len(difference.terms) != 1:
                return False
            ((key, count),) = difference.terms.items()
            if len(key) != 1:
                return False
            factor = difference.factors[key[0]]
            if isinstance(factor, syntax.FactReference):
                continue
            is_dated = isinstance(factor, syntax.Call) and factor.name in _DATED and kind == "date"
            if not is_dated or abs(count) != 1 or _twice(factor, path):
                return False
        return isinstance(node, syntax.Compare | syntax.InTest)

    def _rewrite_joined(self, node: syntax.Node) -> syntax.Node:
        match node:
            case syntax.Compare(operator=sign) if (
                difference := linear_differences(node)[0]
            ) and difference.terms:
                return self._number(sign, difference, node.place)
            case syntax.InTest(options=tuple()) if all(d and d.terms for d in linear_differences(node)):
                equal = [self._number("==", d, node.place) for d in linear_differences(node) if d]
                return equal[0] if len(equal) == 1 else syntax.Or(tuple(equal), node.place)
            case syntax.Compare(operator=sign, left=left, right=syntax.Literal(value=str() as value)):
                return syntax.Compare(sign, self._text(left, (value,)), node.right, node.place)
            case syntax.Compare(operator=sign, left=syntax.Literal(value=str() as value), right=right):
                return syntax.Compare(sign, self._text(right, (value,)), node.left, node.place)
            case syntax.Compare(operator="!=", left=left, right=right):
                return syntax.Not(
                    self._yes_no(syntax.Compare("==", *_sorted(left, right), node.place)), node.place
                )
            case syntax.Compare(operator="==", left=left, right=right):
                return self._yes_no(syntax.Compare("==", *_sorted(left, right), node.place))
            case syntax.InTest(item=item, options=tuple() as options):
                values = [option.value for option in options if isinstance(option, syntax.Literal)]
                texts = [value for value in values if isinstance(value, str)]
                if len(texts) == len(options):
                    return syntax.InTest(self._text(item, texts), options, node.place)
        return self._yes_no(node)

    def _number(self, sign: str, difference: LinearSum, place: SourcePosition) -> syntax.Node:
        """Rewrite ``divisor * name + constant`` compared with 0 as ``name`` compared with a quotient."""
        normal, divisor = difference.normalise()
        name = FIGURE_PREFIX + normal.name
        figure = self.figures.setdefault(name, DerivedFigure("integer", factors=normal.factors))
        sign = _FLIPPED.get(sign, sign) if divisor < 0 else sign
        below, rest = divmod(-difference.constant, divisor)
        figure.compared_values.add(below)
        asked = syntax.FactReference(name, place)

        def compare(operator: str, number: int) -> syntax.Node:
            figure.compared_values.add(number)
            return syntax.Compare(operator, asked, syntax.Literal(number, place), place)

        if not rest:
            return compare(sign, below)
        match sign:
            case "<" | "<=":
                return compare("<=", below)
            case ">" | ">=":
                return compare(">", below)
            case "==":
                return syntax.And((compare("<=", below), compare(">", below)), place)
        return syntax.Or((compare("<=", below), compare(">", below)), place)

    def _text(self, node: syntax.Node, values: Sequence[str]) -> syntax.FactReference:
        name = FIGURE_PREFIX + format_expression(node)
        allowed = FUNCTIONS[node.name].allowed if isinstance(node, syntax.Call) else ()
        self.figures.setdefault(name, DerivedFigure("text", allowed=allowed)).compared_values.update(values)
        return syntax.FactReference(name, node.place)

    def _yes_no(self, node: syntax.Node) -> syntax.FactReference:
        name = FIGURE_PREFIX + format_expression(node)
        self.figures.setdefault(name, DerivedFigure("boolean"))
        return syntax.FactReference(name, node.place)


def linear_differences(node: syntax.Node) -> list[LinearSum | None]:
    """Return left minus right of a comparison, or the item minus each option, for numbers and days.

    An element is None if it is not a number or a day.
    """
    match node:
        case syntax.Compare(left=left, right=right):
            return [_difference(left, right)]
        case syntax.InTest(item=item, options=tuple() as options):
            return [_difference(item, option) for option in options]
    return [None]


def _difference(left: syntax.Node, right: syntax.Node) -> LinearSum | None:
    if any(isinstance(side, syntax.Literal) and isinstance(side.value, bool | str) for side in (left, right)):
        return None
    first, second = build_linear_sum(left), build_linear_sum(right)
    return first.plus(second, -1) if first and second else None


def _twice(call: syntax.Node, path: str) -> bool:
    return (
        sum(isinstance(part, syntax.FactReference) and part.path == path for part in syntax.walk_nodes(call))
        > 1
    )


def _sorted(left: syntax.Node, right: syntax.Node) -> tuple[syntax.Node, syntax.Node]:
    return (left, right) if format_expression(left) <= format_expression(right) else (right, left)
