"""The fields of a form, read from its model: what is asked, and how it is typed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import Enum, StrEnum, auto
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from core.civil_time import CIVIL_TIME
from core.faults import Fault, FaultTable
from core.money import format_yuan
from core.prompts import Prompt
from core.text_marks import N_

if TYPE_CHECKING:
    from yihui.files.pictures import PicturedFile

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
UNTIL_TODAY = object()  # marks a day that can't lie ahead
_LONGEST_LINE = 1_000  # characters; what may be longer is typed into a box


class FieldKind(Enum):
    """How a field is typed or chosen."""

    TEXT = auto()
    BOX = auto()
    CHOICE = auto()
    TICK = auto()
    DAY = auto()
    INSTANT = auto()
    WHOLE = auto()
    NUMBER = auto()
    MONEY = auto()
    ORGANISATION = auto()  # named by its name or its code
    STATION = auto()  # named by its name or its number
    AREA = auto()  # a province, city or district, named by its name, its code or the beginning of one
    MEMBER = auto()
    LIST = auto()  # lines of a text, or a file
    CHOICES = auto()  # some of several
    ROWS = auto()  # rows of a table, each a small form
    PICTURE = auto()  # a picture or a PDF document, which is drawn anew
    FILE = auto()  # the model has its path: a command names it, a page sends it under the field's name
    TARGET = auto()  # a file that is wanted: ticked on a page, named in a command
    HIDDEN = auto()  # chosen on the page that leads to the form


class Endings:
    """The kinds of files that a field takes."""

    def __init__(self, *known: str) -> None:
        self.known = known


@dataclass(frozen=True, slots=True)
class TypedFile:
    """A file in place of what would be typed; ``pictured`` is what is stored of one whose pages were drawn."""

    name: str
    content: bytes = field(repr=False)
    pictured: "PicturedFile | None" = field(default=None, repr=False)


class FieldFaultError(ValueError):
    """What is wrong with a field, from the function that reads it: pydantic collects it with the others."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(fault.code for fault in faults))


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of a form; ``choices`` are titles by value, ``longest`` its most characters or rows (0: no limit).

    Those of a file are the endings of its name. ``columns`` are the fields of a row. Several choices are typed as their codes with commas between them. A day ``is_past`` where none to come is taken.
    """

    name: str
    prompt: Prompt
    kind: FieldKind
    required: bool
    default: object = None
    choices: Mapping[str, str] | None = None
    longest: int = 0
    columns: "tuple[FormField, ...]" = ()
    is_past: bool = False

    @property
    def option(self) -> str:
        """The command's option for the field."""
        return self.prompt.option or f"--{self.name.replace('_', '-')}"

    def cell(self, place: int, column: "FormField") -> "FormField":
        """Return the field of a column in one row, named as a fault names it."""
        return replace(column, name=f"{self.name}.{place}.{column.name}", required=False, default=None)

    def begin(self, value: object) -> str:
        """Return a value as it is typed."""
        if value is None or value is False or value == ():
            return ""
        if self.kind is FieldKind.CHOICES and not isinstance(value, str):
            return ",".join(value)  # type: ignore[arg-type]
        if self.kind is FieldKind.MONEY and isinstance(value, int):
            return format_yuan(value)
        if isinstance(value, datetime):
            return value.astimezone(CIVIL_TIME).strftime("%Y-%m-%dT%H:%M")
        if isinstance(value, float):
            return f"{value:.10g}"
        return "yes" if value is True else str(value.value if isinstance(value, StrEnum) else value)

    def is_begun(self, value: object) -> bool:
        """Return whether a value is what stands in the field at first."""
        return value is self.default or value == self.begin(self.default)

    def count_rows(self, typed: Collection[str]) -> int:
        """Return how many rows there are, down to the last one of which something was typed; ``typed`` names the fields."""
        places = (
            place + 1
            for place in range(self.longest)
            if any(self.cell(place, column).name in typed for column in self.columns)
        )
        return max(places, default=0)


def fields_of(model: type[BaseModel]) -> tuple[FormField, ...]:
    """Return the fields that a model asks a person for, in its order: all but those that it excludes."""
    return _read_fields(model)


@cache
def _read_fields(model: type[BaseModel]) -> tuple[FormField, ...]:
    return tuple(_field(name, info) for name, info in model.model_fields.items() if not info.exclude)


def _field(name: str, info: FieldInfo) -> FormField:
    kind_of, metadata = _unwrap(info.annotation, info.metadata)
    prompt = next((one for one in metadata if isinstance(one, Prompt)), Prompt(name))
    longest = next((most for one in metadata if (most := getattr(one, "max_length", None))), 0)
    kind, choices = _kind(kind_of, prompt, longest)
    kind = next((one for one in reversed(metadata) if isinstance(one, FieldKind)), kind)
    endings = next((one.known for one in metadata if isinstance(one, Endings)), ())
    choices = {one: one for one in endings} or choices
    default = None if info.is_required() else info.get_default()
    row = _item(kind_of) if kind is FieldKind.ROWS else None
    columns = fields_of(row) if row is not None else ()
    is_past = UNTIL_TODAY in metadata
    return FormField(name, prompt, kind, info.is_required(), default, choices, longest, columns, is_past)


def _item(annotation: Any) -> Any:
    """Return the type of a tuple's items; None for what is no tuple."""
    return _unwrap(get_args(annotation)[0], ())[0] if get_origin(annotation) is tuple else None


def _unwrap(annotation: Any, metadata: Sequence[object]) -> tuple[Any, Sequence[object]]:
    """Return a field's own type and all that is said of it, without “or None”."""
    if get_origin(annotation) in (Union, UnionType):
        annotation, *others = (one for one in get_args(annotation) if one is not NoneType)
        if others:  # a file to write is a path or a tick
            return annotation, metadata
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
    item = _item(annotation)
    if isinstance(item, type) and issubclass(item, BaseModel):
        return FieldKind.ROWS, None
    if item is not None and (choices := _kind(item, prompt, 0)[1]) is not None:
        return FieldKind.CHOICES, choices
    plain = {
        bool: FieldKind.TICK,
        date: FieldKind.DAY,
        datetime: FieldKind.INSTANT,
        int: FieldKind.WHOLE,
        float: FieldKind.NUMBER,
        Path: FieldKind.FILE,
    }
    if annotation in plain:
        return plain[annotation], None
    return (FieldKind.BOX if prompt.rows or longest > _LONGEST_LINE else FieldKind.TEXT), None


def hidden_fields(model: type[BaseModel]) -> dict[str, Any]:
    """Return the fields that are neither quoted nor digested, as pydantic leaves them out, with those of rows."""
    found: dict[str, Any] = {name: True for name, info in model.model_fields.items() if not info.repr}
    for name, info in model.model_fields.items():
        row = _item(_unwrap(info.annotation, ())[0])
        if isinstance(row, type) and issubclass(row, BaseModel) and (hidden := hidden_fields(row)):
            found.setdefault(name, {"__all__": hidden})
    return found
