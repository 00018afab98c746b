"""Render the page about rule expressions: each element with an example, and the refused expressions."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from core.faults import Fault
from core.money import format_yuan
from core.text_marks import N_
from rules import KIND_TITLES, FactValue, facts_for_event
from rules.expressions.expression import parse_condition, parse_number_expression
from rules.expressions.functions import FUNCTIONS as COMPUTED
from rules.expressions.grammar import MAX_EXPRESSION_DEPTH, MAX_EXPRESSION_LENGTH
from rules.facts import MAX_INTEGER
from yihui.runtime.errors import fault_line
from yihui.runtime.language import Language
from yihui.views.expression_examples import (
    AMOUNT_EXAMPLES,
    EXAMPLE_EVENT_TYPE,
    FUNCTION_EXAMPLES,
    KIND_EXAMPLES,
    OPERATOR_EXAMPLES,
    REFUSED_EXAMPLES,
    UNKNOWN_EXAMPLES,
    ExpressionExample,
    RefusedExample,
)

_INTRODUCTION = N_(
    "Conditions (among, that, when, where) and amounts (expression, rank, weight) are written in a small language. It reads facts of the member (member.…), of the event (event.…), of an application (application.…) and parameters of the rule (param.…); yihui rules facts lists them with their kinds. There is no clock, no chance, no loop: the same facts always give the same answer. Every expression is checked before it is used; what isn't on this page is refused, with its place and how to mend it."
)
_BOUNDS = N_(
    "An expression has at most {length} characters and {depth} levels of brackets; whole numbers go up to {number}. Texts are in Unicode form NFC. Line breaks and blanks don't matter."
)


def render_expression_page(language: Language) -> str:
    """Render the page in Markdown."""
    return "\n".join(_lines(language)) + "\n"


def _lines(language: Language) -> Iterator[str]:
    say = language.render
    yield "# " + say(N_("Expressions of the rules"))
    yield ""
    yield language.translate(_INTRODUCTION)
    yield ""
    yield say(_BOUNDS, length=MAX_EXPRESSION_LENGTH, depth=MAX_EXPRESSION_DEPTH, number=MAX_INTEGER)
    yield from _section(language, N_("Kinds of values"), _kinds(language))
    yield from _section(language, N_("Operators"), _shown(OPERATOR_EXAMPLES, language))
    yield from _section(language, N_("Functions"), _functions(language))
    yield from _section(language, N_("What isn't known"), _shown(UNKNOWN_EXAMPLES, language))
    yield from _section(language, N_("Amounts"), _shown(AMOUNT_EXAMPLES, language))
    yield from _section(language, N_("What is refused, and what is printed"), _refused(language))


def _section(language: Language, title: str, lines: Iterable[str]) -> Iterator[str]:
    yield ""
    yield "## " + language.translate(title)
    yield ""
    yield from lines


def _kinds(language: Language) -> Iterator[str]:
    titles = {kind: language.translate(title) for kind, title in KIND_TITLES.items()}
    yield from _table(language, [(titles[one.shows], one) for one in KIND_EXAMPLES])  # type: ignore[index]


def _shown(examples: Iterable[ExpressionExample], language: Language) -> Iterator[str]:
    yield from _table(language, [(f"`{one.shows}`" if one.shows else "", one) for one in examples])


def _functions(language: Language) -> Iterator[str]:
    yield from _table(language, [(_signature(one.shows, language), one) for one in FUNCTION_EXAMPLES])


def _signature(name: str, language: Language) -> str:
    """Return a function's name, the kinds of its arguments, and the kind of its result."""
    takes, gives = ["'2026-01-31'"], language.translate(KIND_TITLES["date"])
    if name == "known":
        takes, gives = [language.translate(N_("any fact"))], language.translate(KIND_TITLES["boolean"])
    elif name in COMPUTED:
        takes = [language.translate(KIND_TITLES[kind]) for kind in COMPUTED[name].takes]
        gives = language.translate(KIND_TITLES[COMPUTED[name].gives])
    return f"`{name}`({', '.join(takes)}) → {gives}"


def _table(language: Language, rows: Iterable[tuple[str, ExpressionExample]]) -> Iterator[str]:
    heads = (N_("written"), N_("means"), N_("example"), N_("read"), N_("result"))
    yield _row(language.translate(head) for head in heads)
    yield _row("---" for _ in heads)
    for shown, one in rows:
        meaning = language.translate(one.meaning)
        read = _values(one.values, language)
        yield _row((shown, meaning, f"`{one.text}`", read, _result(one, language)))


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _values(values: Mapping[str, FactValue], language: Language) -> str:
    return language.join_clauses(f"{path} {_value(value, language)}" for path, value in values.items())


def _value(value: FactValue, language: Language) -> str:
    match value:
        case None:
            return language.translate(N_("not known"))
        case bool():
            return str(value).lower()
        case tuple():
            return language.format_list(value)
        case date():
            return value.isoformat()
    return str(value)


def _result(one: ExpressionExample, language: Language) -> str:
    if one.is_amount:
        assert isinstance(one.result, int), f"{one.text} gives an amount"
        return language.render(N_("{amount} yuan"), amount=format_yuan(one.result))
    words = {True: N_("holds"), False: N_("doesn't hold"), None: N_("not known: doesn't hold")}
    return language.translate(words[None if one.result is None else bool(one.result)])


def _refused(language: Language) -> Iterator[str]:
    yield _row(language.translate(head) for head in (N_("written"), N_("printed"), N_("what to do")))
    yield _row(("---", "---", "---"))
    for one in REFUSED_EXAMPLES:
        line = fault_line(first_fault(one), language)
        said = language.join_clauses(filter(None, (line.message, line.why)))
        yield _row((f"`{one.text}`", said, line.remedy))


def first_fault(refused: RefusedExample) -> Fault:
    """Return the first fault of an expression that isn't allowed."""
    parse = parse_number_expression if refused.is_amount else parse_condition
    expression, faults = parse(refused.text, facts_for_event(EXAMPLE_EVENT_TYPE))
    assert expression is None, f"{refused.text} is allowed"
    return faults[0]
