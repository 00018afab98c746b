"""Compile the conditions of one rule so that one ZEN call evaluates all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

import zen

from rules.event import EventFacts
from rules.expressions.expression import Expression
from rules.expressions.functions import FUNCTIONS, KNOWN_FUNCTION
from rules.expressions.rendering import ZenRenderer
from rules.expressions.syntax import Call, FactReference, Literal, Node, walk_nodes
from rules.facts import MAX_INTEGER, PYTHON_TYPES, Fact, FactValue

ZenValue = str | int | bool | list[str] | None
_OCCURRED_ON = "event.occurred_on"


class WrongFactError(TypeError):
    """A fact has another type than the catalogue states, or an integer is out of range.

    The caller passed a wrong value; the member is not at fault.
    """


@dataclass(frozen=True, slots=True)
class _Slot:
    """Where a fact is read from, and the name that it has in ZEN's context."""

    name: str
    path: str
    key: str | None  # key in the payload; None for a fact of the member
    type: type


class CompiledConditions:
    """Compiled, type-checked conditions over the facts of one event type.

    ``constants`` are the parameters of the rule, by path.
    """

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
        constants: Mapping[str, FactValue] = MappingProxyType({}),
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
            for node in walk_nodes(expression.tree)
            if isinstance(node, Call) and node.name != KNOWN_FUNCTION
        )
        self._calls = [
            (f"c{i}", FUNCTIONS[name].compute, arguments) for i, (name, arguments) in enumerate(calls)
        ]
        names = {path: f"f{i}" for i, path in enumerate(self.reads)}
        call_names = {call: f"c{i}" for i, call in enumerate(calls)}

        def name(node: FactReference | Call) -> str:
            return (
                names[node.path]
                if isinstance(node, FactReference)
                else call_names[node.name, _arguments(node)]
            )

        rendering = ZenRenderer(name)
        texts = [rendering.render_true(expression.tree) for expression in expressions]
        self._holds = zen.compile_expression("[" + ", ".join(texts) + "]")
        self._each = [zen.compile_expression(text) for text in texts]
        self._fails = [
            zen.compile_expression(rendering.render_false(expression.tree)) for expression in expressions
        ]

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
            if value is not None and type(value) is not slot.type:
                raise WrongFactError(f"{slot.path} is a {type(value).__name__}, not a {slot.type.__name__}")
            if slot.type is int and value is not None and abs(value) > MAX_INTEGER:  # type: ignore[arg-type]
                raise WrongFactError(f"{slot.path} is beyond {MAX_INTEGER}")
            values[slot.path] = value
        return values

    def build_zen_context(self, values: Mapping[str, FactValue]) -> dict[str, ZenValue]:
        """Return ZEN's context, with only the paths and function results that are used; dates are day numbers."""
        context: dict[str, ZenValue] = {name: values[path] for name, path in self._plain}  # type: ignore[misc]
        for name, path in self._converted:
            context[name] = _zen(values[path])
        for name, compute, arguments in self._calls:
            given = [values[a] if path else a for path, a in arguments]  # type: ignore[index]
            context[name] = None if None in given else _zen(compute(*given))
        return context

    def evaluate(self, context: dict[str, ZenValue]) -> list[bool]:
        """Return for each condition whether it holds.

        It makes one ZEN call for all conditions, or one call for each where that raises.
        """
        try:
            holds: list[bool] = self._holds.evaluate(context)
        except RuntimeError:
            return [_single(compiled, context) for compiled in self._each]
        return holds

    def is_false(self, index: int, context: dict[str, ZenValue]) -> bool:
        """Return whether a condition that does not hold is false rather than unknown."""
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
        case FactReference(path=path):
            return True, path
        case Literal(value=value):
            return False, value
    raise AssertionError(f"{node} was let through as an argument")


def _zen(value: FactValue) -> ZenValue:
    if type(value) is date:
        return value.toordinal()
    if type(value) is tuple:
        return list(value)
    return value  # type: ignore[return-value]  # dates and lists are done
