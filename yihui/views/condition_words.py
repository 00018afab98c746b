"""Say a rule's condition in words: facts by their titles, codes by their labels, parameters by their values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import inf
from typing import TYPE_CHECKING

from core.faults import FaultError
from core.money import format_yuan
from core.text_marks import N_
from rules import AMOUNT_PREFIX, FACTS_BY_EVENT, AmountTerms
from rules.expressions import syntax
from rules.expressions.functions import FUNCTIONS, KNOWN_FUNCTION
from rules.yaml.wording import PARAMETER_PREFIX, is_parameter_reference
from yihui.runtime.language import Language
from yihui.views.fact_values import format_fact_value

if TYPE_CHECKING:
    from benefits.reporting.member_benefits import EvaluatedCondition

IN_WORDS = (PARAMETER_PREFIX, "value.", AMOUNT_PREFIX)  # values that the words of a condition hold
_TABLE = re.compile(r"table\((.+)\)")
_OF_ENGINE = {  # conditions that no rule writes
    "known_in_time(event)": N_("it became known in time"),
    "places_for(member.organisation)": N_("places are set aside for the member's organisation"),
    "draw.place >= 1": N_("the member's place in the order drawn or ranked"),
    "entry.stands": N_("the member didn't give up taking part"),
}
_COMPARED = {
    "==": N_("{left} is {right}"),
    "!=": N_("{left} is not {right}"),
    "<": N_("{left} is less than {right}"),
    "<=": N_("{left} is at most {right}"),
    ">": N_("{left} is more than {right}"),
    ">=": N_("{left} is at least {right}"),
}
_DATES_COMPARED = {
    "<": N_("{left} is before {right}"),
    "<=": N_("{left} is not after {right}"),
    ">": N_("{left} is after {right}"),
    ">=": N_("{left} is not before {right}"),
}
_CALLED = {
    "age": N_("full years of age from {0} to {1}"),
    "months_between": N_("full months from {0} to {1}"),
    "days_between": N_("days from {0} to {1}"),
    "years": N_("full years from {0} to {1}"),
    "year": N_("year of {0}"),
    "month": N_("month of {0}"),
    "day": N_("day of the month of {0}"),
    "lunar_month": N_("lunar month of {0}"),
    "lunar_day": N_("lunar day of {0}"),
    "feast": N_("feast on {0}"),
    "within": N_("{0} lies within {1}"),
    KNOWN_FUNCTION: N_("{0} is known"),
}
# Facts whose items are pairs: the sign between, what it says of the pair, and what its absence says.
_PAIRS = {
    "application.order": (
        ">",
        N_("“{first}” accepted it before “{second}”"),
        N_("“{first}” didn't accept it before “{second}”"),
    ),
    "application.same_reviewer": (
        "=",
        N_("“{first}” and “{second}” are not shown to have had two reviewers"),
        N_("“{first}” and “{second}” had two reviewers"),
    ),
}
_SIGNS = {"+": " + ", "-": " − "}
ROUNDING_TEXTS = {
    "down": N_("rounded down to {step}"),
    "up": N_("rounded up to {step}"),
    "half_up": N_("rounded to {step}, a half up"),
    "half_even": N_("rounded to {step}, a half to the even one"),
}
_DECIMALS = 6  # of a yuan


def evaluated_condition_text(event_type: str, condition: EvaluatedCondition, language: Language) -> str:
    """Return a condition of a decision in words; of an amount the row of the table, or the arithmetic in yuan."""
    terms, that = condition.amount, condition.that
    if terms is None:
        return render_condition(event_type, that, condition.values, language)
    if terms.row is not None:
        return _row_text(event_type, condition, terms, language)
    formula = _render(event_type, that, condition.values, language, is_fen=True)
    results = {
        path.partition("/")[0]: value
        for path, value in condition.values.items()
        if path.startswith(AMOUNT_PREFIX)
    }
    exact, amount_fen = results.get(f"{AMOUNT_PREFIX}exact"), results.get(f"{AMOUNT_PREFIX}fen")
    if exact is None or amount_fen is None:
        return formula
    exact_fen, paid_fen = Fraction(str(exact)), int(str(amount_fen))
    came_to = language.render(N_("{formula} = {yuan} yuan"), formula=formula, yuan=_exact_yuan(exact_fen))
    if exact_fen == paid_fen:
        return came_to
    step = _why_another(terms, exact_fen, paid_fen, language)
    return language.render(
        N_("{formula}, {step}: {yuan} yuan"), formula=came_to, step=step, yuan=format_yuan(paid_fen)
    )


def _row_text(event_type: str, condition: EvaluatedCondition, terms: AmountTerms, language: Language) -> str:
    words = (
        language.translate(N_("in every case") if terms.row == 1 else N_("in every other case"))
        if condition.that == "true"
        else render_condition(event_type, condition.that, condition.values, language)
    )
    template = N_("row {row} of the table: {words}")
    if terms.file:
        template = N_("row {row} of the table {file}: {words}")
    text = language.render(template, row=terms.row, file=terms.file, words=words)
    if not terms.fixed_fen:
        return text
    return language.render(
        N_("{words}, which gives {yuan} yuan"), words=text, yuan=format_yuan(terms.fixed_fen)
    )


def _why_another(terms: AmountTerms, exact_fen: Fraction, paid_fen: int, language: Language) -> str:
    """Return why the amount is not what the formula comes to: its floor, its ceiling or its rounding."""
    yuan, template, fen = N_("{yuan} yuan"), ROUNDING_TEXTS[terms.rounding], terms.to_fen
    if paid_fen == terms.ceiling_fen and exact_fen > paid_fen:
        template, fen = N_("at most {amount}"), paid_fen
    elif paid_fen == terms.floor_fen and exact_fen < paid_fen:
        template, fen = N_("at least {amount}"), paid_fen
    amount = language.render(yuan, yuan=format_yuan(fen))
    return language.render(template, amount=amount, step=amount)


def _exact_yuan(fen: Fraction) -> str:
    """Format fen with fractions in yuan; what has no end is cut after some decimals."""
    if fen.denominator == 1:
        return format_yuan(int(fen))
    whole, rest = divmod(abs(fen) * 10**_DECIMALS / 100, 1)
    digits = f"{int(whole) // 10**_DECIMALS:,}.{int(whole) % 10**_DECIMALS:0{_DECIMALS}}"
    return ("-" if fen < 0 else "") + (f"{digits}…" if rest else digits.rstrip("0"))


def render_condition(event_type: str, that: str, values: Mapping[str, object], language: Language) -> str:
    """Return a condition or an amount's expression in words; a text that can't be parsed stays as it is.

    ``values`` are those read: a parameter is said by its value.
    """
    if that == "value.changed_while_waiting":
        was, now = (format_yuan(int(str(values[path]))) for path in ("value.was_fen", "value.is_fen"))
        return language.render(
            N_("the value was changed from {was} to {now} yuan while the member waited"), was=was, now=now
        )
    if that in _OF_ENGINE:
        return language.translate(_OF_ENGINE[that])
    if table := _TABLE.fullmatch(that):
        return language.render(N_("a row of the table {file} applies"), file=table[1])
    return _render(event_type, that, values, language)


def _render(
    event_type: str, that: str, values: Mapping[str, object], language: Language, *, is_fen: bool = False
) -> str:
    from rules.expressions.grammar import parse_expression  # imports lark, which takes 50 ms

    try:
        tree = parse_expression(that)
    except FaultError:
        return that
    if any(isinstance(node, syntax.Call) and node.name not in _CALLED for node in syntax.walk_nodes(tree)):
        return that
    return _Words(event_type, values, language).render(tree, is_fen=is_fen)


@dataclass(frozen=True, slots=True)
class _Words:
    """Says the nodes of one condition."""

    event_type: str
    values: Mapping[str, object]
    language: Language

    def render(self, node: syntax.Node, *, is_fen: bool = False) -> str:
        """Render a node. ``is_fen``: its amount is in fen and is shown in yuan; of a product, one factor is the amount."""
        fill = self.language.render
        if is_fen and (amount := self._number(node)) is not None:
            return fill(N_("{yuan} yuan"), yuan=format_yuan(amount))
        match node:
            case syntax.And(parts=parts):
                return self._join(parts, N_(", and "))
            case syntax.Or(parts=parts):
                return self._join(parts, N_(", or "))
            case syntax.Not(operand=operand):
                return self._render_denied(operand)
            case syntax.Compare():
                return self._render_comparison(node)
            case syntax.InTest():
                return self._render_containment(node, is_in=True)
            case syntax.Call(name=name, arguments=arguments):
                return self._render_call(name, arguments)
            case syntax.Ternary(condition=condition, then=then, otherwise=otherwise):
                template = N_("{then} if {condition}, otherwise {otherwise}")
                chosen = {"then": then, "otherwise": otherwise}
                said = {name: self._within(part, is_fen=is_fen) for name, part in chosen.items()}
                return fill(template, condition=self._within(condition), **said)
            case syntax.Sum(terms=terms):
                return self._sum(terms, is_fen=is_fen)
            case syntax.Product(factors=factors):
                money = factors.index(max(factors, key=self._weight)) if is_fen else None
                return " × ".join(
                    self._within(factor, is_fen=number == money) for number, factor in enumerate(factors)
                )
            case syntax.Quotient(numerator=numerator, denominator=denominator):
                return f"{self._within(numerator, is_fen=is_fen)} ÷ {self._within(denominator)}"
            case syntax.FactReference(path=path):
                is_parameter = is_parameter_reference(path)
                return self._value("", self.values.get(path)) if is_parameter else self._title(path)
            case syntax.Literal(value=value):
                return self._value("", value)

    def _weight(self, node: syntax.Node) -> float:
        """Return how likely a factor is an amount: one with a fact in fen, else the one with the greatest number."""
        if self._kind(node) == "fen":
            return inf
        match node:
            case syntax.Ternary(then=then, otherwise=otherwise):
                parts: tuple[syntax.Node, ...] = (then, otherwise)
            case syntax.Quotient(numerator=numerator):
                parts = (numerator,)
            case _:
                parts = syntax.child_nodes(node)
        return max(self._number(node) or 0, *map(self._weight, parts), 0)

    def _number(self, node: syntax.Node) -> int | None:
        """Return the number that a literal or a parameter states."""
        value = (
            self.values.get(node.path)
            if isinstance(node, syntax.FactReference) and is_parameter_reference(node.path)
            else None
        )
        value = node.value if isinstance(node, syntax.Literal) else value
        return value if type(value) is int else None

    def _join(self, parts: tuple[syntax.Node, ...], joint: str) -> str:
        return self.language.translate(joint).join(self._within(part) for part in parts)

    def _within(self, part: syntax.Node, *, is_fen: bool = False) -> str:
        """Say a part; in brackets if it has parts of its own that could be taken for the whole's."""
        text = self.render(part, is_fen=is_fen)
        is_compound = isinstance(part, syntax.And | syntax.Or | syntax.Sum | syntax.Ternary)
        return self.language.render(N_("({values})"), values=text) if is_compound else text

    def _render_denied(self, operand: syntax.Node) -> str:
        match operand:
            case syntax.Call(name=name, arguments=(fact,)) if name == KNOWN_FUNCTION:
                return self.language.render(N_("{fact} is not known"), fact=self.render(fact))
            case syntax.InTest():
                return self._render_containment(operand, is_in=False)
        return self.language.render(N_("not ({condition})"), condition=self.render(operand))

    def _render_comparison(self, node: syntax.Compare) -> str:
        left, right, operator = node.left, node.right, node.operator
        is_date = any(self._kind(side) == "date" for side in (left, right))
        templates = {**_COMPARED, **_DATES_COMPARED} if is_date else _COMPARED
        texts = {"left": self._side(left, right), "right": self._side(right, left)}
        return self.language.render(templates[operator], **texts)

    def _render_containment(self, node: syntax.InTest, *, is_in: bool) -> str:
        fill = self.language.render
        match node:
            case syntax.InTest(syntax.Literal(value=str() as pair), syntax.FactReference(path=path)) if (
                path in _PAIRS
            ):
                sign, present, absent = _PAIRS[path]
                first, _, second = pair.partition(sign)
                return fill(present if is_in else absent, first=first, second=second)
        if not isinstance(node.options, tuple):
            template = N_("{left} contains {right}") if is_in else N_("{left} doesn't contain {right}")
            return fill(template, left=self.render(node.options), right=self._side(node.item, node.options))
        options = [self._side(option, node.item) for option in node.options]
        left = self.render(node.item)
        if len(options) == 1:
            return fill(_COMPARED["==" if is_in else "!="], left=left, right=options[0])
        template = N_("{left} is one of {options}") if is_in else N_("{left} is none of {options}")
        return fill(template, left=left, options=self.language.format_list(options))

    def _render_call(self, name: str, arguments: tuple[syntax.Node, ...]) -> str:
        template = self.language.translate(_CALLED[name])
        for number, argument in enumerate(arguments):
            template = template.replace(f"{{{number}}}", self._within(argument))
        return template

    def _sum(self, terms: tuple[tuple[str, syntax.Node], ...], *, is_fen: bool = False) -> str:
        text = ""
        for number, (sign, term) in enumerate(terms):
            text += ("−" if sign == "-" else "") if number == 0 else _SIGNS[sign]
            text += self._within(term, is_fen=is_fen)
        return text

    def _side(self, node: syntax.Node, other: syntax.Node) -> str:
        """Say one side of a comparison: a value gets the label and unit of the fact on the other side."""
        match node:
            case syntax.Literal(value=value):
                return self._render_as_kind(value, other)
            case syntax.FactReference(path=path) if is_parameter_reference(path):
                return self._render_as_kind(self.values.get(path), other)
        return (
            self._within(node)
            if isinstance(node, syntax.And | syntax.Or | syntax.Ternary)
            else self.render(node)
        )

    def _render_as_kind(self, value: object, other: syntax.Node) -> str:
        if self._kind(other) == "fen" and type(value) is int:
            return self.language.render(N_("{yuan} yuan"), yuan=format_yuan(value))
        return self._value(other.path if isinstance(other, syntax.FactReference) else "", value)

    def _value(self, path: str, value: object) -> str:
        if type(value) is int:
            return f"{value:,}" if path and not path.endswith("year") else f"{value}"
        return format_fact_value(path, value, self.language)

    def _kind(self, node: syntax.Node) -> str | None:
        match node:
            case syntax.FactReference(path=path):
                fact = FACTS_BY_EVENT.get(self.event_type, {}).get(path)
                value = self.values.get(path)
                return fact.kind if fact else "date" if isinstance(value, date) else None
            case syntax.Literal(value=date()):
                return "date"
            case syntax.Call(name=name) if name in FUNCTIONS:
                return FUNCTIONS[name].gives
        return None

    def _title(self, path: str) -> str:
        fact = FACTS_BY_EVENT.get(self.event_type, {}).get(path)
        return self.language.translate(fact.title) if fact else path
