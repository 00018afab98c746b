"""Takes a condition apart into questions about one thing each, so that finitely many cases decide it.

What asks about a single fact stays as it is. What joins several facts (``event.year ==
year(event.occurred_on)``, ``age(…) >= 60``) becomes a question about a figure of its own, which is taken
to be free: whatever never holds of the questions then never holds of a member.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from rules.expressions.functions import FUNCTIONS, KNOWN
from rules.expressions.quoting import text_of
from rules.expressions.syntax import (
    And,
    Call,
    Choice,
    Compare,
    Literal,
    Node,
    Not,
    Or,
    Place,
    Reading,
    Within,
    walk,
)
from rules.facts import Fact
from rules.linting.linear import Linear, facts_of, linear

FIGURE = "≈"
"""What the name of a figure begins with; no fact does."""
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_DATED = ("age", "years", "months_between", "year", "month", "day")
_NUMBERS = ("integer", "fen", "date")


@dataclass(slots=True)
class Figure:
    """What is asked about several facts together: the values it is compared with; its factors if a number."""

    kind: str
    asked: set[int | str] = field(default_factory=set)
    allowed: tuple[str, ...] = ()
    factors: Mapping[str, Node] = field(default_factory=dict)


@dataclass(slots=True)
class Atoms:
    """Rewrites conditions over typed facts, and collects their questions and figures."""

    facts: Mapping[str, Fact]
    figures: dict[str, Figure] = field(default_factory=dict)
    questions: dict[str, Node] = field(default_factory=dict)

    def rewrite(self, node: Node) -> Node:
        """The condition with figures in place of what joins several facts."""
        match node:
            case And(parts=parts):
                return And(tuple(self.rewrite(part) for part in parts), node.place)
            case Or(parts=parts):
                return Or(tuple(self.rewrite(part) for part in parts), node.place)
            case Not(operand=operand):
                return Not(self.rewrite(operand), node.place)
            case Choice(condition=condition, then=then, otherwise=otherwise):
                return Choice(
                    self.rewrite(condition), self.rewrite(then), self.rewrite(otherwise), node.place
                )
            case Compare(operator=sign, left=Choice() as choice, right=right):
                return self._each(choice, lambda side: Compare(sign, side, right, node.place))
            case Compare(operator=sign, left=left, right=Choice() as choice):
                return self._each(choice, lambda side: Compare(sign, left, side, node.place))
            case Within(item=Choice() as choice, options=options):
                return self._each(choice, lambda side: Within(side, options, node.place))
        return self._question(node if self.is_plain(node) else self._figured(node))

    def _each(self, choice: Choice, asking: Callable[[Node], Node]) -> Node:
        then, otherwise = self.rewrite(asking(choice.then)), self.rewrite(asking(choice.otherwise))
        return Choice(self.rewrite(choice.condition), then, otherwise, choice.place)

    def _question(self, node: Node) -> Node:
        for part in walk(node):
            if isinstance(part, Compare | Within | Call) or (part is node and isinstance(node, Reading)):
                self.questions[text_of(part)] = part
        return node

    def is_plain(self, node: Node) -> bool:
        """Whether finitely many values of one fact decide the question."""
        paths = facts_of(node)
        if len(paths) > 1 or any(path not in self.facts for path in paths):
            return False
        if not paths or (isinstance(node, Call) and node.name == KNOWN):
            return True
        (path,) = paths
        kind = self.facts[path].kind
        if kind in _NUMBERS:
            return self._is_plain_number(node, path, kind)
        if kind == "texts":
            return isinstance(node, Within) and isinstance(node.item, Literal)
        return all(not isinstance(part, Call) or part.name == "within" for part in walk(node))

    def _is_plain_number(self, node: Node, path: str, kind: str) -> bool:
        for difference in differences(node):
            if difference is None or len(difference.terms) != 1:
                return False
            ((key, count),) = difference.terms.items()
            if len(key) != 1:
                return False
            factor = difference.factors[key[0]]
            if isinstance(factor, Reading):
                continue
            is_dated = isinstance(factor, Call) and factor.name in _DATED and kind == "date"
            if not is_dated or abs(count) != 1 or _twice(factor, path):
                return False
        return isinstance(node, Compare | Within)

    def _figured(self, node: Node) -> Node:
        match node:
            case Compare(operator=sign) if (difference := differences(node)[0]) and difference.terms:
                return self._number(sign, difference, node.place)
            case Within(options=tuple()) if all(d and d.terms for d in differences(node)):
                equal = [self._number("==", d, node.place) for d in differences(node) if d]
                return equal[0] if len(equal) == 1 else Or(tuple(equal), node.place)
            case Compare(operator=sign, left=left, right=Literal(value=str() as value)):
                return Compare(sign, self._text(left, (value,)), node.right, node.place)
            case Compare(operator=sign, left=Literal(value=str() as value), right=right):
                return Compare(sign, self._text(right, (value,)), node.left, node.place)
            case Compare(operator="!=", left=left, right=right):
                return Not(self._yes_no(Compare("==", *_sorted(left, right), node.place)), node.place)
            case Compare(operator="==", left=left, right=right):
                return self._yes_no(Compare("==", *_sorted(left, right), node.place))
            case Within(item=item, options=tuple() as options):
                values = [option.value for option in options if isinstance(option, Literal)]
                texts = [value for value in values if isinstance(value, str)]
                if len(texts) == len(options):
                    return Within(self._text(item, texts), options, node.place)
        return self._yes_no(node)

    def _number(self, sign: str, difference: Linear, place: Place) -> Node:
        """``divisor * name + constant`` compared with 0 is ``name`` compared with a quotient."""
        normal, divisor = difference.normal()
        name = FIGURE + normal.name
        figure = self.figures.setdefault(name, Figure("integer", factors=normal.factors))
        sign = _FLIPPED.get(sign, sign) if divisor < 0 else sign
        below, rest = divmod(-difference.constant, divisor)
        figure.asked.add(below)
        asked = Reading(name, place)

        def compare(operator: str, number: int) -> Node:
            figure.asked.add(number)
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

    def _text(self, node: Node, values: Sequence[str]) -> Reading:
        name = FIGURE + text_of(node)
        allowed = FUNCTIONS[node.name].allowed if isinstance(node, Call) else ()
        self.figures.setdefault(name, Figure("text", allowed=allowed)).asked.update(values)
        return Reading(name, node.place)

    def _yes_no(self, node: Node) -> Reading:
        name = FIGURE + text_of(node)
        self.figures.setdefault(name, Figure("boolean"))
        return Reading(name, node.place)


def differences(node: Node) -> list[Linear | None]:
    """Left less right of a comparison, or the item less each option, where they are numbers or days."""
    match node:
        case Compare(left=left, right=right):
            return [_difference(left, right)]
        case Within(item=item, options=tuple() as options):
            return [_difference(item, option) for option in options]
    return [None]


def _difference(left: Node, right: Node) -> Linear | None:
    if any(isinstance(side, Literal) and isinstance(side.value, bool | str) for side in (left, right)):
        return None
    first, second = linear(left), linear(right)
    return first.plus(second, -1) if first and second else None


def _twice(call: Node, path: str) -> bool:
    return sum(isinstance(part, Reading) and part.path == path for part in walk(call)) > 1


def _sorted(left: Node, right: Node) -> tuple[Node, Node]:
    return (left, right) if text_of(left) <= text_of(right) else (right, left)
