"""Names and values that a rule may use, and what was probably meant instead."""

from collections.abc import Mapping
from difflib import get_close_matches

from rules.expressions.flaw import Flaw, Text, flaw_of
from rules.expressions.functions import FUNCTIONS, KNOWN
from rules.expressions.syntax import Call, Literal, Node, Reading
from rules.facts import EVENTS, Fact

N_ = str  # marks a text for the message catalogue


def unknown_fact(node: Reading, facts: Mapping[str, Fact]) -> Flaw:
    """The flaw of reading a fact that this type of event doesn't have."""
    elsewhere = [event for event, fields in EVENTS.items() if node.path in fields]
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
    return flaw_of(node, Text("unknown-fact", message, remedy, why), params)


def unknown_function(node: Call) -> Flaw:
    """The flaw of calling what isn't listed."""
    names = sorted([*FUNCTIONS, KNOWN, "date"])
    close = get_close_matches(node.name[:60], names, 1, 0.6)
    remedy = N_("did you mean {suggestion}?") if close else N_("use one of: {functions}")
    params = {
        "function": node.name[:60],
        "suggestion": (close or [""])[0],
        "functions": ", ".join(names),
    }
    return flaw_of(node, Text("unknown-function", N_("there is no function {function}"), remedy), params)


def impossible_value(reading: Node, value: Node, facts: Mapping[str, Fact]) -> Flaw | None:
    """The flaw of a text that a fact can never be; where others may occur, a near miss is a warning."""
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
    text = Text("unknown-value", message, remedy)
    return flaw_of(value, text, params, severity="warning" if is_open else "error")


def _values_of(node: Node, facts: Mapping[str, Fact]) -> tuple[str, tuple[str, ...], bool]:
    """What a fact or a function is called, the texts that it may be, and whether it may be others."""
    if isinstance(node, Reading) and node.path in facts:
        fact = facts[node.path]
        return node.path, fact.allowed, fact.open
    if isinstance(node, Call) and node.name in FUNCTIONS:
        return node.name, FUNCTIONS[node.name].allowed, False
    return "", (), True
