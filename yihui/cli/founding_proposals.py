"""yihui organisations proposals: employers whose members could have a union of their own."""

from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.options import AsJson, By
from yihui.cli.output import emit

app = typer.Typer(
    help=N_("Employers with enough members in members' homes (会员之家) for a union of their own."),
    no_args_is_help=True,
)


@app.command("list", help=N_("List these employers, and how many members each home has of them."))
def list_(
    context: typer.Context,
    code: Annotated[
        str | None, typer.Argument(help=N_("only the homes of this organisation and below"), metavar="CODE")
    ] = None,
    least: Annotated[
        int | None, typer.Option(min=2, help=N_("so many members are enough; YIHUI_FOUNDING_MEMBERS, or 25"))
    ] = None,
    json_: AsJson = False,
) -> None:
    from yihui.services.organisations.founding_proposals import list_founding_proposals
    from yihui.views.founding_proposals import proposal_json, proposal_lines

    wiring: Wiring = context.obj
    found = list_founding_proposals(wiring, code, least)
    emit([proposal_json(one) for one in found], proposal_lines(found, wiring.language), json_)


@app.command(help=N_("Found the union of an employer today, and transfer its members from the homes to it."))
def accept(
    context: typer.Context,
    employer: Annotated[
        str, typer.Argument(help=N_("the employer, as the list names it"), metavar="EMPLOYER")
    ],
    code: Annotated[str, typer.Option("--code", help=N_("the new union's code"), metavar="CODE")],
    name: Annotated[str, typer.Option(help=N_("the new union's name"))],
    by: By,
    parent: Annotated[
        str | None, typer.Option(help=N_("the parent's code; as the form of the code says unless given"))
    ] = None,
    credit_code: Annotated[
        str | None, typer.Option(help=N_("the employer's unified social credit code"))
    ] = None,
    document: Annotated[
        str | None, typer.Option(help=N_("the document that orders it, such as 鲁工发〔2019〕3 号"))
    ] = None,
    json_: AsJson = False,
) -> None:
    from yihui.services.organisations.founding_proposals import accept_founding_proposal
    from yihui.views.founding_proposals import founded_json, founded_line

    wiring: Wiring = context.obj
    data = {"name": name, "parent": parent, "credit_code": credit_code, "document": document, "by": by}
    done = accept_founding_proposal(wiring, employer, code, data)
    emit(founded_json(done), [founded_line(done, wiring.language)], json_)
