"""Render the page about rule expressions: each element with an example, and the refused expressions."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from core.faults import Fault
from core.money import format_yuan
from core.text_marks import N_
from rules import KIND_TITLES, FactValue, facts_for_event
from rules.expressions.expression import read_expression
from rules.expressions.functions import FUNCTIONS as COMPUTED
from rules.expressions.grammar import MAX_EXPRESSION_DEPTH, MAX_EXPRESSION_LENGTH
from rules.facts import MAX_INTEGER
from yihui.runtime.errors import fault_line
from yihui.runtime.language import Language

EXAMPLE_EVENT_TYPE = "application.confirmed"
"""The event of all examples."""


@dataclass(frozen=True, slots=True)
class ExpressionExample:
    """``shows`` is the language element that the example is about; ``result`` is None where it isn't known."""

    shows: str
    meaning: str
    text: str
    values: Mapping[str, FactValue]
    result: bool | int | None
    is_amount: bool = False
    on: str = EXAMPLE_EVENT_TYPE


def _amount(
    shows: str, meaning: str, text: str, values: Mapping[str, FactValue], result: int
) -> ExpressionExample:
    return ExpressionExample(shows, meaning, text, values, result, is_amount=True)


_BORN, _DAY = date(2000, 2, 29), date(2026, 2, 28)
_SPRING = date(2026, 2, 17)
_BORN_THEN: Mapping[str, FactValue] = {"member.birthday": _BORN, "event.occurred_on": _DAY}
_JOINED: Mapping[str, FactValue] = {
    "member.joined_on": date(2023, 5, 31),
    "event.occurred_on": date(2026, 5, 30),
}
_TODAY: Mapping[str, FactValue] = {"event.occurred_on": _DAY}
_NEW_YEAR: Mapping[str, FactValue] = {"event.occurred_on": _SPRING}

KIND_EXAMPLES = (
    ExpressionExample("text", N_("a text stands in quotes"), "member.status == 'active'", {"member.status": "active"}, True),
    ExpressionExample("integer", N_("a whole number stands bare"), "event.days >= 3", {"event.days": 2}, False),
    ExpressionExample("fen", N_("amounts are fen: 5000 yuan are 500000"), "event.amount_fen >= 500000", {"event.amount_fen": 500_000}, True),
    ExpressionExample("date", N_("a day is written by date('…')"), "member.joined_on < date('2026-01-01')", {"member.joined_on": date(2025, 12, 31)}, True),
    ExpressionExample("boolean", N_("yes and no are true and false"), "event.accepted == true", {"event.accepted": False}, False, on="application.reviewed"),
    ExpressionExample("texts", N_("a list of texts is asked by in"), "'劳模' in member.honours", {"member.honours": ("工匠", "劳模")}, True),
)  # fmt: skip
"""One for each kind of fact."""

OPERATOR_EXAMPLES = (
    ExpressionExample("==", N_("is equal"), "event.occasion == '住院'", {"event.occasion": "结婚"}, False),
    ExpressionExample("!=", N_("is not equal"), "member.status != 'suspended'", {"member.status": "active"}, True),
    ExpressionExample("<", N_("is less, or earlier"), "event.child_age < 12", {"event.child_age": 12}, False),
    ExpressionExample("<=", N_("is at most"), "event.child_age <= 12", {"event.child_age": 12}, True),
    ExpressionExample(">", N_("is more, or later"), "event.days > 3", {"event.days": 3}, False),
    ExpressionExample(">=", N_("is at least"), "event.days >= 3", {"event.days": 3}, True),
    ExpressionExample("in", N_("is one of a list"), "member.trade in ['快递员', '外卖员']", {"member.trade": "外卖员"}, True),
    ExpressionExample("not in", N_("is none of a list"), "member.trade not in ['快递员', '外卖员']", {"member.trade": "保安员"}, True),
    ExpressionExample("and", N_("both hold"), "event.days >= 3 and event.child_age < 12", {"event.days": 3, "event.child_age": 12}, False),
    ExpressionExample("or", N_("at least one holds"), "event.days >= 3 or event.child_age < 12", {"event.days": 3, "event.child_age": 12}, True),
    ExpressionExample("not", N_("turns a condition round"), "not (event.occasion == '退休')", {"event.occasion": "生育"}, True),
    ExpressionExample("( )", N_("brackets: without them and binds before or"), "(event.days >= 3 or event.child_age < 12) and member.card == 'active'", {"event.days": 3, "event.child_age": 20, "member.card": "none"}, False),
    ExpressionExample("+", N_("adds"), "event.days + 2 >= 5", {"event.days": 3}, True),
    ExpressionExample("-", N_("subtracts"), "event.year - 2000 >= 26", {"event.year": 2026}, True),
    ExpressionExample("*", N_("multiplies"), "event.days * 100 <= 500", {"event.days": 5}, True),
    ExpressionExample("? :", N_("one or the other"), "event.days >= (member.skill_level == '技师' ? 2 : 3)", {"event.days": 2, "member.skill_level": "技师"}, True),
)  # fmt: skip
"""One for each operator."""

FUNCTION_EXAMPLES = (
    ExpressionExample("age", N_("full years; who was born on 29 February completes one on the last day of February"), "age(member.birthday, event.occurred_on) >= 26", _BORN_THEN, True),
    ExpressionExample("years", N_("full years of a membership"), "years(member.joined_on, event.occurred_on) >= 3", _JOINED, False),
    ExpressionExample("months_between", N_("full months"), "months_between(member.joined_on, event.occurred_on) >= 35", _JOINED, True),
    ExpressionExample("days_between", N_("days"), "days_between(application.submitted_on, event.occurred_on) <= 30", {"application.submitted_on": date(2026, 1, 29), "event.occurred_on": _DAY}, True),
    ExpressionExample("year", N_("the year of a day"), "event.year == year(event.occurred_on)", {"event.year": 2025, "event.occurred_on": _DAY}, False),
    ExpressionExample("month", N_("the month, 1 to 12"), "month(member.birthday) == month(event.occurred_on)", _BORN_THEN, True),
    ExpressionExample("day", N_("the day of the month"), "day(event.occurred_on) <= 15", _TODAY, False),
    ExpressionExample("lunar_month", N_("the lunar month; a leap month counts as the one before it"), "lunar_month(event.occurred_on) == 1", _NEW_YEAR, True),
    ExpressionExample("lunar_day", N_("the day of the lunar month"), "lunar_day(event.occurred_on) <= 15", _NEW_YEAR, True),
    ExpressionExample("feast", N_("the feast of a day, 'none' on others"), "feast(event.occurred_on) in ['春节', '端午', '中秋']", _NEW_YEAR, True),
    ExpressionExample("within", N_("whether an organisation or a district lies below a code"), "within(member.organisation, '370200')", {"member.organisation": "370202001"}, True),
    ExpressionExample("known", N_("whether a fact is known at all"), "known(member.trade)", {"member.trade": None}, False),
    ExpressionExample("date", N_("one day"), "event.occurred_on >= date('2026-02-28')", _TODAY, True),
)  # fmt: skip
"""One for each function."""

UNKNOWN_EXAMPLES = (
    ExpressionExample("", N_("a fact that isn't known makes a condition unknown: it doesn't hold, and that is said"), "event.days >= 3", {"event.days": None}, None),
    ExpressionExample("", N_("nor does its opposite hold"), "not (event.days >= 3)", {"event.days": None}, None),
    ExpressionExample("", N_("and is false as soon as one side is"), "event.days >= 3 and 1 == 2", {"event.days": None}, False),
    ExpressionExample("", N_("or is true as soon as one side is"), "event.days >= 3 or member.card == 'active'", {"event.days": None, "member.card": "active"}, True),
    ExpressionExample("", N_("only known() always has an answer"), "known(event.days) and event.days >= 3", {"event.days": None}, False),
)  # fmt: skip

AMOUNT_EXAMPLES = (
    _amount("/", N_("divides, exactly; in amounts only"), "event.amount_fen * 3 / 100", {"event.amount_fen": 66_666}, 1999),
    _amount("+ *", N_("so much for each day, and a sum for everybody"), "20000 + event.days * 5000", {"event.days": 4}, 40_000),
    _amount("? :", N_("another amount for some"), "member.hardship_level == '深度困难' ? 500000 : 300000", {"member.hardship_level": "一般困难"}, 300_000),
)  # fmt: skip
"""Amounts, rounded down to fen as ``round: down`` does."""


@dataclass(frozen=True, slots=True)
class RefusedExample:
    """An expression that isn't allowed; ``code`` is the finding that is printed."""

    text: str
    code: str
    is_amount: bool = False


REFUSED_EXAMPLES = (
    RefusedExample("member.statsu == 'active'", "unknown-fact"),
    RefusedExample("member.status == 'aktive'", "unknown-value"),
    RefusedExample("event.days == '3'", "unlike-types"),
    RefusedExample("event.days >= event.child_age", "unlike-units"),
    RefusedExample("event.days", "not-boolean"),
    RefusedExample("member.status = 'active'", "syntax"),
    RefusedExample("event.days ≥ 3", "syntax"),
    RefusedExample("event.days >= 3 && event.year == 2026", "syntax"),
    RefusedExample("event.days >= 2.5", "syntax"),
    RefusedExample("event.amount_fen / 2 >= 500", "syntax"),
    RefusedExample("event.days % 2 == 0", "syntax"),
    RefusedExample("active == member.status", "bare-word"),
    RefusedExample("member.status > 'active'", "no-order"),
    RefusedExample("(event.days > 1) == (event.year > 1)", "compared-conditions"),
    RefusedExample("member.honours == '劳模'", "compared-list"),
    RefusedExample("agee(member.birthday, event.occurred_on) >= 18", "unknown-function"),
    RefusedExample("age(member.birthday) >= 18", "wrong-argument"),
    RefusedExample("age(member.trade, event.occurred_on) >= 18", "wrong-argument"),
    RefusedExample("now() > member.joined_on", "syntax"),
    RefusedExample("event.occurred_on == date('2026-02-30')", "bad-date"),
    RefusedExample("event.days == 10000000000000000", "large-number"),
    RefusedExample("event.amount_fen * event.amount_fen > 1", "large-number"),
    RefusedExample("(event.days > 1 ? 1 : 2) > 1 ? 1 == 1 : 1 == 2", "nested-choice"),
    RefusedExample("member.trade in member.district", "not-a-list"),
    RefusedExample("member.trade + 1 > 2", "not-a-number"),
    RefusedExample("event.days >= 3 and", "unfinished"),
    RefusedExample("event.amount_fen / (event.days / 2)", "nested-division", is_amount=True),
    RefusedExample("member.trade == '快递员", "syntax"),
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
    yield from _section(language, N_("Operators"), _example_table(OPERATOR_EXAMPLES, language))
    yield from _section(language, N_("Functions"), _functions(language))
    yield from _section(language, N_("What isn't known"), _example_table(UNKNOWN_EXAMPLES, language))
    yield from _section(language, N_("Amounts"), _example_table(AMOUNT_EXAMPLES, language))
    yield from _section(language, N_("What is refused, and what is printed"), _refused_table(language))


def _section(language: Language, title: str, lines: Iterable[str]) -> Iterator[str]:
    yield ""
    yield "## " + language.translate(title)
    yield ""
    yield from lines


def _kinds(language: Language) -> Iterator[str]:
    titles = {kind: language.translate(title) for kind, title in KIND_TITLES.items()}
    yield from _table(language, [(titles[one.shows], one) for one in KIND_EXAMPLES])  # type: ignore[index]


def _example_table(examples: Iterable[ExpressionExample], language: Language) -> Iterator[str]:
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
        values = (f"{path} {_value(value, language)}" for path, value in one.values.items())
        read = language.join_clauses(values)
        yield _row((shown, meaning, f"`{one.text}`", read, _result(one, language)))


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


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


def _refused_table(language: Language) -> Iterator[str]:
    yield _row(language.translate(head) for head in (N_("written"), N_("printed"), N_("what to do")))
    yield _row(("---", "---", "---"))
    for one in REFUSED_EXAMPLES:
        line = fault_line(first_fault(one), language)
        said = language.join_clauses(filter(None, (line.message, line.why)))
        yield _row((f"`{one.text}`", said, line.remedy))


def first_fault(refused: RefusedExample) -> Fault:
    """Return the first fault of an expression that isn't allowed."""
    facts = facts_for_event(EXAMPLE_EVENT_TYPE)
    expression, faults = read_expression(refused.text, facts, is_number=refused.is_amount)
    assert expression is None, f"{refused.text} is allowed"
    return faults[0]
