"""The conditions of one rule, compiled: one ZEN call answers all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

import zen

from rules.event import EventFacts
from rules.expressions.expression import Expression
from rules.expressions.functions import FUNCTIONS, KNOWN
from rules.expressions.rendering import Rendering
from rules.expressions.syntax import Call, Literal, Node, Reading, walk
from rules.facts import GREATEST_INTEGER, PYTHON_TYPES, Fact, Value

ZenValue = str | int | bool | list[str] | None
_OCCURRED_ON = "event.occurred_on"


class WrongFactError(TypeError):
    """A fact of another type than the catalogue says: a fault of the caller, never of a member."""


@dataclass(frozen=True, slots=True)
class _Slot:
    """Where a fact is read and the name that it has in ZEN's context."""

    name: str
    path: str
    key: str | None  # of the payload; None: a fact of the member
    type: type


class Conditions:
    """Sound conditions over the facts of one type of event; ``constants`` are a rule's parameters by path."""

    __slots__ = (
        "_calls",
        "_constants",
        "_converted",
        "_each",
        "_fails",
        "_holds",
        "_plain",
        "_slots",
        "reads",
    )

    def __init__(
        self,
        expressions: Sequence[Expression],
        facts: Mapping[str, Fact],
        also: Sequence[str] = (),
        constants: Mapping[str, Value] = MappingProxyType({}),
    ) -> None:
        self.reads = tuple(dict.fromkeys([*(path for e in expressions for path in e.reads), *also]))
        self._constants = {path: constants[path] for path in self.reads if path in constants}
        all_slots = [_slot(f"f{i}", facts[path]) for i, path in enumerate(self.reads)]
        self._slots = [slot for slot in all_slots if slot.path not in constants]
        self._plain = [(s.name, s.path) for s in all_slots if s.type not in (date, tuple)]
        self._converted = [(s.name, s.path) for s in all_slots if s.type in (date, tuple)]
        calls = dict.fromkeys(
            (node.name, _arguments(node))
            for expression in expressions
            for node in walk(expression.tree)
            if isinstance(node, Call) and node.name != KNOWN
        )
        self._calls = [
            (f"c{i}", FUNCTIONS[name].compute, arguments) for i, (name, arguments) in enumerate(calls)
        ]
        names = {path: f"f{i}" for i, path in enumerate(self.reads)}
        call_names = {call: f"c{i}" for i, call in enumerate(calls)}

        def name(node: Reading | Call) -> str:
            return names[node.path] if isinstance(node, Reading) else call_names[node.name, _arguments(node)]

        rendering = Rendering(name)
        texts = [rendering.holds(expression.tree) for expression in expressions]
        self._holds = zen.compile_expression("[" + ", ".join(texts) + "]")
        self._each = [zen.compile_expression(text) for text in texts]
        self._fails = [zen.compile_expression(rendering.fails(expression.tree)) for expression in expressions]

    def read(self, event: EventFacts, facts: Mapping[str, Value]) -> dict[str, Value]:
        """The values of the paths that are read; None where a fact isn't known.

        Raises: WrongFactError for a value of another type than the catalogue's.
        """
        values: dict[str, Value] = self._constants.copy()
        payload = event.payload
        for slot in self._slots:
            value = facts.get(slot.path) if slot.key is None else payload.get(slot.key)
            if slot.path == _OCCURRED_ON:
                value = event.occurred_on
            if value is not None and type(value) is not slot.type:
                raise WrongFactError(f"{slot.path} is a {type(value).__name__}, not a {slot.type.__name__}")
            if slot.type is int and value is not None and abs(value) > GREATEST_INTEGER:  # type: ignore[arg-type]
                raise WrongFactError(f"{slot.path} is beyond {GREATEST_INTEGER}")
            values[slot.path] = value
        return values

    def context(self, values: Mapping[str, Value]) -> dict[str, ZenValue]:
        """ZEN's context: only the paths read and the calls made; dates are day numbers."""
        context: dict[str, ZenValue] = {name: values[path] for name, path in self._plain}  # type: ignore[misc]
        for name, path in self._converted:
            context[name] = _zen(values[path])
        for name, compute, arguments in self._calls:
            given = [values[a] if path else a for path, a in arguments]  # type: ignore[index]
            context[name] = None if None in given else _zen(compute(*given))
        return context

    def verdicts(self, context: dict[str, ZenValue]) -> list[bool]:
        """For each condition whether it holds: one call, or one for each where that raises."""
        try:
            holds: list[bool] = self._holds.evaluate(context)
        except RuntimeError:
            return [_single(compiled, context) for compiled in self._each]
        return holds

    def fails(self, index: int, context: dict[str, ZenValue]) -> bool:
        """Whether a condition that doesn't hold is false, and not merely unknown."""
        return _single(self._fails[index], context)


def _single(compiled: "zen.Expression", context: dict[str, ZenValue]) -> bool:
    try:
        return bool(compiled.evaluate(context))
    except RuntimeError:
        return False  # neither true nor false: unknown


def _slot(name: str, fact: Fact) -> _Slot:
    key = fact.path.removeprefix("event.") if fact.path.startswith("event.") else None
    return _Slot(name, fact.path, key, PYTHON_TYPES[fact.kind])


def _arguments(node: Call) -> tuple[tuple[bool, str | int | date], ...]:
    return tuple(_argument(argument) for argument in node.arguments)


def _argument(node: Node) -> tuple[bool, str | int | date]:
    match node:
        case Reading(path=path):
            return True, path
        case Literal(value=value):
            return False, value
    raise AssertionError(f"{node} was let through as an argument")


def _zen(value: Value) -> ZenValue:
    if type(value) is date:
        return value.toordinal()
    if type(value) is tuple:
        return list(value)
    return value  # type: ignore[return-value]  # dates and lists are done
