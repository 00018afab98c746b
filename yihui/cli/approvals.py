"""yihui approvals: what one officer proposed and a second one confirms or refuses."""

from typing import TYPE_CHECKING, Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.acting import current_actor
from yihui.cli.options import AsJson, By, RecordedReason, ShortReason
from yihui.cli.output import emit, print_note

if TYPE_CHECKING:
    from yihui.access.pending_acts import PendingAct

app = typer.Typer(no_args_is_help=True)

_Number = Annotated[
    int, typer.Argument(metavar="NUMBER", help=N_("its number, as yihui approvals list shows it"))
]


@app.command("list", help=N_("What waits for a second person, and what it would do."))
def list_(
    context: typer.Context,
    all_: Annotated[bool, typer.Option("--all", help=N_("also what was confirmed or refused"))] = False,
    json_: AsJson = False,
) -> None:
    from yihui.services.access.approvals import list_proposals_of
    from yihui.views.approvals import listed_act_lines, pending_act_json

    wiring: Wiring = context.obj
    found = list_proposals_of(wiring, current_actor(context), all_=all_)
    lines = [line for one in found for line in listed_act_lines(one, wiring.language)]
    nothing = [wiring.render(N_("nothing waits for a second person"))]
    emit([pending_act_json(one) for one in found], lines or nothing, json_)


@app.command(help=N_("Confirm what somebody else proposed; it takes effect at once."))
def confirm(
    context: typer.Context,
    number: _Number,
    by: By,
    reason: RecordedReason = "",
    seen: Annotated[
        str | None,
        typer.Option(
            metavar="DIGEST",
            help=N_(
                "confirm only what yihui approvals list showed with this digest; refused if it has changed"
            ),
        ),
    ] = None,
    json_: AsJson = False,
) -> None:
    from yihui.services.access.approvals import confirm_proposal
    from yihui.views.approvals import confirmed_act_json, confirmed_act_lines

    done = confirm_proposal(context.obj, current_actor(context), number, reason, seen=seen)
    emit(confirmed_act_json(done), confirmed_act_lines(done, context.obj.language), json_)


@app.command(help=N_("Refuse what was proposed, or withdraw your own proposal."))
def refuse(
    context: typer.Context, number: _Number, by: By, reason: ShortReason, json_: AsJson = False
) -> None:
    from yihui.services.access.approvals import refuse_proposal

    _emit(context.obj, refuse_proposal(context.obj, current_actor(context), number, reason), json_)


def emit_proposal(wiring: Wiring, act: "PendingAct", as_json: bool) -> None:
    """Print a proposal, and how a second person confirms it."""
    _emit(wiring, act, as_json)
    print_note(
        wiring, N_("to be confirmed by somebody else: yihui approvals confirm {number}"), number=act.number
    )


def _emit(wiring: Wiring, act: "PendingAct", as_json: bool) -> None:
    from yihui.views.approvals import pending_act_json, pending_act_line

    emit(pending_act_json(act), [pending_act_line(act, wiring.language)], as_json)
