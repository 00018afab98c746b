"""What the fields of our payloads want: which kind of value, and whether a value may stand there."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Annotated, Any

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from events.catalogue import catalogue
from events.feeds.mapping import Kind
from members import PAYLOADS, Enrolment
from members.messages import Digest, DistrictCode, Pseudonym

MONEY = "_fen"  # how the names of amounts end


def types() -> tuple[str, ...]:
    """The types that a feed may bring: those about members."""
    return tuple(PAYLOADS)


def fields_of(kind: str) -> Mapping[str, FieldInfo]:
    model = catalogue().get(kind)
    return model.model_fields if model is not None else {}


def enrols(kind: str) -> bool:
    """Whether an event of a type makes a member of somebody who was none."""
    model = catalogue().get(kind)
    return model is not None and issubclass(model, Enrolment)


def is_list(kind: str, name: str) -> bool:
    return _schema(kind, name)[1]


@cache
def wanted(kind: str, name: str) -> Kind | None:
    """How a value for a field is read where nobody says; None for an amount, which may be yuan or fen."""
    if name.endswith(MONEY):
        return None
    return _schema(kind, name)[0]


@cache
def _schema(kind: str, name: str) -> tuple[Kind, bool]:
    """The kind of a field's value, and whether it is a list of them."""
    if name in _BY_NAME:
        return _BY_NAME[name], False
    schema = _adapter(kind, name).json_schema()
    options: list[dict[str, Any]] = [schema, *schema.get("anyOf", ())]
    several = next((option["items"] for option in options if option.get("type") == "array"), None)
    return _kind([several] if several is not None else options), several is not None


def _kind(options: Sequence[Mapping[str, Any]]) -> Kind:
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


_BY_NAME: Mapping[str, Kind] = {"organisation": "organisation", "household": "pseudonym"}
_BY_TYPE: Mapping[str, Kind] = {"boolean": "yes_no", "integer": "integer"}
_BY_PATTERN: Mapping[str, Kind] = {
    _pattern(DistrictCode): "district",
    _pattern(Digest): "digest",
    _pattern(Pseudonym): "pseudonym",
}


def allowed(kind: str, name: str, value: object) -> str | None:
    """None where a value may stand in a field; else what may, where that is a choice of words."""
    try:
        _adapter(kind, name).validate_python(value, strict=True)
    except ValidationError as error:
        details = error.errors(include_url=False)[0]
        context = details.get("ctx", {})
        return str(context.get("expected", "")).replace(" or ", ", ")
    return None


@cache
def _adapter(kind: str, name: str) -> TypeAdapter[Any]:
    info = fields_of(kind)[name]
    form: Any = Annotated[info.annotation, info]
    return TypeAdapter(form)


def required(kind: str) -> tuple[str, ...]:
    return tuple(name for name, info in fields_of(kind).items() if info.is_required())
