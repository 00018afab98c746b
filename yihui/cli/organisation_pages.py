"""yihui organisations page: an organisation's page (职工之家), written and published by its officers."""

from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.options import AsJson, By
from yihui.cli.output import emit, print_note

app = typer.Typer(
    help=N_("An organisation's page (职工之家): write it, look at its versions, publish it."),
    no_args_is_help=True,
)
CodeArgument = Annotated[str, typer.Argument(help=N_("the organisation's code"), metavar="CODE")]
Version = Annotated[int | None, typer.Option(min=1, help=N_("the version; the latest unless given"))]


@app.command(
    help=N_("Store a new version of the page from a YAML file; readers see it once it is published.")
)
def edit(
    context: typer.Context,
    code: CodeArgument,
    file: Annotated[Path, typer.Option("--from", help=N_("the page as YAML"), metavar="FILE")],
    by: By,
    json_: AsJson = False,
) -> None:
    from yihui.services.organisations.pages import edit_page
    from yihui.views.organisation_pages import page_record_json, page_record_lines

    wiring: Wiring = context.obj
    record = edit_page(wiring, code, file, by)
    emit(page_record_json(record), page_record_lines(record, wiring.language), json_)
    if record.published != record.version.version:
        print_note(wiring, N_("publish it: yihui organisations page publish {code}"), code=code)


@app.command(help=N_("Show a version of the page, who wrote it, and what was published when."))
def show(context: typer.Context, code: CodeArgument, version: Version = None, json_: AsJson = False) -> None:
    from yihui.services.organisations.pages import load_page_record
    from yihui.views.organisation_pages import page_record_json, page_record_lines

    wiring: Wiring = context.obj
    record = load_page_record(wiring, code, version)
    emit(page_record_json(record), page_record_lines(record, wiring.language), json_)


@app.command(help=N_("Publish a version of the page; an earlier one takes back what came after it."))
def publish(
    context: typer.Context, code: CodeArgument, by: By, version: Version = None, json_: AsJson = False
) -> None:
    from yihui.services.organisations.pages import publish_page
    from yihui.views.organisation_pages import page_record_json, page_record_lines

    wiring: Wiring = context.obj
    record = publish_page(wiring, code, version, by)
    emit(page_record_json(record), page_record_lines(record, wiring.language), json_)


@app.command(help=N_("Withdraw the published page; its versions stay."))
def withdraw(context: typer.Context, code: CodeArgument, by: By, json_: AsJson = False) -> None:
    from yihui.services.organisations.pages import withdraw_page
    from yihui.views.organisation_pages import page_record_json, page_record_lines

    wiring: Wiring = context.obj
    record = withdraw_page(wiring, code, by)
    emit(page_record_json(record), page_record_lines(record, wiring.language), json_)
