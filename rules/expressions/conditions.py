"""The compiled conditions of one rule, and the facts that they read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from rules.expressions.expression import Expression
from rules.facts import MAX_INTEGER, PYTHON_TYPES, EventFacts, Fact, FactValue
from rules.territory import PlacedCode

_OCCURRED_ON = "event.occurred_on"


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
