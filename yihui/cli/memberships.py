"""yihui members transfer, leave, retire, suspend, resume, rejoin, decease, memberships."""

from dataclasses import asdict
from typing import Annotated

import typer

from core.text_marks import N_
from members.standing import MembershipActKind
from yihui.bootstrap import Wiring
from yihui.cli.options import AsJson, By, MemberArgument, OnlyMember
from yihui.cli.output import emit

app = typer.Typer()  # yihui.cli.members takes its commands

To = Annotated[str, typer.Option("--to", help=N_("the code of the organisation joined"), metavar="CODE")]
ActDay = Annotated[str | None, typer.Option("--on", help=N_("the day of the act; today unless said"))]
RequestKey = Annotated[
    str | None,
    typer.Option("--request-key", help=N_("the same key again changes nothing, for scripts"), metavar="KEY"),
]
LeavingReason = Annotated[str | None, typer.Option("--reason", help=N_("why, without personal data"))]


def _record(
    wiring: Wiring,
    kind: MembershipActKind,
    member: str,
    by: str,
    on: str | None,
    json_: bool,
    *,
    to: str | None = None,
    reason: str | None = None,
    key: str | None = None,
) -> None:
    from core.civil_time import civil_date
    from members.standing import MembershipAct
    from yihui.runtime.arguments import parse_day
    from yihui.services.members.memberships import record_membership_act
    from yihui.views.memberships import receipt_json, receipt_line

    day = parse_day(on) if on else civil_date(wiring.now())
    act = MembershipAct(kind, member, day, by, to, reason)
    receipt = record_membership_act(wiring, act, key)
    emit(receipt_json(receipt), [receipt_line(receipt, wiring.language)], json_)


@app.command(help=N_("Transfer a member to another organisation: it takes effect at once."))
def transfer(
    context: typer.Context,
    member: MemberArgument,
    to: To,
    by: By,
    on: ActDay = None,
    request_key: RequestKey = None,
    json_: AsJson = False,
) -> None:
    _record(context.obj, "transfer", member, by, on, json_, to=to, key=request_key)


@app.command(help=N_("Record that a member left the union."))
def leave(
    context: typer.Context,
    member: MemberArgument,
    by: By,
    on: ActDay = None,
    reason: LeavingReason = None,
    request_key: RequestKey = None,
    json_: AsJson = False,
) -> None:
    _record(context.obj, "leave", member, by, on, json_, reason=reason, key=request_key)


@app.command(help=N_("Record that a member retired; rules say which benefits go on."))
def retire(
    context: typer.Context,
    member: MemberArgument,
    by: By,
    on: ActDay = None,
    reason: LeavingReason = None,
    request_key: RequestKey = None,
    json_: AsJson = False,
) -> None:
    _record(context.obj, "retire", member, by, on, json_, reason=reason, key=request_key)


@app.command(help=N_("Suspend a membership until it is resumed."))
def suspend(
    context: typer.Context,
    member: MemberArgument,
    by: By,
    on: ActDay = None,
    request_key: RequestKey = None,
    json_: AsJson = False,
) -> None:
    _record(context.obj, "suspend", member, by, on, json_, key=request_key)


@app.command(help=N_("Let a suspended membership go on."))
def resume(
    context: typer.Context,
    member: MemberArgument,
    by: By,
    on: ActDay = None,
    request_key: RequestKey = None,
    json_: AsJson = False,
) -> None:
    _record(context.obj, "resume", member, by, on, json_, key=request_key)


@app.command(help=N_("Record that a person who left or retired joined an organisation again."))
def rejoin(
    context: typer.Context,
    member: MemberArgument,
    to: To,
    by: By,
    on: ActDay = None,
    request_key: RequestKey = None,
    json_: AsJson = False,
) -> None:
    _record(context.obj, "rejoin", member, by, on, json_, to=to, key=request_key)


@app.command(help=N_("Record that a member died."))
def decease(
    context: typer.Context,
    member: MemberArgument,
    by: By,
    on: ActDay = None,
    request_key: RequestKey = None,
    json_: AsJson = False,
) -> None:
    _record(context.obj, "decease", member, by, on, json_, key=request_key)


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
