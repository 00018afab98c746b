"""The fields of a form, read from its model: what is asked, how it is typed, and what is wrong with what was."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum, StrEnum, auto
from functools import cache
from types import MappingProxyType, NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from core.faults import Fault, FaultError, FaultTable
from core.money import format_yuan
from core.prompts import Prompt
from core.text_marks import N_
from core.validation import fault_from_pydantic
from members.privacy import has_personal_number, scrub_personal_numbers

FormT = TypeVar("FormT", bound=BaseModel)
TypedFields = Mapping[str, Sequence[str]]
_LONGEST_QUOTE = 80
_NO_FILES: "Mapping[str, TypedFile]" = MappingProxyType({})
FORM_FAULTS = FaultTable(
    "form",
    {
        "amount_in_yuan": (
            N_("{field}: {value} is no whole number of fen"),
            N_("send it as {name}, such as 123450 for 1234.50 yuan"),
        ),
        "no_filter": (N_("{field} is no filter of this list"), N_("choose among {known}")),
        "no_object": (N_("the body is no JSON object"), N_("send an object with the fields of the form")),
        "no_fields": (
            N_("{file} holds no fields, but {value}"),
            N_("write each field on a line of its own, such as title: …"),
        ),
    },
)
_LONGEST_LINE = 1_000  # characters; what may be longer is typed into a box


class FieldKind(Enum):
    """How a field is typed or chosen."""

    TEXT = auto()
    BOX = auto()
    CHOICE = auto()
    TICK = auto()
    DAY = auto()
    WHOLE = auto()
    MONEY = auto()
    ORGANISATION = auto()  # named by its name or its code
    STATION = auto()  # named by its name or its number
    AREA = auto()  # a province, city or district, named by its name, its code or the beginning of one
    MEMBER = auto()
    LIST = auto()  # lines of a text, or a file


@dataclass(frozen=True, slots=True)
class TypedFile:
    """A file in place of what would be typed."""

    name: str
    content: bytes


class FieldFaultError(ValueError):
    """What is wrong with a field, from the function that reads it: pydantic collects it with the others."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(fault.code for fault in faults))


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of a form; ``choices`` are titles by value, ``longest`` its most characters (0: no limit)."""

    name: str
    prompt: Prompt
    kind: FieldKind
    required: bool
    default: object = None
    choices: Mapping[str, str] | None = None
    longest: int = 0

    def begin(self, value: object) -> str:
        """Return a value as it is typed."""
        if value is None or value is False or value == ():
            return ""
        if self.kind is FieldKind.MONEY and isinstance(value, int):
            return format_yuan(value)
        return "yes" if value is True else str(value.value if isinstance(value, StrEnum) else value)


def fields_of(model: type[BaseModel]) -> tuple[FormField, ...]:
    """Return the fields that a model asks a person for, in its order."""
    return _read_fields(model)


@cache
def _read_fields(model: type[BaseModel]) -> tuple[FormField, ...]:
    return tuple(_field(name, info) for name, info in model.model_fields.items())


def _field(name: str, info: FieldInfo) -> FormField:
    kind_of, metadata = _unwrap(info.annotation, info.metadata)
    prompt = next((one for one in metadata if isinstance(one, Prompt)), Prompt(name))
    longest = next((most for one in metadata if (most := getattr(one, "max_length", None))), 0)
    kind, choices = _kind(kind_of, prompt, longest)
    kind = next((one for one in metadata if isinstance(one, FieldKind)), kind)
    return FormField(name, prompt, kind, info.is_required(), info.get_default(), choices, longest)


def _unwrap(annotation: Any, metadata: Sequence[object]) -> tuple[Any, Sequence[object]]:
    """Return a field's own type and all that is said of it, without “or None”."""
    if get_origin(annotation) in (Union, UnionType):
        (annotation,) = (one for one in get_args(annotation) if one is not NoneType)
    if get_origin(annotation) is Annotated:
        base, *said = get_args(annotation)
        flat = [part for one in said for part in (one.metadata if isinstance(one, FieldInfo) else [one])]
        return _unwrap(base, [*metadata, *flat])
    return annotation, metadata


def _kind(annotation: Any, prompt: Prompt, longest: int) -> tuple[FieldKind, Mapping[str, str] | None]:
    if get_origin(annotation) is Literal:
        return FieldKind.CHOICE, {value: prompt.labels.get(value, value) for value in get_args(annotation)}
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return FieldKind.CHOICE, {one.value: prompt.labels.get(one, one.value) for one in annotation}
    plain = {bool: FieldKind.TICK, date: FieldKind.DAY, int: FieldKind.WHOLE}
    if annotation in plain:
        return plain[annotation], None
    return (FieldKind.BOX if prompt.rows or longest > _LONGEST_LINE else FieldKind.TEXT), None


def read_typed(
    model: type[BaseModel], typed: TypedFields, files: "Mapping[str, TypedFile]" = _NO_FILES
) -> dict[str, object]:
    """Return the values of a form's fields as they were typed; an empty field is left out, so that its default holds.

    Fields that the form doesn't have are left out, too: a page sends some of its own. A file counts before a text.
    """
    found: dict[str, object] = {}
    for one in fields_of(model):
        if one.name in files:
            found[one.name] = files[one.name]
            continue
        value = typed[one.name][-1] if typed.get(one.name) else ""
        if one.kind is FieldKind.TICK:
            found[one.name] = value == "yes"
        elif value:
            found[one.name] = value
    return found


def parse_values(model: type[FormT], values: Mapping[str, object]) -> FormT:
    """Return a form of its values. *Raises*: FaultError with every fault, each at its field."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise FaultError(list(faults_of(model, error))) from error


def faults_of(model: type[BaseModel], error: ValidationError) -> Iterator[Fault]:
    """Yield what is wrong with a form, each field by its title: no personal number is quoted."""
    titles = {one.name: one.prompt.title for one in fields_of(model)}
    hidden = {name for name, info in model.model_fields.items() if not info.repr}
    for details in error.errors(include_url=False):
        context = details.get("ctx", {}).get("error")
        field = scrub_personal_numbers(".".join(map(str, details["loc"])))[:_LONGEST_QUOTE]
        if isinstance(context, FieldFaultError):
            faults = [one.at(field=one.field or field) for one in context.faults]
        else:
            quoted = (
                "***" if details["loc"] and details["loc"][0] in hidden else quote_value(details["input"])
            )
            found = fault_from_pydantic(details, field, quoted)
            faults = [replace(found, code=f"field.{details['type']}")]
        title = titles.get(str(details["loc"][0])) if details["loc"] else None
        yield from (replace(one, terms={**one.terms, "field": title}) if title else one for one in faults)


def quote_value(value: object) -> str:
    """Return what was given as a fault may quote it: short, and no number of a person."""
    if value is None or isinstance(value, dict | TypedFile):
        return ""
    text = str(value)
    return "***" if has_personal_number(text) else text[:_LONGEST_QUOTE]
