"""An expression that is proven to be sound: parsed, typed, with the facts that it reads.

What is unknown stays unknown (three-valued logic after Kleene): a comparison or calculation with a
fact that isn't known is neither true nor false; ``and`` is false as soon as one part is false, ``or``
true as soon as one part is true, ``not`` of unknown is unknown. A condition that is unknown doesn't
hold, and says that it isn't known. Only ``known(fact)`` is never unknown.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from rules.expressions.flaw import Flaw, FlawError
from rules.expressions.syntax import Node, Reading, walk
from rules.expressions.typecheck import TypeCheck
from rules.facts import Fact


@dataclass(frozen=True, slots=True)
class Expression:
    """A sound condition and the paths that it reads, in the order of their first appearance."""

    text: str
    tree: Node
    reads: tuple[str, ...]


def read_condition(text: str, facts: Mapping[str, Fact]) -> tuple[Expression | None, tuple[Flaw, ...]]:
    """The condition that a text states, and what is wrong with it; None where an error was found."""
    return _read(text, TypeCheck(facts), is_number=False)


def read_number(
    text: str, facts: Mapping[str, Fact], *, divides: bool = True
) -> tuple[Expression | None, tuple[Flaw, ...]]:
    """The number that a text gives, as :func:`read_condition`; it may divide, since it is reckoned exactly."""
    return _read(text, TypeCheck(facts, divides), is_number=True)


def _read(text: str, check: TypeCheck, *, is_number: bool) -> tuple[Expression | None, tuple[Flaw, ...]]:
    from rules.expressions.grammar import parse  # lark takes 50 ms: only those pay who read rules

    try:
        tree = parse(text)
    except FlawError as error:
        return None, (error.flaw,)
    (check.number if is_number else check.condition)(tree)
    flaws = tuple(check.flaws)
    if any(flaw.severity == "error" for flaw in flaws):
        return None, flaws
    reads = dict.fromkeys(node.path for node in walk(tree) if isinstance(node, Reading))
    return Expression(text, tree, tuple(reads)), flaws
