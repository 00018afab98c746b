"""yihui members transfer, leave, retire, suspend, resume, rejoin, decease, memberships."""

from dataclasses import asdict
from functools import partial
from typing import Annotated

import typer

from core.text_marks import N_
from members.standing import MembershipActKind
from yihui.bootstrap import Wiring
from yihui.cli.options import AsJson, By, MemberArgument, OnlyMember, with_options
from yihui.cli.output import emit

app = typer.Typer()  # yihui.cli.members takes its commands

To = Annotated[str, typer.Option("--to", help=N_("the code of the organisation joined"), metavar="CODE")]
ActDay = Annotated[str | None, typer.Option("--on", help=N_("the day of the act; today unless said"))]
RequestKey = Annotated[
    str | None,
    typer.Option("--request-key", help=N_("the same key again changes nothing, for scripts"), metavar="KEY"),
]
LeavingReason = Annotated[str | None, typer.Option("--reason", help=N_("why, without personal data"))]


def _add_act(kind: MembershipActKind, help_text: str, **options: object) -> None:
    """Add the command of an act on a membership, with the options that it alone has."""
    command = with_options(
        partial(_record, kind),
        member=MemberArgument,
        **options,
        by=By,
        on=(ActDay, None),
        request_key=(RequestKey, None),
        json_=(AsJson, False),
    )
    app.command(kind, help=help_text)(command)


def _record(
    kind: MembershipActKind,
    context: typer.Context,
    member: str,
    by: str,
    on: str | None,
    request_key: str | None,
    json_: bool,
    *,
    to: str | None = None,
    reason: str | None = None,
) -> None:
    from core.civil_time import civil_date
    from members.standing import MembershipAct
    from yihui.runtime.arguments import parse_day
    from yihui.services.members.memberships import record_membership_act
    from yihui.views.memberships import receipt_json, receipt_line

    wiring: Wiring = context.obj
    day = parse_day(on) if on else civil_date(wiring.now())
    act = MembershipAct(kind, member, day, by, to, reason)
    receipt = record_membership_act(wiring, act, request_key)
    emit(receipt_json(receipt), [receipt_line(receipt, wiring.language)], json_)


_REASON = (LeavingReason, None)
_add_act("transfer", N_("Transfer a member to another organisation: it takes effect at once."), to=To)
_add_act("leave", N_("Record that a member left the union."), reason=_REASON)
_add_act("retire", N_("Record that a member retired; rules say which benefits go on."), reason=_REASON)
_add_act("suspend", N_("Suspend a membership until it is resumed."))
_add_act("resume", N_("Let a suspended membership go on."))
_add_act("rejoin", N_("Record that a person who left or retired joined an organisation again."), to=To)
_add_act("decease", N_("Record that a member died."))


@app.command(
    help=N_("List the decisions that would differ if what arrived late had arrived in time; nothing changes.")
)
def late(context: typer.Context, member: OnlyMember = None, json_: AsJson = False) -> None:
    from yihui.services.members.memberships import load_late_differences
    from yihui.views.memberships import late_lines

    wiring: Wiring = context.obj
    found = load_late_differences(wiring, member)
    emit([asdict(one) for one in found], late_lines(found, wiring.language), json_, default=str)


@app.command(help=N_("Show a member's memberships by days."))
def memberships(context: typer.Context, member: MemberArgument, json_: AsJson = False) -> None:
    from yihui.services.members.memberships import load_memberships
    from yihui.views.memberships import membership_lines, memberships_json

    wiring: Wiring = context.obj
    found = load_memberships(wiring, member)
    emit(memberships_json(found), membership_lines(found, wiring.language), json_)
