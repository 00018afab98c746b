"""What is wrong within one expression; the loader makes findings of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rules.expressions.quoting import quoted
from rules.expressions.syntax import Node, Place
from rules.finding import Severity


@dataclass(frozen=True, slots=True)
class Flaw:
    """One flaw; texts and ``value`` as in :class:`rules.finding.Finding`."""

    place: Place
    code: str
    message: str
    remedy: str
    why: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    terms: Mapping[str, str] = field(default_factory=dict)
    severity: Severity = "error"
    value: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """What to say of a flaw: code, what, how to mend it, and why it matters."""

    code: str
    message: str
    remedy: str
    why: str = ""


def flaw_of(
    node: Node,
    text: Text,
    params: Mapping[str, str] | None = None,
    terms: Mapping[str, str] | None = None,
    severity: Severity = "error",
) -> Flaw:
    """The flaw of one node, which it quotes."""
    return Flaw(
        node.place,
        text.code,
        text.message,
        text.remedy,
        text.why,
        params or {},
        terms or {},
        severity,
        quoted(node),
    )


class FlawError(Exception):
    """Stops the parser at the first place where the grammar is broken."""

    def __init__(self, flaw: Flaw) -> None:
        self.flaw = flaw
        super().__init__(flaw.message.format_map({"value": flaw.value, **flaw.params}))
