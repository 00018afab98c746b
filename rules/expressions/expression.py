"""A type-checked expression: its text, its tree and the facts that it reads.

Expressions use Kleene's three-valued logic: a comparison or calculation with an unknown fact is
neither true nor false. ``and`` is false as soon as one part is false, ``or`` is true as soon as one
part is true, and ``not`` of unknown is unknown. An unknown condition does not hold, and the decision
states that it is unknown. Only ``known(fact)`` is never unknown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.faults import Fault, FaultError
from rules.expressions.evaluator import Evaluator, compile_evaluator
from rules.expressions.syntax import FactReference, Node, walk_nodes
from rules.expressions.typecheck import TypeChecker
from rules.facts import Fact


@dataclass(frozen=True, slots=True)
class Expression:
    """A type-checked expression and the paths that it reads, in the order of their first appearance."""

    text: str
    tree: Node
    reads: tuple[str, ...]
    evaluate: Evaluator = field(compare=False, repr=False)


def parse_condition(text: str, facts: Mapping[str, Fact]) -> tuple[Expression | None, tuple[Fault, ...]]:
    """Parse a condition; return it with its faults, or None with the faults if one is an error."""
    return _read(text, TypeChecker(facts), is_number=False)


def parse_number_expression(
    text: str, facts: Mapping[str, Fact], *, divides: bool = True
) -> tuple[Expression | None, tuple[Fault, ...]]:
    """Parse an expression that gives a number; return what :func:`parse_condition` returns.

    It may divide unless ``divides`` is False, since numbers are computed exactly.
    """
    return _read(text, TypeChecker(facts, divides), is_number=True)


def _read(text: str, check: TypeChecker, *, is_number: bool) -> tuple[Expression | None, tuple[Fault, ...]]:
    from rules.expressions.grammar import (
        parse_expression,  # importing lark takes 50 ms: import it only when an expression is parsed
    )

    try:
        tree = parse_expression(text)
    except FaultError as error:
        return None, error.faults
    (check.check_number if is_number else check.check_condition)(tree)
    faults = tuple(check.faults)
    if any(fault.severity == "error" for fault in faults):
        return None, faults
    reads = dict.fromkeys(node.path for node in walk_nodes(tree) if isinstance(node, FactReference))
    return Expression(text, tree, tuple(reads), compile_evaluator(tree)), faults
