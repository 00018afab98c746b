"""A flaw within one expression; the loader turns it into a finding."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rules.expressions.quoting import quote_expression
from rules.expressions.syntax import Node, SourcePosition
from rules.finding import Severity


@dataclass(frozen=True, slots=True)
class Flaw:
    """One flaw in an expression; texts and ``value`` as in :class:`rules.finding.Finding`."""

    place: SourcePosition
    code: str
    message: str
    remedy: str
    why: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    terms: Mapping[str, str] = field(default_factory=dict)
    severity: Severity = "error"
    value: str = ""


@dataclass(frozen=True, slots=True)
class FlawText:
    """The texts of a flaw: its code, the message, the remedy, and why it matters."""

    code: str
    message: str
    remedy: str
    why: str = ""


def node_flaw(
    node: Node,
    text: FlawText,
    params: Mapping[str, str] | None = None,
    terms: Mapping[str, str] | None = None,
    severity: Severity = "error",
) -> Flaw:
    """Return a flaw at a node, with the text of the node as its value."""
    return Flaw(
        node.place,
        text.code,
        text.message,
        text.remedy,
        text.why,
        params or {},
        terms or {},
        severity,
        quote_expression(node),
    )


class FlawError(Exception):
    """Stop the parser at the first place where the grammar is broken."""

    def __init__(self, flaw: Flaw) -> None:
        self.flaw = flaw
        super().__init__(flaw.message.format_map({"value": flaw.value, **flaw.params}))
