"""Look up the payload fields of event types: their value kinds, whether they are lists, and valid values."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Annotated, Any

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from events.catalogue import payload_models
from events.feeds.mapping import ValueKind
from members import MEMBER_PAYLOADS, Digest, DistrictCode, Enrolment, Pseudonym

AMOUNT_SUFFIX = "_fen"  # suffix of the names of amount fields


def feed_event_types() -> tuple[str, ...]:
    """Return the event types that a feed may produce: those about members."""
    return tuple(MEMBER_PAYLOADS)


def payload_fields(kind: str) -> Mapping[str, FieldInfo]:
    """Return the fields of an event type's payload by name; empty for an unknown type."""
    model = payload_models().get(kind)
    return model.model_fields if model is not None else {}


def is_enrolment_type(kind: str) -> bool:
    """Return whether an event of this type can create a member."""
    model = payload_models().get(kind)
    return model is not None and issubclass(model, Enrolment)


def is_list_field(kind: str, name: str) -> bool:
    """Return whether a payload field holds a list."""
    return _schema(kind, name)[1]


@cache
def default_value_kind(kind: str, name: str) -> ValueKind | None:
    """Return how to parse a field's value if the mapping doesn't say; None for an amount (yuan or fen)."""
    if name.endswith(AMOUNT_SUFFIX):
        return None
    return _schema(kind, name)[0]


@cache
def _schema(kind: str, name: str) -> tuple[ValueKind, bool]:
    """Return the kind of a field's value, and whether the field is a list of such values."""
    if name in _BY_NAME:
        return _BY_NAME[name], False
    schema = _adapter(kind, name).json_schema()
    options: list[dict[str, Any]] = [schema, *schema.get("anyOf", ())]
    several = next((option["items"] for option in options if option.get("type") == "array"), None)
    return _kind([several] if several is not None else options), several is not None


def _kind(options: Sequence[Mapping[str, Any]]) -> ValueKind:
    for option in options:
        if option.get("pattern") in _BY_PATTERN:
            return _BY_PATTERN[option["pattern"]]
        if option.get("format") == "date":
            return "date"
        if option.get("type") in _BY_TYPE:
            return _BY_TYPE[option["type"]]
    return "text"


def _pattern(form: Any) -> str:
    return str(TypeAdapter(form).json_schema()["pattern"])


_BY_NAME: Mapping[str, ValueKind] = {"organisation": "organisation", "household": "pseudonym"}
_BY_TYPE: Mapping[str, ValueKind] = {"boolean": "yes_no", "integer": "integer"}
_BY_PATTERN: Mapping[str, ValueKind] = {
    _pattern(DistrictCode): "district",
    _pattern(Digest): "digest",
    _pattern(Pseudonym): "pseudonym",
}


def validate_field_value(kind: str, name: str, value: object) -> str | None:
    """Return None if the field accepts the value.

    Otherwise return the accepted values as text, or an empty string if they can't be listed.
    """
    try:
        _adapter(kind, name).validate_python(value, strict=True)
    except ValidationError as error:
        details = error.errors(include_url=False)[0]
        context = details.get("ctx", {})
        return str(context.get("expected", "")).replace(" or ", ", ")
    return None


@cache
def _adapter(kind: str, name: str) -> TypeAdapter[Any]:
    info = payload_fields(kind)[name]
    form: Any = Annotated[info.annotation, info]
    return TypeAdapter(form)


def required_fields(kind: str) -> tuple[str, ...]:
    """Return the names of the required payload fields of an event type."""
    return tuple(name for name, info in payload_fields(kind).items() if info.is_required())
