"""A noun on the command line: a group with a command for its listing, for a thing and for each act."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from inspect import Parameter, Signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import BaseModel

from core.faults import FaultError
from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.acting import current_actor
from yihui.cli.options import AsJson, By, read_area
from yihui.cli.output import emit, exit_on_findings, print_faults, print_note
from yihui.frame.acts import Act, Door, Key
from yihui.frame.content import TableColumn
from yihui.frame.fields import FORM_FAULTS, FieldKind, FormField, TypedFile, fields_of
from yihui.frame.noun import Noun, load_nouns
from yihui.frame.typed import FormT, parse_values

if TYPE_CHECKING:
    from yihui.frame.doing import ActRequest

_Seen = Annotated[
    int | None,
    typer.Option("--version", help=N_("the version that you saw: refused if it was changed since")),
]
_Preview = Annotated[bool, typer.Option("--preview", help=N_("show what it would do, and do nothing"))]
_Once = Annotated[
    str, typer.Option("--key", help=N_("a key of this one act: given again, it is not done twice"))
]
_File = Annotated[
    Path | None, typer.Option("--file", help=N_("a YAML file with the fields; options count before it"))
]
_Xlsx = Annotated[Path | None, typer.Option("--xlsx", help=N_("write the whole list to this workbook"))]
_Csv = Annotated[Path | None, typer.Option("--csv", help=N_("write the whole list to this CSV file"))]
_To = Annotated[Path, typer.Option("--to", help=N_("the file to write; only its owner can read it"))]
_Limit = Annotated[int, typer.Option(help=N_("at most so many"), min=1, max=10_000)]


def build_group(noun: Noun) -> typer.Typer:
    """Build the group of a noun."""
    app = typer.Typer(help=noun.title, no_args_is_help=True)
    add_commands(app, noun)
    return app


def add_commands(app: typer.Typer, noun: Noun) -> None:
    """Add a noun's commands to a group; a noun that is a listing alone is one command, by the end of its path."""
    listed = "list" if noun.show is not None else noun.path.rpartition("/")[2]
    app.command(listed, help=noun.listing.title)(_list_command(noun))
    if noun.show is not None:
        app.command("show", help=N_("Show one of them."))(_show_command(noun))
    for act in noun.acts:
        if Door.COMMAND in act.doors:
            app.command(act.name, help=act.help or act.title)(_act_command(noun, act))


def build_command(run: Callable[..., None], **options: tuple[object, object]) -> Callable[..., None]:
    """Return a command with these options, each as its type and its default."""

    def command(**typed: object) -> None:
        run(**typed)

    parameters = [
        Parameter(name, Parameter.KEYWORD_ONLY, annotation=kind, default=default)
        for name, (kind, default) in {"context": (typer.Context, Parameter.empty), **options}.items()
    ]
    vars(command).update(__signature__=Signature(parameters))
    return command


def _show_keys(noun: Noun) -> Sequence[TableColumn[Any]]:
    """Return the columns of a list with the key that the other commands ask for: the first one that pages leave out."""
    columns = noun.listing.columns
    if noun.show is None or noun.has_number:
        return columns
    key = next((column for column in columns if not column.is_on_page), None)
    return [replace(column, is_on_page=True) if column is key else column for column in columns]


def _options(model: type[BaseModel]) -> dict[str, tuple[object, object]]:
    return {one.name: build_option(one) for one in fields_of(model) if one.kind is not FieldKind.ROWS}


def build_option(one: FormField) -> tuple[object, object]:
    """Return a field's option; whether it is needed is the model's to say, since a file may have it."""
    flag, said = one.option, one.prompt.help or one.prompt.title
    if one.kind is FieldKind.TICK:
        is_on = one.default is True
        flag = f"{flag}/--no-{flag[2:]}" if is_on else flag
        return Annotated[bool, typer.Option(flag, help=said)], is_on
    codes = one.choices or ()
    metavar = one.prompt.metavar or {
        FieldKind.DAY: "DATE",
        FieldKind.INSTANT: "YYYY-MM-DDTHH:MM+08:00",
        FieldKind.NUMBER: "NUMBER",
        FieldKind.WHOLE: "NUMBER",
        FieldKind.FILE: "FILE",
        FieldKind.TARGET: "FILE",
        FieldKind.CHOICE: "|".join(codes),
        FieldKind.CHOICES: ",".join(codes),
    }.get(one.kind)
    option = typer.Option(flag, help=said, metavar=metavar)
    if one.kind in (FieldKind.LIST, FieldKind.PICTURE, FieldKind.FILE, FieldKind.TARGET):
        return Annotated[Path | None, option], None
    if one.kind is FieldKind.CHOICES:
        return Annotated[list[str] | None, option], None
    return Annotated[str | None, option], None


def _as_typed(fields: Sequence[FormField], read: Mapping[str, object]) -> dict[str, object]:
    """Return the values of a file as a person would type them: amounts in yuan; what is empty is left out."""
    values = {name: value for name, value in read.items() if value is not None}
    for one in fields:
        value = values.get(one.name)
        if one.columns and isinstance(value, list | tuple):
            values[one.name] = [
                _as_typed(one.columns, row) if isinstance(row, dict) else row for row in value
            ]
        elif one.kind is FieldKind.MONEY and isinstance(value, int | float) and not isinstance(value, bool):
            values[one.name] = str(value)
    return values


def read_options(
    model: type[FormT], typed: Mapping[str, object], file: Path | None = None, now: datetime | None = None
) -> FormT:
    """Return the form of a command's options and file. *Raises*: FaultError with every fault."""
    values: dict[str, object] = {}
    if file is not None:
        from core.yaml.loading import load_yaml

        read = load_yaml(file.read_bytes(), file.name)
        if not isinstance(read, dict):
            raise FaultError(FORM_FAULTS.build("no_fields", file=file.name, value=str(read)[:80]))
        values = _as_typed(fields_of(model), read)
    known = {one.name: one for one in fields_of(model)}
    for name, value in typed.items():
        kind = known[name].kind
        if isinstance(value, Path) and kind not in (FieldKind.FILE, FieldKind.TARGET):
            values[name] = TypedFile(value.name, value.read_bytes())
        elif isinstance(value, list) and value:
            values[name] = ",".join(value)
        elif value == "-" and kind is FieldKind.BOX:
            values[name] = typer.get_text_stream("stdin").read()
        elif value not in (None, []) and (not isinstance(value, bool) or value is not known[name].default):
            values[name] = value
    try:
        for name, one in known.items():
            if one.kind is FieldKind.AREA and isinstance(area := values.get(name), str):
                values[name] = _read_area(one, area)
        return parse_values(model, values, now)
    except FaultError as error:
        if file is None:
            raise
        raise error.at(file=file.name) from error


def _read_area(one: FormField, text: str) -> str:
    """Return the code of an area that an option names. *Raises*: FaultError that names the option."""
    try:
        return read_area(text)
    except FaultError as error:
        raise error.at(field=one.option) from error


def _list_command(noun: Noun) -> Callable[..., None]:
    listing = noun.listing

    def run(
        context: typer.Context, limit: int, json_: bool, csv: Path | None, xlsx: Path | None, **typed: object
    ) -> None:
        from yihui.files.whole_files import write_atomically
        from yihui.frame.lines import section_lines, table_lines
        from yihui.frame.listing import MOST_ROWS, Slice
        from yihui.frame.looking import find_rows
        from yihui.frame.plain import render_list, row_json, sections_json

        wiring: Wiring = context.obj
        asked, is_file = read_options(listing.filter, typed, None), bool(csv or xlsx)
        part = Slice(0, MOST_ROWS if is_file else limit)
        found = find_rows(wiring, current_actor(context), noun, asked, part, is_file=is_file)
        rows, columns, names = found.found.rows, listing.columns, found.names.with_ids
        for ending, file in (("csv", csv), ("xlsx", xlsx)):
            if file is not None:
                write_atomically(file, render_list(noun, found, ending, wiring.language))
                print_note(wiring, N_("{count} rows are in {file}"), count=len(rows), file=file.name)
        if is_file:
            return
        lines = [
            *section_lines(found.found.above, wiring.language, names),
            *table_lines(_show_keys(noun), rows, listing.empty, wiring.language, names),
            *section_lines(found.found.below, wiring.language, names),
        ]
        listed, sections = [row_json(columns, row) for row in rows], sections_json(found.found.sections)
        emit({"rows": listed, **sections} if sections else listed, lines, json_)
        if found.found.total > len(rows):
            print_note(wiring, N_("{count} in all; --limit shows more"), count=found.found.total_text)
        if found.elsewhere is not None:
            print_note(wiring, found.elsewhere.text, count=found.elsewhere.count)

    asked = {**_options(listing.filter), "limit": (_Limit, 100), "csv": (_Csv, None), "xlsx": (_Xlsx, None)}
    return build_command(run, **asked, json_=(AsJson, False))


def _show(
    context: typer.Context, noun: Noun, key: Key, json_: bool, tried: Mapping[str, object] | None = None
) -> None:
    """Write the page of a thing; programs also read what ``tried`` says of the act that it doesn't."""
    from yihui.frame.lines import page_lines
    from yihui.frame.looking import show_thing
    from yihui.frame.plain import page_json

    wiring: Wiring = context.obj
    found = show_thing(wiring, current_actor(context), noun, key, wiring.language)
    version = noun.version(found.thing)
    content = {**(tried or {}), "key": key, "version": version, **page_json(found.page)}
    lines = page_lines(found.page, key, version, wiring.language, found.names.with_ids)
    emit(content, lines, json_)
    exit_on_findings(found.page.is_wrong)


def _key(noun: Noun) -> tuple[object, object]:
    argument = typer.Argument(help=N_("the record's number or key"), metavar="KEY")
    return Annotated[noun.key, argument], Parameter.empty


def _show_command(noun: Noun) -> Callable[..., None]:
    def run(context: typer.Context, key: Key, json_: bool) -> None:
        _show(context, noun, key, json_)

    return build_command(run, key=_key(noun), json_=(AsJson, False))


def _act_command(noun: Noun, act: Act[Any, Any]) -> Callable[..., None]:
    def run(
        context: typer.Context,
        file: Path | None,
        once: str,
        json_: bool,
        by: str,
        key: Key | None = None,
        version: int | None = None,
        preview: bool = False,
        target: Path | None = None,  # not “to”, which is a field of some forms
        **typed: object,
    ) -> None:
        from yihui.frame.doing import ActRequest, do_act, find_done

        wiring: Wiring = context.obj
        form = read_options(act.form, typed, file, wiring.now())
        wanted, asks = ActRequest(key, version, once), preview or act.reveal is not None
        if target is not None:
            _write_file(context, act, wanted, form, target)
            return
        is_many = act.tries and (act.makes or act.kind.member is None)  # one's page would say too little
        shows = asks or (is_many and not (once and find_done(wiring, current_actor(context), act, once)))
        if json_ or not shows:  # a preview in words says the notes itself
            print_faults(wiring, getattr(form, "notes", ()))
        shown: Mapping[str, object] = {}
        if shows:
            shown, digest = _show_sections(context, act, wanted, form, asks, json_)
            wanted = replace(wanted, previewed=digest)
        if not asks:
            done = do_act(wiring, current_actor(context), act, wanted, form)
            if (shows and not json_) or not done:
                typer.echo(wiring.language.translate(act.done))
            if done:
                into = load_nouns()[act.leads_to] if act.leads_to else noun
                _show(context, into, done, json_, shown)

    thing = {} if act.makes else {"key": _key(noun)}
    if act.needs_version:
        thing["version"] = (_Seen, None)
    further = {
        **({"preview": (_Preview, False)} if act.preview else {}),
        **({"target": (_To, Parameter.empty)} if act.file else {}),
        "file": (_File, None),
        "once": (_Once, ""),
        "by": (By, Parameter.empty),
        "json_": (AsJson, False),
    }
    return build_command(run, **thing, **_options(act.form), **further)


def _write_file(
    context: typer.Context, act: Act[Any, Any], wanted: "ActRequest", form: BaseModel, to: Path
) -> None:
    """Write the file that an act gives; only its owner can read it."""
    from yihui.files.whole_files import check_output_path, write_atomically
    from yihui.frame.doing import give_file

    check_output_path(to)
    found = give_file(context.obj, current_actor(context), act, wanted, form)
    write_atomically(to, found.content)
    print_note(context.obj, act.done)


def _show_sections(
    context: typer.Context,
    act: Act[Any, Any],
    wanted: "ActRequest",
    form: BaseModel,
    asks: bool,
    json_: bool,
) -> tuple[Mapping[str, object], str]:
    """Write what an act shows or would do; return it as programs read it beside what was done, and its digest."""
    from yihui.frame.doing import preview_act, reveal_act
    from yihui.frame.lines import section_lines
    from yihui.frame.plain import sections_json

    wiring: Wiring = context.obj
    actor = current_actor(context)
    if act.reveal is not None:
        found = reveal_act(wiring, actor, act, wanted, form)
    else:
        found = preview_act(wiring, actor, act, wanted, form, wiring.language)
    content = sections_json(found.sections)
    if asks or not json_:
        emit(content, section_lines(found.sections, wiring.language, found.names.with_ids), json_)
    return content, found.digest
