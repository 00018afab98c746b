"""yihui mutual-aid policies: write, approve and withdraw policies, and enrol members in them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.acting import current_actor
from yihui.cli.options import AsJson, By, OnDay, RecordedReason
from yihui.cli.output import emit

if TYPE_CHECKING:
    from members.mutual_aid.policy import Policy

app = typer.Typer(
    help=N_("Policies of mutual aid: terms and table by year and unit, and who is enrolled."),
    no_args_is_help=True,
)
_Policy = Annotated[int, typer.Argument(help=N_("the policy's number"), metavar="POLICY")]


def _emit(wiring: Wiring, policy: "Policy", json_: bool) -> None:
    from yihui.views.mutual_aid import policy_json, policy_text

    emit(policy_json(policy), [policy_text(policy, "", wiring.language)], json_)


@app.command(help=N_("Write down a policy; another officer approves it."))
def write(
    context: typer.Context,
    organisation: Annotated[str, typer.Option(help=N_("the unit: its members can be enrolled"))],
    year: Annotated[str, typer.Option(help=N_("the year of the policy"))],
    bands: Annotated[str, typer.Option(help=N_("such as 1000-10000=50%; 10000-=60%, of the self-paid yuan"))],
    document: Annotated[str, typer.Option(help=N_("the document that the table is printed in"))],
    clause: Annotated[str, typer.Option(help=N_("the clause of the document"))],
    by: By,
    begins: Annotated[
        str, typer.Option("--from", help=N_("the first day; 1 January unless said"), metavar="DATE")
    ] = "",
    ends: Annotated[
        str, typer.Option("--to", help=N_("the last day; 31 December unless said"), metavar="DATE")
    ] = "",
    contribution: Annotated[str, typer.Option(help=N_("per head, in yuan"))] = "0",
    waiting_days: Annotated[str, typer.Option(help=N_("how many days a new member waits"))] = "0",
    deductible: Annotated[str, typer.Option(help=N_("the part that is never paid, in yuan"))] = "0",
    deductible_per: Annotated[
        str, typer.Option(help=N_("claim: deducted from each claim; year: once from the claims of a year"))
    ] = "claim",
    claim_cap: Annotated[str, typer.Option(help=N_("at most so many yuan for a claim"))] = "",
    year_cap: Annotated[str, typer.Option(help=N_("at most so many yuan for a member and policy"))] = "",
    json_: AsJson = False,
) -> None:
    from yihui.services.mutual_aid.intake import WrittenPolicy
    from yihui.services.mutual_aid.policies import write_policy

    wiring: Wiring = context.obj
    written = WrittenPolicy(
        organisation,
        year,
        begins,
        ends,
        contribution,
        waiting_days,
        deductible,
        bands,
        claim_cap,
        year_cap,
        document,
        clause,
        deductible_per,
    )
    _emit(wiring, write_policy(wiring, current_actor(context), written), json_)


@app.command(help=N_("Approve a policy that another officer wrote."))
def approve(context: typer.Context, policy: _Policy, by: By, json_: AsJson = False) -> None:
    from members.mutual_aid.policy import PolicyAct
    from yihui.services.mutual_aid.policies import ActOnPolicy, approve_policy

    wiring: Wiring = context.obj
    wanted = ActOnPolicy(policy, PolicyAct.APPROVE)
    _emit(wiring, approve_policy(wiring, current_actor(context), wanted), json_)


@app.command(help=N_("Withdraw a policy that wasn't approved yet."))
def withdraw(
    context: typer.Context, policy: _Policy, by: By, reason: RecordedReason, json_: AsJson = False
) -> None:
    from members.mutual_aid.policy import PolicyAct
    from yihui.services.mutual_aid.policies import ActOnPolicy, withdraw_policy

    wiring: Wiring = context.obj
    wanted = ActOnPolicy(policy, PolicyAct.WITHDRAW, None, reason)
    _emit(wiring, withdraw_policy(wiring, current_actor(context), wanted), json_)


@app.command(help=N_("Enrol the unit's members of a day, or those of a list with an id on each line."))
def enrol(
    context: typer.Context,
    policy: _Policy,
    by: By,
    on: OnDay = None,
    members: Annotated[
        Path | None,
        typer.Option(
            help=N_(
                "a file: XLSX or CSV with a column 会员编号, or an id on each line; otherwise the whole roll"
            )
        ),
    ] = None,
    json_: AsJson = False,
) -> None:
    from core.civil_time import civil_date
    from members.mutual_aid.policy import PolicyAct
    from yihui.runtime.arguments import parse_day
    from yihui.services.mutual_aid.enrolments import enrol_members
    from yihui.services.mutual_aid.member_list import read_member_file
    from yihui.services.mutual_aid.policies import ActOnPolicy

    wiring: Wiring = context.obj
    day = parse_day(on) if on else civil_date(wiring.now())
    listed = None if members is None else read_member_file(members.read_bytes(), members.name)
    wanted = ActOnPolicy(policy, PolicyAct.ENROL)
    _emit(wiring, enrol_members(wiring, current_actor(context), wanted, day, listed), json_)


@app.command(
    "correct-enrolment",
    help=N_(
        "End or correct a member's enrolment; a second officer confirms it if approved claims lose coverage."
    ),
)
def correct_enrolment(
    context: typer.Context,
    policy: _Policy,
    member: Annotated[str, typer.Argument(help=N_("the member's id"), metavar="MEMBER")],
    by: By,
    reason: RecordedReason,
    begins: Annotated[
        str | None,
        typer.Option("--from", help=N_("the first covered day; as it is unless said"), metavar="DATE"),
    ] = None,
    until: Annotated[
        str | None, typer.Option(help=N_("the last covered day; otherwise the policy's last"), metavar="DATE")
    ] = None,
    void: Annotated[
        bool, typer.Option("--void", help=N_("the member should never have been enrolled"))
    ] = False,
    take_back: Annotated[
        bool,
        typer.Option(
            "--take-back", help=N_("propose that the approved claims that lose coverage are taken back")
        ),
    ] = False,
    json_: AsJson = False,
) -> None:
    from members.mutual_aid.policy import PolicyAct
    from yihui.runtime.arguments import parse_day
    from yihui.services.mutual_aid import enrolments
    from yihui.services.mutual_aid.policies import ActOnPolicy

    wiring: Wiring = context.obj
    first, last = (parse_day(one) if one else None for one in (begins, until))
    wanted = ActOnPolicy(policy, PolicyAct.AMEND, None, reason)
    correction = enrolments.EnrolmentCorrection(member, first, last, void)
    work = enrolments.propose_correction if take_back else enrolments.correct_enrolment
    _emit(wiring, work(wiring, current_actor(context), wanted, correction), json_)


@app.command(
    "confirm-correction",
    help=N_("Confirm, or refuse with --refuse, what another officer proposed: claims are taken back."),
)
def confirm_correction(
    context: typer.Context,
    policy: _Policy,
    member: Annotated[str, typer.Argument(help=N_("the member's id"), metavar="MEMBER")],
    by: By,
    refuse: Annotated[
        str | None, typer.Option(help=N_("refuse it: why, in a sentence"), metavar="REASON")
    ] = None,
    json_: AsJson = False,
) -> None:
    from members.mutual_aid.policy import PolicyAct
    from yihui.services.mutual_aid import enrolments
    from yihui.services.mutual_aid.policies import ActOnPolicy

    wanted = ActOnPolicy(policy, PolicyAct.AMEND, None, refuse or "")
    work = enrolments.confirm_correction if refuse is None else enrolments.refuse_correction
    _emit(context.obj, work(context.obj, current_actor(context), wanted, member), json_)


@app.command("list", help=N_("List the policies of your units and of those above them."))
def list_(context: typer.Context, json_: AsJson = False) -> None:
    from yihui.services.mutual_aid.lists import load_policies
    from yihui.views.mutual_aid import policy_json, policy_lines

    wiring: Wiring = context.obj
    found = load_policies(wiring, current_actor(context))
    emit([policy_json(one) for one in found.policies], policy_lines(found, wiring.language), json_)


@app.command(help=N_("Show a policy with its table, enrolled members and history. The reading is recorded."))
def show(context: typer.Context, policy: _Policy, json_: AsJson = False) -> None:
    from yihui.services.mutual_aid.lists import load_policy
    from yihui.views.mutual_aid import policy_history_json, policy_history_lines

    wiring: Wiring = context.obj
    history = load_policy(wiring, current_actor(context), policy, limit=10_000)
    emit(policy_history_json(history), policy_history_lines(history, wiring.language), json_)
