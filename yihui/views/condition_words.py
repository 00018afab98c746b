"""Say a rule's condition in words: facts by their titles, codes by their labels, parameters by their values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from math import inf
from typing import TYPE_CHECKING

from core.faults import FaultError
from core.money import format_yuan
from core.text_marks import N_
from rules import AMOUNT_PREFIX, FACT_CATALOGUE, FACT_VALUE_TITLES, FACTS_BY_EVENT, AmountTerms, Fact
from rules.expressions import syntax
from rules.expressions.functions import FUNCTIONS, KNOWN_FUNCTION
from rules.expressions.quoting import format_expression
from rules.yaml.wording import PARAMETER_PREFIX, is_parameter_reference
from yihui.runtime.language import Language
from yihui.views.fact_values import format_fact_value

if TYPE_CHECKING:
    from benefits.reporting.member_benefits import EvaluatedCondition

IN_WORDS = (PARAMETER_PREFIX, "value.", AMOUNT_PREFIX)  # values that the words of a condition hold
_TABLE = re.compile(r"table\(.+\)")
_OF_ENGINE = {  # conditions that no rule writes
    "known_in_time(event)": N_("it became known in time"),
    "places_for(member.organisation)": N_("places are set aside for the member's organisation"),
    "application.objections == 0": N_("every objection is settled"),
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
_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_FACTS_COMPARED = {
    "==": N_("{left} is the same as {right}"),
    "!=": N_("{left} is not the same as {right}"),
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
}
_OF_CALENDAR = frozenset({"year", "month", "day", "lunar_month", "lunar_day"})
_PLACES_OF_DAYS = 100  # a month's number before its day's
_YEAR_BEFORE = N_("year before {0}")
# What a day is the day of, where a function takes it: “from joining to that day”.
_MOMENTS = {
    "event.occurred_on": N_("that day"),
    "application.applied_on": N_("applying"),
    "application.submitted_on": N_("applying"),
    "event.happened_on": N_("what happened"),
    "member.joined_on": N_("joining"),
    "member.birthday": N_("birth"),
    "event.honoured_on": N_("being honoured"),
}
_ON_FILE, _NOT_ON_FILE = N_("{fact} is on file"), N_("{fact} is not on file")
# Facts whose being known says more than that: known, and not known.
_GIVEN = {
    "application.submitted_on": (N_("an application was handed in"), N_("no application was handed in")),
    "event.certificate_digest": (N_("a certificate is attached"), N_("no certificate is attached")),
}
# Lists of the review: the sign between two items of a pair, what it says of them, and what its absence says.
_PAIRS = {
    "application.stages": ("&", N_("“{first}” accepted it"), N_("“{first}” has not accepted it")),
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


def join_narrowed(conditions: Sequence[EvaluatedCondition]) -> list[EvaluatedCondition]:
    """Join conditions that all hold where one narrows the other: “active or suspended, not suspended” is “active”."""
    found: list[EvaluatedCondition] = []
    for one in conditions:
        joined = found and (_narrow(found[-1], one) or _narrow(one, found[-1]))
        found[-1:] = [joined] if joined else [*found[-1:], one]
    return found


def _narrow(choice: EvaluatedCondition, exclusion: EvaluatedCondition) -> EvaluatedCondition | None:
    """Return a choice of values without the one that is excluded; None if the two aren't of that kind."""
    from rules.expressions.grammar import parse_expression

    try:
        trees = [parse_expression(one.that) for one in (choice, exclusion) if one.amount is None]
    except FaultError:
        return None
    match trees:
        case [
            syntax.InTest(item=item, options=tuple(options)) as test,
            syntax.Compare(operator="!=", left=left, right=syntax.Literal(value=out)),
        ] if format_expression(item) == format_expression(left):
            rest = tuple(one for one in options if not (isinstance(one, syntax.Literal) and one.value == out))
            return replace(choice, that=format_expression(replace(test, options=rest)))
    return None


def _row_text(event_type: str, condition: EvaluatedCondition, terms: AmountTerms, language: Language) -> str:
    words = (
        language.translate(N_("in every case") if terms.row == 1 else N_("in every other case"))
        if condition.that == "true"
        else render_condition(event_type, condition.that, condition.values, language)
    )
    text = language.render(N_("row {row} of the table: {words}"), row=terms.row, words=words)
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
    if _TABLE.fullmatch(that):
        return language.translate(N_("a row of the table applies"))
    return _render(event_type, that, values, language)


def _render(
    event_type: str, that: str, values: Mapping[str, object], language: Language, *, is_fen: bool = False
) -> str:
    from rules.expressions.grammar import parse_expression  # imports lark, which takes 50 ms

    try:
        tree = parse_expression(that)
    except FaultError:
        return that
    called = {node.name for node in syntax.walk_nodes(tree) if isinstance(node, syntax.Call)}
    if called - {KNOWN_FUNCTION, *_CALLED}:
        return that
    return _Words(event_type, values, language).render(tree, is_fen=is_fen)


def yearly_day_text(month: int, day: int, language: Language) -> str:
    """Return a day of each year."""
    return language.render(N_("{month}/{day}"), month=month, day=day)


def _find_day_of_year(node: syntax.Node) -> syntax.Node | None:
    """Return the day of whose month and day a process makes one number: 701 for the first of July; else None."""
    match node:
        case syntax.Sum(
            terms=(
                (_, syntax.Product(factors=(syntax.Call("month", (day,)), syntax.Literal(value=value)))),
                ("+", syntax.Call("day", (same,))),
            )
        ) if value == _PLACES_OF_DAYS and format_expression(day) == format_expression(same):
            return day
    return None


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
                return self._join(_leave_out_unknown(parts), N_(", or "))
            case syntax.Not(operand=syntax.Call(name=name, arguments=(fact,))) if name == KNOWN_FUNCTION:
                return self._render_known(fact, is_known=False)
            case syntax.Not(operand=syntax.InTest() as operand):
                return self._render_containment(operand, is_in=False)
            case syntax.Not(operand=operand):
                opposite = _deny(operand)
                if not isinstance(opposite, syntax.Not):
                    return self.render(opposite)
                return fill(N_("not ({condition})"), condition=self.render(operand))
            case syntax.Compare():
                return self._render_comparison(node)
            case syntax.InTest():
                return self._render_containment(node, is_in=True)
            case syntax.Call(name=name, arguments=(fact,)) if name == KNOWN_FUNCTION:
                return self._render_known(fact, is_known=True)
            case syntax.Call(name=name, arguments=arguments):
                return self._fill_call(_CALLED[name], arguments)
            case syntax.Ternary(condition=condition, then=then, otherwise=otherwise):
                template = N_("{then} if {condition}, otherwise {otherwise}")
                chosen = {"then": then, "otherwise": otherwise}
                said = {name: self._within(part, is_fen=is_fen) for name, part in chosen.items()}
                return fill(template, condition=self._within(condition), **said)
            case syntax.Sum(
                terms=((_, syntax.Call(name="year", arguments=days)), ("-", syntax.Literal(value=1)))
            ):
                return self._fill_call(_YEAR_BEFORE, days)
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
        """Say parts one after the other; what the part before is about as well is said once."""
        texts, before = [], ""
        for part in parts:
            part = self._about(part, before)
            about, text = self._subject(part), self._within(part)
            is_again = about and about == before
            texts.append(text.removeprefix(about).strip() if is_again else text)
            before = about
        return self.language.translate(joint).join(texts)

    def _about(self, part: syntax.Node, subject: str) -> syntax.Node:
        """Turn a comparison of two facts round if its right side is what is spoken of."""
        match part:
            case syntax.Compare(operator=operator, left=left, right=right) if operator in _FACTS_COMPARED:
                if subject and self.render(right) == subject:
                    return replace(part, left=right, right=left)
        return part

    def _subject(self, node: syntax.Node) -> str:
        """Return what a condition is about, as it begins in words; empty for one of several parts."""
        match node:
            case syntax.Not(operand=operand):
                return self._subject(operand)
            case syntax.Compare(left=left):
                return self.render(_find_day_of_year(left) or left)
            case syntax.InTest(item=item, options=options):
                return self.render(item if isinstance(options, tuple) else options)
            case syntax.Call(name=name, arguments=(fact,)) if name == KNOWN_FUNCTION:
                return self.render(fact)
        return ""

    def _within(self, part: syntax.Node, *, is_fen: bool = False) -> str:
        """Say a part; in brackets if it has parts of its own that could be taken for the whole's."""
        part = _deny(part.operand) if isinstance(part, syntax.Not) else part
        text = self.render(part, is_fen=is_fen)
        is_compound = isinstance(part, syntax.And | syntax.Or | syntax.Sum | syntax.Ternary)
        return self.language.render(N_("({values})"), values=text) if is_compound else text

    def _render_known(self, fact: syntax.Node, *, is_known: bool) -> str:
        given = _GIVEN.get(fact.path) if isinstance(fact, syntax.FactReference) else None
        known, unknown = given or (_ON_FILE, _NOT_ON_FILE)
        return self.language.render(known if is_known else unknown, fact=self.render(fact))

    def _render_comparison(self, node: syntax.Compare) -> str:
        left, right, operator = node.left, node.right, node.operator
        if operator in _FACTS_COMPARED and self._is_blank(left, right):
            return self._render_known(left, is_known=operator == "!=")
        if (day := _find_day_of_year(left)) and (number := self._number(right)):
            said = yearly_day_text(number // _PLACES_OF_DAYS, number % _PLACES_OF_DAYS, self.language)
            return self.language.render(_DATES_COMPARED[operator], left=self.render(day), right=said)
        texts = {"left": self._side(left, right), "right": self._side(right, left)}
        if operator in _FACTS_COMPARED and _is_read(right):
            right_text = _without_same_noun(texts["right"], texts["left"])
            return self.language.render(_FACTS_COMPARED[operator], left=texts["left"], right=right_text)
        is_day = any(self._is_day(side) for side in (left, right))
        templates = {**_COMPARED, **_DATES_COMPARED} if is_day else _COMPARED
        return self.language.render(templates[operator], **texts)

    def _is_day(self, node: syntax.Node) -> bool:
        """Return whether a value is earlier or later, not less or more."""
        match node:
            case syntax.Call(name=name) if name in _OF_CALENDAR:
                return True
            case syntax.FactReference(path=path) if path.endswith("year"):
                return True
        return self._kind(node) == "date"

    def _is_blank(self, fact: syntax.Node, value: syntax.Node) -> bool:
        """Return whether a fact is compared with the code that says that nothing is on file."""
        match fact, value:
            case syntax.FactReference(path=path), syntax.Literal(value="none"):
                return FACT_VALUE_TITLES.get(path.rpartition(".")[2], {}).get("none") == "none on file"
        return False

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
        template = (
            N_("{left} is {options} or {last}") if is_in else N_("{left} is neither {options} nor {last}")
        )
        return fill(template, left=left, options=self.language.format_list(options[:-1]), last=options[-1])

    def _fill_call(self, template: str, arguments: tuple[syntax.Node, ...]) -> str:
        text = self.language.translate(template)
        for number, argument in enumerate(arguments):
            path = argument.path if isinstance(argument, syntax.FactReference) else ""
            moment = _MOMENTS.get(path)
            said = self.language.translate(moment) if moment else self._within(argument)
            text = text.replace(f"{{{number}}}", said)
        return text

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
        fact = find_fact(self.event_type, path)
        return self.language.translate(fact.title) if fact else path


def find_fact(event_type: str, path: str) -> Fact | None:
    """Return a fact of an event; one that only other events have, as the first of them has it."""
    fact = FACTS_BY_EVENT.get(event_type, {}).get(path)
    return fact or next((one for one in FACT_CATALOGUE.values() if one.path == path), None)


def _is_read(node: syntax.Node) -> bool:
    """Return whether a side of a comparison is read of the member or the event, not stated by the rule."""
    if isinstance(node, syntax.FactReference):
        return not is_parameter_reference(node.path)
    return isinstance(node, syntax.Call | syntax.Sum)


def _leave_out_unknown(parts: tuple[syntax.Node, ...]) -> tuple[syntax.Node, ...]:
    """Leave out “x is not on file” beside “x is not …”: what isn't on file is nothing, and one “not” is enough."""
    denied: set[str] = set()
    for part in parts:
        match part:
            case syntax.Compare(operator="!=", left=left, right=right):
                denied |= {format_expression(left), format_expression(right)}
            case syntax.Not(operand=syntax.InTest(item=item)):
                denied.add(format_expression(item))
    return tuple(
        part for part in parts if format_expression(part) not in {f"not known({one})" for one in denied}
    )


def _deny(node: syntax.Node) -> syntax.Node:
    """Return the opposite of a condition, without a word for “not” where it has one of its own."""
    match node:
        case syntax.Not(operand=operand):
            return operand
        case syntax.And(parts=parts, place=place):
            return syntax.Or(tuple(map(_deny, parts)), place)
        case syntax.Or(parts=parts, place=place):
            return syntax.And(tuple(map(_deny, parts)), place)
        case syntax.Compare(operator=operator):
            return replace(node, operator=_OPPOSITE[operator])
    return syntax.Not(node, node.place)


def _without_same_noun(text: str, other: str) -> str:
    """Leave out the noun of a Chinese title where the other title ends with the same: 申请时的困难等级与档案中的相同."""
    owner, of, noun = text.rpartition("的")
    return owner + of if of and other.endswith(noun) else text
