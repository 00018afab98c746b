"""Faults of one expression; their row and column are positions within its text."""

from collections.abc import Mapping

from core.faults import Fault, Severity
from core.source_text import SourcePosition
from core.text_marks import N_
from rules.expressions.functions import FUNCTIONS, KNOWN_FUNCTION
from rules.expressions.quoting import quote_expression
from rules.expressions.syntax import Call, FactReference, Literal, Node
from rules.facts import FACTS_BY_EVENT, Fact
from rules.faults import DID_YOU_MEAN, rule_fault_table, suggest_name

_ALIKE = N_("compare like with like")
_UNLIKE = N_("{left_value} ({left}) can't be compared with {right_value} ({right})")
_SILENTLY_FALSE = N_("A comparison of unlike things would silently be false.")
NO_FACT = N_("there is no fact {path} for this event")
_MISSPELT = N_("A misspelt fact would make the condition silently false.")
_NOT_UNDERSTOOD = N_("{found} isn't understood here")
_SUBSET = N_("Only a stated subset is allowed, so that nothing is silently false.")
_NO_DIVISION = N_("there is no division: multiply on the other side of the comparison")
_SPLIT = N_("split it into several conditions")

EXPRESSION_FAULTS = rule_fault_table(
    {
        "empty-expression": (N_("the condition is empty"), N_("write a condition")),
        "empty-expression.cell": (N_("a part of the cell is empty"), N_("leave out the comma")),
        "long-expression": (
            N_("the expression has {length} characters, {limit} are allowed: {value}"),
            _SPLIT,
        ),
        "not-nfc": (
            N_("the expression is not in Unicode normal form C: {value}"),
            N_("type the text again instead of pasting it"),
            N_("Texts that look alike would be unlike."),
        ),
        "deep-expression": (N_("the expression is nested deeper than {limit} levels: {value}"), _SPLIT),
        "unfinished": (
            N_("the expression ends too early: {value}"),
            N_("finish it, or close the bracket"),
        ),
        "syntax": (
            _NOT_UNDERSTOOD,
            N_(
                "use facts, 'texts', whole numbers, == != < <= > >=, in [...], and, or, not, + - *, ?: and the listed functions"
            ),
            _SUBSET,
        ),
        "syntax.instead": (_NOT_UNDERSTOOD, N_("write {instead} instead"), _SUBSET),
        "syntax.quote": (
            _NOT_UNDERSTOOD,
            N_("close the text with the quote that it began with; quotes and backslashes can't stand inside"),
            _SUBSET,
        ),
        "syntax.percent": (_NOT_UNDERSTOOD, _NO_DIVISION, _SUBSET),
        "syntax.division": (N_("/ isn't understood here: {value}"), _NO_DIVISION),
        "large-number": (N_("{value} is larger than {limit}"), N_("use a smaller number")),
        "large-number.result": (
            N_("the result of {value} may become larger than can be reckoned exactly"),
            N_("multiply fewer facts"),
        ),
        "bare-word": (
            N_("{found} is neither a fact nor a text"),
            N_("a fact is written like member.status or event.level; otherwise write {instead}"),
        ),
        "bad-date": (
            N_("{value} is not one existing day"),
            N_("write it like date('2026-01-31')"),
            N_("The clock can't be read: a decision would change with the hour of its making."),
        ),
        "unknown-fact": (NO_FACT, N_("read one of: {facts}"), _MISSPELT),
        "unknown-fact.elsewhere": (
            NO_FACT,
            N_("that fact belongs to {event}: change on:, or read another fact"),
            _MISSPELT,
        ),
        "unknown-fact.suggested": (NO_FACT, DID_YOU_MEAN, _MISSPELT),
        "unknown-function": (N_("there is no function {function}"), N_("use one of: {functions}")),
        "unknown-function.suggested": (N_("there is no function {function}"), DID_YOU_MEAN),
        "unknown-value": (N_("{path} is never {value}"), N_("use one of: {values}")),
        "unknown-value.suggested": (N_("{path} is never {value}"), DID_YOU_MEAN),
        "unknown-value.unusual": (N_("{value} is an unusual value of {path}"), DID_YOU_MEAN),
        "wrong-argument": (
            N_("{function} wants {wanted}, {value} is {found}"),
            N_("pass a fact of that kind"),
        ),
        "wrong-argument.calculated": (
            N_("{function} takes facts and literals only, not {value}"),
            N_("pass a fact"),
        ),
        "wrong-argument.count": (
            N_("{function} wants {count} facts, {given} are given: {value}"),
            N_("write like age(member.birthday, event.occurred_on) or known(member.trade)"),
        ),
        "wrong-argument.known": (N_("{function} asks about a fact, {value} is none"), N_("pass a fact")),
        "not-a-list": (
            N_("{value} is no list"),
            N_("use == for one value, or write a list: ['…', '…']"),
        ),
        "not-a-number": (N_("{value} ({kind}) can't be reckoned with"), N_("use whole numbers")),
        "not-boolean": (
            N_("the condition {value} gives {kind}, not yes or no"),
            N_("compare it with something, like member.status == 'active'"),
        ),
        "not-boolean.joined": (
            N_("and, or, not join conditions, {value} is {kind}"),
            N_("compare it with something first"),
        ),
        "not-boolean.choice": (
            N_("before ? stands {value}, which is {kind}, not yes or no"),
            N_("compare it with something"),
        ),
        "nested-division": (
            N_("what is divided by is itself divided: {value}"),
            N_("write a / (b * c) or a * c / b"),
        ),
        "nested-choice": (N_("the question before ? holds another ?: {value}"), N_("use and, or, not")),
        "no-order": (
            N_("{left_value} ({kind}) has no order, {operator} can't be used"),
            N_("list the values: … in ['…', '…']"),
        ),
        "compared-conditions": (
            N_("conditions can't be compared with {operator}: {value}"),
            N_("use and, or, not"),
        ),
        "compared-list": (
            N_("{path} is a list and can't be compared"),
            N_("ask whether a text is in it: '…' in member.honours"),
        ),
        "unlike-types": (_UNLIKE, _ALIKE, _SILENTLY_FALSE),
        "unlike-types.day": (_UNLIKE, N_("write the day as date('2026-01-31')"), _SILENTLY_FALSE),
        "unlike-types.quotes": (
            _UNLIKE,
            N_("write numbers without quotes and texts in quotes"),
            _SILENTLY_FALSE,
        ),
        "unlike-units": (
            N_("{left_value} ({left}) and {right_value} ({right}) are of different units"),
            _ALIKE,
            _SILENTLY_FALSE,
        ),
    }
)


def place_fault(
    place: SourcePosition,
    code: str,
    value: str | None = None,
    *,
    terms: Mapping[str, str] | None = None,
    severity: Severity = "error",
    **params: str,
) -> Fault:
    """Return a fault at a position of an expression."""
    line, column = place
    return EXPRESSION_FAULTS.build(
        code, row=line, column=column, value=value, severity=severity, terms=terms, **params
    )


def node_fault(
    node: Node,
    code: str,
    *,
    terms: Mapping[str, str] | None = None,
    severity: Severity = "error",
    **params: str,
) -> Fault:
    """Return a fault at a node, with the text of the node as its value."""
    return place_fault(node.place, code, quote_expression(node), terms=terms, severity=severity, **params)


def unknown_fact_fault(node: FactReference, facts: Mapping[str, Fact]) -> Fault:
    """Return the fault of reading a fact that this event type does not have."""
    elsewhere = [event for event, fields in FACTS_BY_EVENT.items() if node.path in fields]
    close = suggest_name(node.path, facts)
    variant = ".elsewhere" if elsewhere else ".suggested" if close else ""
    return node_fault(
        node,
        f"unknown-fact{variant}",
        path=node.path[:80],
        event=", ".join(elsewhere[:3]),
        suggestion=close,
        facts=", ".join(sorted(facts)),
    )


def unknown_function_fault(node: Call) -> Fault:
    """Return the fault of calling a function that does not exist."""
    names = sorted([*FUNCTIONS, KNOWN_FUNCTION, "date"])
    close = suggest_name(node.name[:60], names)
    code = "unknown-function.suggested" if close else "unknown-function"
    return node_fault(node, code, function=node.name[:60], suggestion=close, functions=", ".join(names))


def find_impossible_value(reading: Node, value: Node, facts: Mapping[str, Fact]) -> Fault | None:
    """Return the fault of a text that a fact can never have; None if the value is possible.

    For a fact that may have other values than those listed, a near miss is a warning.
    """
    if not (isinstance(value, Literal) and isinstance(value.value, str)):
        return None
    path, allowed, is_open = _values_of(reading, facts)
    if not allowed or value.value in allowed:
        return None
    close = suggest_name(value.value[:60], allowed, 0.5)
    if is_open and not close:
        return None
    variant = ".unusual" if is_open else ".suggested" if close else ""
    return node_fault(
        value,
        f"unknown-value{variant}",
        severity="warning" if is_open else "error",
        path=path,
        suggestion=close,
        values="、".join(allowed),
    )


def _values_of(node: Node, facts: Mapping[str, Fact]) -> tuple[str, tuple[str, ...], bool]:
    """Return the name of a fact or function, its listed texts, and whether it may have other texts."""
    if isinstance(node, FactReference) and node.path in facts:
        fact = facts[node.path]
        return node.path, fact.allowed, fact.open
    if isinstance(node, Call) and node.name in FUNCTIONS:
        return node.name, FUNCTIONS[node.name].allowed, False
    return "", (), True
