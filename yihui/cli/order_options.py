"""The options of a command that orders something: the fields of a form, of which a page asks for the same."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import typer
from pydantic import BaseModel

from core.faults import Fault, FaultError, FaultTable, raise_faults
from core.text_marks import N_
from yihui.bootstrap import PROVINCE_CODE
from yihui.cli.options import read_area
from yihui.frame.commands import build_command, build_option, read_options
from yihui.frame.fields import FieldKind, FormField, fields_of
from yihui.frame.typed import FormT
from yihui.runtime.arguments import CANNOT_BE

_USAGE_FAULTS = FaultTable("usage", {"empty": (CANNOT_BE, N_("write a value, or leave out the option"))})


def build_form_command(
    run: Callable[..., None], fields: Sequence[FormField], **own: tuple[object, object]
) -> Callable[..., None]:
    """Return a command with an option for each field, whose help shows its default, and with further options."""
    options: dict[str, tuple[object, object]] = {}
    for one in fields:
        kind, default = build_option(one)
        begun = PROVINCE_CODE if one.kind is FieldKind.AREA else one.begin(one.default) or None
        options[one.name] = kind, begun if default is None else default
    command = build_command(run, **options, **own)
    chosen = (FieldKind.CHOICE, FieldKind.CHOICES)
    vars(command)["choice_labels"] = {one.name: one.choices for one in fields if one.kind in chosen}
    return command


def read_typed_options(context: typer.Context, model: type[FormT], fields: Sequence[FormField]) -> FormT:
    """Return the form of a command's fields; an area that isn't typed is the province.

    *Raises*: FaultError with every fault, by option; an option without a value is one.
    """
    typed, empty = dict[str, object](), []
    for one in fields:
        source, value = context.get_parameter_source(one.name), context.params[one.name]
        if one.kind is FieldKind.AREA or (source is not None and source.name != "DEFAULT"):
            typed[one.name] = value
            if not all(str(text).strip() for text in (value if isinstance(value, list) else [value])):
                empty.append(_USAGE_FAULTS.build("empty", field=one.option, value='""'))
    raise_faults(empty)
    areas = [one.name for one in fields if one.kind is FieldKind.AREA]
    typed |= {name: read_area(str(typed[name])) for name in areas}
    try:
        return read_options(model, typed, now=context.obj.now())
    except FaultError as error:
        raise FaultError(name_options(model, error.faults)) from error


def name_options(model: type[BaseModel], faults: Sequence[Fault]) -> list[Fault]:
    """Return the faults of a command's options, each with the option in place of the name of a field."""
    options = {one.name: one.option for one in fields_of(model)}
    return [
        replace(
            fault,
            code=f"usage.{fault.short_code}",
            field=options.get((fault.field or "").partition(".")[0], fault.field),
            terms={name: term for name, term in fault.terms.items() if name != "field"},
        )
        for fault in faults
    ]
