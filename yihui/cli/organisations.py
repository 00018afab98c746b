"""yihui organisations: the tree of unions on any day, acts on it, and lists of it."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from core.faults import FaultError
from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli import founding_proposals, organisation_pages
from yihui.cli.options import AsJson, By, OnDate, RecordedReason, with_options
from yihui.cli.output import emit, print_message, usage_error

app = typer.Typer(no_args_is_help=True)
app.add_typer(organisation_pages.app, name="page")
app.add_typer(founding_proposals.app, name="proposals")

_SHOWN_ACTS = 20
CodeArgument = Annotated[str, typer.Argument(help=N_("the organisation's code"), metavar="CODE")]
OptionalCode = Annotated[
    str | None, typer.Argument(help=N_("only this organisation and what is below it"), metavar="CODE")
]
ActDay = Annotated[str | None, typer.Option("--on", help=N_("the day of the act; today unless said"))]
Document = Annotated[
    str | None, typer.Option(help=N_("the document that orders it, such as 鲁工发〔2019〕3 号"))
]
Into = Annotated[str | None, typer.Option(help=N_("the organisation that members and what is below go to"))]
NewName = Annotated[str, typer.Option(help=N_("the new name"))]
NewParent = Annotated[str, typer.Option(help=N_("the new parent's code"))]
GoesOn = Annotated[str, typer.Option(help=N_("the organisation that goes on"))]
Parent = Annotated[
    str | None, typer.Option(help=N_("the parent's code; as the form of the code says unless given"))
]
KindOption = Annotated[str, typer.Option(help="union|industry_union|joint_union|member_home")]
CreditCode = Annotated[str | None, typer.Option(help=N_("the employer's unified social credit code"))]


def _day(wiring: Wiring, on: str | None) -> date:
    from core.civil_time import civil_date
    from yihui.runtime.arguments import parse_day

    return parse_day(on) if on else civil_date(wiring.now())


@app.command("list", help=N_("List the organisations of a day, each after its parent."))
def list_(
    context: typer.Context, code: OptionalCode = None, on: OnDate = None, json_: AsJson = False
) -> None:
    from yihui.services.organisations.organisations import load_tree
    from yihui.views.organisations import organisation_json, organisation_lines

    wiring: Wiring = context.obj
    spans = load_tree(wiring, code, _day(wiring, on))
    emit([organisation_json(span) for span in spans], organisation_lines(spans, wiring.language), json_)


@app.command(help=N_("Show the organisations of a day as a tree."))
def tree(
    context: typer.Context,
    code: OptionalCode = None,
    on: OnDate = None,
    depth: Annotated[int | None, typer.Option(min=0, help=N_("so many levels below the first"))] = None,
    json_: AsJson = False,
) -> None:
    from yihui.services.organisations.organisations import load_tree
    from yihui.views.organisations import organisation_json, tree_lines

    wiring: Wiring = context.obj
    spans = load_tree(wiring, code, _day(wiring, on))
    emit([organisation_json(span) for span in spans], tree_lines(spans, depth, wiring.language), json_)


@app.command(help=N_("Show an organisation on a day, and all that ever happened to it."))
def show(context: typer.Context, code: CodeArgument, on: OnDate = None, json_: AsJson = False) -> None:
    from yihui.services.organisations.organisations import load_organisation
    from yihui.views.organisations import organisation_view_json, organisation_view_lines

    wiring: Wiring = context.obj
    found = load_organisation(wiring, code, _day(wiring, on))
    emit(organisation_view_json(found), organisation_view_lines(found, wiring.language), json_)


def _carry_out(
    wiring: Wiring, code: str, act: str, on: str | None, data: Mapping[str, object], json_: bool
) -> None:
    from yihui.services.organisations.organisations import carry_out_act
    from yihui.views.organisations import act_line

    outcome = carry_out_act(wiring, code, f"organisation.{act}", {"on": _day(wiring, on), **data})
    content = {"code": code, "recorded": not outcome.duplicates, "transferred": max(0, outcome.handled - 1)}
    emit(content, [act_line(code, outcome, wiring.language)], json_)


def _add_act(name: str, act: str, help_text: str, /, **options: object) -> None:
    """Add the command of an act on an organisation; ``options`` are what it says besides day and document."""

    def run(
        context: typer.Context,
        code: str,
        by: str,
        on: str | None,
        document: str | None,
        json_: bool,
        **data: object,
    ) -> None:
        _carry_out(context.obj, code, act, on, {**data, "document": document, "by": by}, json_)

    command = with_options(
        run,
        code=CodeArgument,
        **options,
        by=By,
        on=(ActDay, None),
        document=(Document, None),
        json_=(AsJson, False),
    )
    app.command(name, help=help_text)(command)


_add_act(
    "found",
    "founded",
    N_("Found an organisation."),
    name=Annotated[str, typer.Option(help=N_("the name"))],
    kind=(KindOption, "union"),
    parent=(Parent, None),
    credit_code=(CreditCode, None),
)
_add_act("rename", "renamed", N_("Give an organisation another name from a day on."), name=NewName)
_MOVE = N_("Move an organisation, with all below it, to another parent from a day on.")
_add_act("move", "moved", _MOVE, parent=NewParent)
_MERGE = N_("Merge an organisation into another: it ends; its members and what is below go there.")
_add_act("merge", "merged", _MERGE, into=GoesOn)
_DISSOLVE = N_("Dissolve an organisation; say with --into where its members and what is below go.")
_add_act("dissolve", "dissolved", _DISSOLVE, into=(Into, None))


@app.command(help=N_("Split new organisations off; the members who are not named stay."))
def split(
    context: typer.Context,
    code: CodeArgument,
    parts: Annotated[
        Path, typer.Option(help=N_("a list of the new organisations (CSV, XLSX), as for import"))
    ],
    by: By,
    members: Annotated[
        Path | None, typer.Option(help=N_("a table of 会员 and 组织代码: who goes to which of them"))
    ] = None,
    on: ActDay = None,
    document: Document = None,
    json_: AsJson = False,
) -> None:
    from yihui.services.organisations.organisations import read_split_parts

    data = {"parts": read_split_parts(parts, members), "document": document, "by": by}
    _carry_out(context.obj, code, "split", on, data, json_)


@app.command(
    "import", help=N_("Make the tree like a list (CSV, XLSX); what is not listed stays. All or nothing.")
)
def import_(
    context: typer.Context,
    by: By,
    file: Annotated[Path, typer.Argument(help=N_("a list with 组织代码, 组织名称, 上级代码, 成立日期 …"))],
    on: Annotated[
        str | None,
        typer.Option("--on", help=N_("the day from which new names and parents hold; today unless said")),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=N_("check and compare, change nothing"))] = False,
    json_: AsJson = False,
) -> None:
    from yihui.services.organisations.organisations import import_list
    from yihui.views.organisations import difference_json, difference_lines

    wiring: Wiring = context.obj
    difference = import_list(wiring, file, _day(wiring, on), by, dry_run=dry_run)
    emit(difference_json(difference), difference_lines(difference, _SHOWN_ACTS, wiring.language), json_)


@app.command(help=N_("Write the organisations of a day as a list that import reads (CSV, XLSX)."))
def export(
    context: typer.Context,
    to: Annotated[Path, typer.Option(help=N_("the file to write, .csv or .xlsx"))],
    code: OptionalCode = None,
    on: OnDate = None,
) -> None:
    from yihui.files.whole_files import write_atomically
    from yihui.services.organisations.organisations import load_tree
    from yihui.views.organisations import render_organisations_csv, render_organisations_xlsx

    wiring: Wiring = context.obj
    render = {".csv": render_organisations_csv, ".xlsx": render_organisations_xlsx}.get(to.suffix.lower())
    if render is None:
        raise usage_error(wiring, N_("{value} is neither CSV nor XLSX"), option="--to", value=to.name)
    spans = load_tree(wiring, code, _day(wiring, on))
    write_atomically(to, render(spans))
    print_message(wiring, N_("{file}: {count} organisations"), file=to, count=len(spans))


@app.command(help=N_("Compute organisations and memberships anew from all that happened."))
def rebuild(context: typer.Context, json_: AsJson = False) -> None:
    from yihui.services.organisations.organisations import rebuild_projections

    wiring: Wiring = context.obj
    organisations, memberships = rebuild_projections(wiring)
    line = wiring.render(
        N_("organisations: {organisations}, memberships: {memberships}"),
        organisations=organisations,
        memberships=memberships,
    )
    emit({"organisations": organisations, "memberships": memberships}, [line], json_)


@app.command(
    help=N_("Write an organisation's code for printing: an A5 page (.html), or the code alone (.svg, .png).")
)
def qr(
    context: typer.Context,
    code: Annotated[str, typer.Argument(help=N_("the organisation's code"), metavar="CODE")],
    by: By,
    out: Annotated[
        Path | None, typer.Option(help=N_("the file: .html, .svg or .png"), metavar="FILE")
    ] = None,
    base: Annotated[
        str, typer.Option("--base", help=N_("address of the site, for the link"), metavar="URL")
    ] = "http://127.0.0.1:8000",
    replace: Annotated[
        bool, typer.Option("--replace", help=N_("replace the code that holds: the old print then says so"))
    ] = False,
    revoke: Annotated[
        bool, typer.Option("--revoke", help=N_("revoke the code that holds, without a new one"))
    ] = False,
    reason: RecordedReason = "",
    json_: AsJson = False,
) -> None:
    from yihui.files.whole_files import check_output_path, write_atomically
    from yihui.services.organisations.links import (
        ORGANISATION_QR_FAULTS,
        make_organisation_link,
        revoke_organisation_link,
    )
    from yihui.views import organisation_links as views

    wiring: Wiring = context.obj
    if revoke and (replace or out):
        raise FaultError(ORGANISATION_QR_FAULTS.build("two_acts", field="--revoke"))
    if revoke:
        ended = revoke_organisation_link(wiring, code, by, reason)
        line = wiring.render(N_("revoked: code {number}"), number=ended.link[:8])
        emit({"organisation": code, "link": ended.link, "revoked": True}, [line], json_)
        return
    if out is None:
        raise FaultError(ORGANISATION_QR_FAULTS.build("no_file", field="--out"))
    kind = out.suffix.lower()
    if kind not in (".svg", ".png", ".html"):
        raise FaultError(ORGANISATION_QR_FAULTS.build("no_image_file", field="--out", value=out))
    check_output_path(out)
    made = make_organisation_link(wiring, code, by, reason, base, anew=replace)
    if kind == ".png":
        write_atomically(out, views.render_link_png(made))
    elif kind == ".svg":
        write_atomically(out, views.render_link_svg(made))
    else:
        write_atomically(out, views.render_link_page(made, wiring.language))
    if json_:
        emit(views.organisation_link_json(made), (), json_)
        return
    print_message(wiring, N_("{name}: {detail}"), name=made.name, detail=out)
    print_message(wiring, N_("link: {link}"), link=made.address)
