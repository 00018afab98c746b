"""yihui organisations: the tree of unions on any day, acts on it, and lists of it."""

from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.options import AsJson, OnDate
from yihui.cli.output import emit, print_message, usage_error
from yihui.frame.commands import add_commands, build_group
from yihui.frame.noun import load_noun

app = typer.Typer(no_args_is_help=True)
add_commands(app, load_noun("yihui.cases.organisations.pages:NOUN"))
app.add_typer(build_group(load_noun("yihui.cases.organisations.page_versions:NOUN")), name="pages")
app.add_typer(build_group(load_noun("yihui.cases.organisations.proposals:NOUN")), name="proposals")


@app.command(help=N_("Write the organisations of a day as a list that import reads (CSV, XLSX)."))
def export(
    context: typer.Context,
    to: Annotated[Path, typer.Option(help=N_("the file to write, .csv or .xlsx"))],
    code: Annotated[
        str | None, typer.Argument(help=N_("only this organisation and what is below it"), metavar="CODE")
    ] = None,
    on: OnDate = None,
) -> None:
    from yihui.cases.organisations.lists import LIST_RENDERERS, load_tree
    from yihui.files.whole_files import write_atomically
    from yihui.runtime.arguments import parse_day

    wiring: Wiring = context.obj
    render = LIST_RENDERERS.get(to.suffix.lower())
    if render is None:
        raise usage_error(wiring, N_("{value} is neither CSV nor XLSX"), option="--to", value=to.name)
    spans = load_tree(wiring, code, parse_day(on) if on else None)
    write_atomically(to, render(spans))
    print_message(wiring, N_("{file}: {count} organisations"), file=to, count=len(spans))


@app.command(help=N_("Compute organisations and memberships anew from all that happened."))
def rebuild(context: typer.Context, json_: AsJson = False) -> None:
    from yihui.cases.organisations.lists import rebuild_projections

    wiring: Wiring = context.obj
    counts = rebuild_projections(wiring)
    line = wiring.render(N_("organisations: {organisations}, memberships: {memberships}"), **counts)
    emit(counts, [line], json_)


@app.command(
    help=N_(
        "Write the code for joining that holds, for printing: an A5 page (.html), or the code alone (.svg, .png)."
    )
)
def qr(
    context: typer.Context,
    code: Annotated[str, typer.Argument(help=N_("the organisation's code"), metavar="CODE")],
    out: Annotated[Path, typer.Option(help=N_("the file: .html, .svg or .png"), metavar="FILE")],
    base: Annotated[
        str, typer.Option("--base", help=N_("address of the site, for the link"), metavar="URL")
    ] = "http://127.0.0.1:8000",
    json_: AsJson = False,
) -> None:
    from yihui.cases.organisations.links import load_printable_link, render_link
    from yihui.files.whole_files import check_output_path, write_atomically

    wiring: Wiring = context.obj
    check_output_path(out)
    link = load_printable_link(wiring, code, base)
    write_atomically(out, render_link(link, out.suffix.lower(), wiring.language))
    lines = [
        wiring.render(N_("{name}: {detail}"), name=link.name, detail=out),
        wiring.render(N_("link: {link}"), link=link.address),
    ]
    emit({"organisation": code, "name": link.name, "address": link.address}, lines, json_)
