"""A type-checked expression: its text, its tree and the facts that it reads.

Expressions use Kleene's three-valued logic: a comparison or calculation with an unknown fact is
neither true nor false. ``and`` is false as soon as one part is false, ``or`` is true as soon as one
part is true, and ``not`` of unknown is unknown. An unknown condition does not hold, and the decision
states that it is unknown. Only ``known(fact)`` is never unknown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from core.faults import Fault, FaultError
from rules.birthdays import count_birthdays
from rules.event_facts import EventFacts
from rules.expressions.evaluator import Evaluator, compile_evaluator
from rules.expressions.syntax import FactReference, Node, walk_nodes
from rules.expressions.typecheck import TypeChecker
from rules.facts import BIRTHDAY_NUMBER, MAX_INTEGER, PYTHON_TYPES, Fact, FactValue
from rules.territory import PlacedCode

_OCCURRED_ON = "event.occurred_on"


@dataclass(frozen=True, slots=True)
class Expression:
    """A type-checked expression and the paths that it reads, in the order of their first appearance."""

    text: str
    tree: Node
    reads: tuple[str, ...]
    evaluate: Evaluator = field(compare=False, repr=False)


def read_expression(
    text: str, facts: Mapping[str, Fact], *, is_number: bool = False
) -> tuple[Expression | None, tuple[Fault, ...]]:
    """Parse a condition or number; return it with its faults, or None with the faults if one is an error."""
    from rules.expressions.grammar import (
        parse_expression,  # importing lark takes 50 ms: import it only when an expression is parsed
    )

    try:
        tree = parse_expression(text)
    except FaultError as error:
        return None, error.faults
    faults = TypeChecker(facts, is_number).check(tree)
    if any(fault.severity == "error" for fault in faults):
        return None, faults
    reads = dict.fromkeys(node.path for node in walk_nodes(tree) if isinstance(node, FactReference))
    return Expression(text, tree, tuple(reads), compile_evaluator(tree)), faults


class WrongFactError(TypeError):
    """A fact has another type than the catalogue states, or an integer is out of range.

    The caller passed a wrong value; the member is not at fault.
    """


@dataclass(frozen=True, slots=True)
class _Slot:
    """Where a fact is read from."""

    path: str
    key: str | None  # key in the payload; None for a fact of the member
    type: type


class CompiledConditions:
    """Compiled, type-checked conditions over the facts of one event type.

    ``constants`` are the parameters of the rule, by path. ``evaluators`` answer the conditions in their
    order: true, false, or None if a condition is unknown.
    """

    __slots__ = ("_constants", "_slots", "evaluators", "reads")

    def __init__(
        self,
        expressions: Sequence[Expression],
        facts: Mapping[str, Fact],
        also: Sequence[str] = (),
        constants: Mapping[str, FactValue] = MappingProxyType({}),
    ) -> None:
        self.reads = tuple(dict.fromkeys([*(path for e in expressions for path in e.reads), *also]))
        self._constants = {path: constants[path] for path in self.reads if path in constants}
        self._slots = [_slot(facts[path]) for path in self.reads if path not in constants]
        self.evaluators = tuple(expression.evaluate for expression in expressions)

    def read_facts(self, event: EventFacts, facts: Mapping[str, FactValue]) -> dict[str, FactValue]:
        """Return the value of each path that the conditions read; None for an unknown fact.

        Raises: WrongFactError for a value of another type than the catalogue's.
        """
        values: dict[str, FactValue] = self._constants.copy()
        payload = event.payload
        for slot in self._slots:
            value = facts.get(slot.path) if slot.key is None else payload.get(slot.key)
            if slot.path == _OCCURRED_ON:
                value = event.occurred_on
            elif value is None and slot.path == BIRTHDAY_NUMBER.path:
                value = count_birthdays(event, facts)
            kind = str if type(value) is PlacedCode else type(value)
            if value is not None and kind is not slot.type:
                raise WrongFactError(f"{slot.path} is a {type(value).__name__}, not a {slot.type.__name__}")
            if slot.type is int and value is not None and abs(value) > MAX_INTEGER:  # type: ignore[arg-type]
                raise WrongFactError(f"{slot.path} is beyond {MAX_INTEGER}")
            values[slot.path] = value
        return values


def _slot(fact: Fact) -> _Slot:
    key = fact.path.removeprefix("event.") if fact.path.startswith("event.") else None
    return _Slot(fact.path, key, PYTHON_TYPES[fact.kind])
