"""Flaws of unknown facts, functions and values, with a suggestion of the probable name."""

from collections.abc import Mapping
from difflib import get_close_matches

from core.text_marks import N_
from rules.expressions.flaw import Flaw, FlawText, node_flaw
from rules.expressions.functions import FUNCTIONS, KNOWN_FUNCTION
from rules.expressions.syntax import Call, FactReference, Literal, Node
from rules.facts import FACTS_BY_EVENT, Fact


def unknown_fact_flaw(node: FactReference, facts: Mapping[str, Fact]) -> Flaw:
    """Return the flaw of reading a fact that this event type does not have."""
    elsewhere = [event for event, fields in FACTS_BY_EVENT.items() if node.path in fields]
    close = get_close_matches(node.path[:80], facts, 1, 0.6)
    remedy = N_("read one of: {facts}")
    if elsewhere:
        remedy = N_("that fact belongs to {event}: change on:, or read another fact")
    elif close:
        remedy = N_("did you mean {suggestion}?")
    message = N_("there is no fact {path} for this event")
    why = N_("A misspelt fact would make the condition silently false.")
    params = {
        "path": node.path[:80],
        "event": ", ".join(elsewhere[:3]),
        "suggestion": (close or [""])[0],
        "facts": ", ".join(sorted(facts)),
    }
    return node_flaw(node, FlawText("unknown-fact", message, remedy, why), params)


def unknown_function_flaw(node: Call) -> Flaw:
    """Return the flaw of calling a function that does not exist."""
    names = sorted([*FUNCTIONS, KNOWN_FUNCTION, "date"])
    close = get_close_matches(node.name[:60], names, 1, 0.6)
    remedy = N_("did you mean {suggestion}?") if close else N_("use one of: {functions}")
    params = {
        "function": node.name[:60],
        "suggestion": (close or [""])[0],
        "functions": ", ".join(names),
    }
    return node_flaw(
        node, FlawText("unknown-function", N_("there is no function {function}"), remedy), params
    )


def find_impossible_value(reading: Node, value: Node, facts: Mapping[str, Fact]) -> Flaw | None:
    """Return the flaw of a text that a fact can never have; None if the value is possible.

    For a fact that may have other values than those listed, a near miss is a warning.
    """
    if not (isinstance(value, Literal) and isinstance(value.value, str)):
        return None
    path, allowed, is_open = _values_of(reading, facts)
    if not allowed or value.value in allowed:
        return None
    close = get_close_matches(value.value[:60], allowed, 1, 0.5)
    if is_open and not close:
        return None
    message = N_("{value} is an unusual value of {path}") if is_open else N_("{path} is never {value}")
    remedy = N_("did you mean {suggestion}?") if close else N_("use one of: {values}")
    params = {
        "path": path,
        "suggestion": (close or [""])[0],
        "values": "、".join(allowed),
    }
    text = FlawText("unknown-value", message, remedy)
    return node_flaw(value, text, params, severity="warning" if is_open else "error")


def _values_of(node: Node, facts: Mapping[str, Fact]) -> tuple[str, tuple[str, ...], bool]:
    """Return the name of a fact or function, its listed texts, and whether it may have other texts."""
    if isinstance(node, FactReference) and node.path in facts:
        fact = facts[node.path]
        return node.path, fact.allowed, fact.open
    if isinstance(node, Call) and node.name in FUNCTIONS:
        return node.name, FUNCTIONS[node.name].allowed, False
    return "", (), True
