"""yihui points: show members' points, and spend them."""

from typing import Annotated
from uuid import uuid4

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.options import AsJson, MemberArgument
from yihui.cli.output import emit

app = typer.Typer(no_args_is_help=True)


@app.command(help=N_("Show a member's points: how many can be spent, until when, and every change."))
def show(context: typer.Context, member: MemberArgument, json_: AsJson = False) -> None:
    from yihui.services.benefits.points import load_points_account
    from yihui.views.points import points_json, points_lines

    wiring: Wiring = context.obj
    account = load_points_account(wiring, member)
    emit(points_json(account), points_lines(account, wiring.language), json_)


@app.command(help=N_("Spend a member's points; those that end first are spent first."))
def spend(
    context: typer.Context,
    member: MemberArgument,
    points: Annotated[int, typer.Argument(help=N_("how many points are spent"), metavar="POINTS")],
    purpose: Annotated[
        str, typer.Option("--for", help=N_("what they are spent on, without personal data"), metavar="TEXT")
    ],
    request: Annotated[
        str | None,
        typer.Option(help=N_("the request's own key: repeated, it spends nothing more"), metavar="KEY"),
    ] = None,
    json_: AsJson = False,
) -> None:
    from yihui.services.benefits.points import load_points_account, spend_member_points
    from yihui.views.points import spending_json, spending_lines

    wiring: Wiring = context.obj
    done = spend_member_points(wiring, member, points, purpose, uuid4().hex if request is None else request)
    left = load_points_account(wiring, member).points
    emit(spending_json(done, left), spending_lines(done, left, wiring.language), json_)
