"""The events' payloads and the facts that rules may read of them say the same."""

import types
import typing
from datetime import date

import pytest
from pydantic import BaseModel

from events import catalogue
from members import FACTS
from rules import EVENTS, facts_for, payload_of
from rules.facts import PYTHON_TYPES


def _python_type(annotation: object) -> type:
    """The plain type behind Annotated, Optional, Literal and StrEnum."""
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return _python_type(typing.get_args(annotation)[0])
    if origin in (typing.Union, types.UnionType):
        return _python_type(next(a for a in typing.get_args(annotation) if a is not type(None)))
    if origin is typing.Literal:
        return type(typing.get_args(annotation)[0])
    if origin is tuple:
        return tuple
    assert isinstance(annotation, type)
    return next((base for base in (bool, int, str, date, tuple) if issubclass(annotation, base)), annotation)


@pytest.mark.parametrize("kind", sorted(EVENTS))
def test_every_fact_of_an_event_is_a_field_of_its_payload_with_the_same_type(kind: str) -> None:
    model: type[BaseModel] = catalogue()[kind]
    wrong = [
        name
        for name, fact in payload_of(kind).items()
        if name not in model.model_fields
        or _python_type(model.model_fields[name].annotation) is not PYTHON_TYPES[fact.kind]
    ]
    assert wrong == []


def test_every_type_of_event_is_known_to_both() -> None:
    assert set(EVENTS) <= set(catalogue())


def test_the_facts_about_members_are_those_that_rules_may_read() -> None:
    assert {"member." + name for name in FACTS} == {
        path for path in facts_for("member.left") if path.startswith("member.")
    }
