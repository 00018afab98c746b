"""What was typed into a form: its values, the form that they make, and what is wrong with them."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from core.civil_time import CIVIL_TIME
from core.faults import Fault, FaultError
from core.text_marks import N_
from core.validation import fault_from_pydantic
from members.privacy import has_personal_number, scrub_personal_numbers
from yihui.frame.fields import FieldFaultError, FieldKind, FormField, TypedFile, fields_of, hidden_fields

FormT = TypeVar("FormT", bound=BaseModel)
TypedFields = Mapping[str, Sequence[str]]
_LONGEST_QUOTE = 80
_NO_FILES: "Mapping[str, TypedFile]" = MappingProxyType({})
_REMEDIES = {"string_too_short": N_("fill it in")}


def read_typed(
    model: type[BaseModel], typed: TypedFields, files: "Mapping[str, TypedFile]" = _NO_FILES
) -> dict[str, object]:
    """Return the values of a form's fields as they were typed; an empty field is left out, so that its default holds.

    Fields that the form doesn't have are left out, too: a page sends some of its own. A file counts before a text.
    """
    return read_fields(fields_of(model), typed, files)


def read_fields(
    fields: Sequence[FormField], typed: TypedFields, files: "Mapping[str, TypedFile]" = _NO_FILES
) -> dict[str, object]:
    """Return the values of some fields, as ``read_typed`` does."""
    found: dict[str, object] = {}
    for one in fields:
        if one.name in files:
            found[one.name] = files[one.name]
            continue
        value = _last(typed, one.name)
        if one.kind is FieldKind.CHOICES:
            value = ",".join(filter(None, typed.get(one.name, ())))
        if one.kind is FieldKind.ROWS:
            found[one.name] = _read_rows(one, typed)
        elif one.kind is FieldKind.TICK or (one.kind is FieldKind.TARGET and value):
            found[one.name] = value == "yes"
        elif one.kind is FieldKind.INSTANT and value:
            found[one.name] = _read_clock(value)
        elif value and one.kind is not FieldKind.FILE:  # a path is a command's alone
            found[one.name] = value
    return found


def _read_clock(value: str) -> str | datetime:
    """Return the instant at which a clock in China shows what was typed; anything else as it is."""
    try:
        moment = datetime.fromisoformat(unicodedata.normalize("NFKC", value).strip())
    except ValueError:
        return value
    return moment if moment.tzinfo else moment.replace(tzinfo=CIVIL_TIME)


def _read_rows(one: FormField, typed: TypedFields) -> list[dict[str, str]]:
    """Return the rows in which something was typed, one after the other."""
    rows = (
        {
            column.name: value
            for column in one.columns
            if (value := _last(typed, one.cell(place, column).name))
        }
        for place in range(one.longest)
    )
    return [row for row in rows if row]


def _last(typed: TypedFields, name: str) -> str:
    return typed[name][-1] if typed.get(name) else ""


def begin_rows(one: FormField, rows: Sequence[Mapping[str, object]]) -> dict[str, str]:
    """Return rows as they are typed, each field by its name on the page."""
    return {
        one.cell(place, column).name: column.begin(row.get(column.name))
        for place, row in enumerate(rows)
        for column in one.columns
    }


def typed_values(model: type[BaseModel], typed: TypedFields) -> dict[str, str]:
    """Return what was typed as a form shows it again; empty rows are left out, as the faults count them."""
    shown = {name: _last(typed, name) for name in typed}
    for one in fields_of(model):
        if one.kind is FieldKind.CHOICES:
            shown[one.name] = ",".join(filter(None, typed.get(one.name, ())))
        elif one.kind is FieldKind.ROWS:
            shown = {name: value for name, value in shown.items() if not name.startswith(f"{one.name}.")}
            shown |= begin_rows(one, _read_rows(one, typed))
    return shown


def parse_values(model: type[FormT], values: Mapping[str, object], now: datetime | None = None) -> FormT:
    """Return a form of its values; ``now`` is for what begins with a day. *Raises*: FaultError with every fault, each at its field."""
    several = [one.name for one in fields_of(model) if one.kind is FieldKind.CHOICES]
    split = {name: text.split(",") for name in several if isinstance(text := values.get(name), str)}
    notes: list[Fault] = []
    try:
        form = model.model_validate({**values, **split}, context={"notes": notes, "now": now})
    except ValidationError as error:
        raise FaultError(list(faults_of(model, error))) from error
    if notes:
        form.take_notes(notes)  # type: ignore[attr-defined]  # the field that noted is one of a `SheetForm`
    return form


def faults_of(model: type[BaseModel], error: ValidationError) -> Iterator[Fault]:
    """Yield what is wrong with a form, each field by its title: no personal number is quoted."""
    known = _list_known(model)
    for details in error.errors(include_url=False):
        context = details.get("ctx", {}).get("error")
        place = scrub_personal_numbers(".".join(map(str, details["loc"])))[:_LONGEST_QUOTE]
        if isinstance(context, FieldFaultError):
            faults = [one.at(field=one.field or place) for one in context.faults]
        else:
            quoted = "***" if _is_hidden(model, details["loc"]) else quote_value(details["input"])
            found = fault_from_pydantic(details, place, quoted, _REMEDIES)
            faults = [replace(found, code=f"field.{details['type']}")]
        yield from (_name_field(known, one, place or one.field or "") for one in faults)


def name_fields(model: type[BaseModel], faults: Sequence[Fault]) -> list[Fault]:
    """Return the faults of an act, each with the title of its form's field in place of the field's name or option."""
    known = _list_known(model)
    return [_name_field(known, one, one.field or "") for one in faults]


def _list_known(model: type[BaseModel]) -> dict[str, FormField]:
    """Return the fields by name and by option; of several with one option the first that pages have."""
    fields = fields_of(model)
    on_pages = [one for one in fields if one.prompt.only != "command"]
    by_option = {one.option: one for one in (*reversed(fields), *reversed(on_pages))}
    return {**by_option, **{one.name: one for one in fields}}


def _name_field(known: Mapping[str, FormField], fault: Fault, place: str) -> Fault:
    name, *column = place.split(".")
    asked = known.get(name)
    if asked is not None and len(column) > 1:  # a field in a row
        asked = next((one for one in asked.columns if one.name == column[1]), asked)
    if asked is None:
        return fault
    field = fault.field if column or fault.row is not None else asked.name  # that of a row is its column
    return replace(fault, field=field, terms={**fault.terms, "field": asked.prompt.title})


def _is_hidden(model: type[BaseModel], place: Sequence[int | str]) -> bool:
    """Return whether what stands in a place of a form may not be quoted; of a row that hides a field, the whole."""
    hidden = hidden_fields(model).get(str(place[0])) if place else None
    if isinstance(hidden, dict):
        return len(place) < 3 or str(place[2]) in hidden["__all__"]
    return hidden is not None


def quote_value(value: object) -> str:
    """Return what was given as a fault may quote it: short, and no number of a person."""
    if value is None or isinstance(value, dict | list | tuple | TypedFile):
        return ""
    text = str(value)
    return "***" if has_personal_number(text) else text[:_LONGEST_QUOTE]
