"""yihui benefits: a member's benefits, and why each was or was not granted."""

from typing import Annotated

import typer

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.options import AsJson, MemberOption, OnDay
from yihui.cli.output import emit, exit_on_findings, print_message

app = typer.Typer(no_args_is_help=True)

_FAULTS = FaultTable(
    "usage",
    {
        "one_appeal_or_member": (
            N_("name either an appeal or a member"),
            N_("give the appeal's id, or --member"),
        ),
    },
)


@app.command("list", help=N_("List a member's benefits, newest first."))
def list_(context: typer.Context, member: MemberOption, json_: AsJson = False) -> None:
    from yihui.services.benefits.benefits import load_member_benefits
    from yihui.views.benefits import member_benefits_json, member_benefits_lines

    wiring: Wiring = context.obj
    found = load_member_benefits(wiring, member, "--member")
    emit(lambda: member_benefits_json(found), member_benefits_lines(found, wiring.language), json_)


@app.command(help=N_("List where a member takes part or waits: entered, won, place on the waiting list."))
def entries(context: typer.Context, member: MemberOption, json_: AsJson = False) -> None:
    from yihui.services.benefits.benefits import list_member_participations
    from yihui.views.benefits import participation_lines

    wiring: Wiring = context.obj
    found = list_member_participations(wiring, member)
    emit(found, participation_lines(found, wiring.language), json_)


@app.command(help=N_("Claim a benefit that would otherwise lapse; claiming it again changes nothing."))
def claim(
    context: typer.Context,
    grant: Annotated[str, typer.Argument(help=N_("the grant's id, as yihui benefits list --json tells it"))],
    member: Annotated[str | None, typer.Option(help=N_("the member's id; must be the grant's own"))] = None,
    json_: AsJson = False,
) -> None:
    from yihui.services.benefits.claims import claim_grant
    from yihui.views.claims import claim_result_text

    wiring: Wiring = context.obj
    done = claim_grant(wiring, grant, member)
    emit(done, [claim_result_text(done, wiring.language)], json_)


@app.command("give-up", help=N_("Give up an entry, or a place on the waiting list."))
def give_up(
    context: typer.Context,
    id_: Annotated[
        str, typer.Argument(metavar="ID", help=N_("its id, as yihui benefits entries --json tells it"))
    ],
    member: MemberOption,
) -> None:
    from yihui.services.benefits.claims import give_up_participation

    wiring: Wiring = context.obj
    done = give_up_participation(wiring, id_, member)
    template = N_("given up: {rule}") if done.is_new else N_("was given up before: {rule}")
    print_message(wiring, template, rule=done.rule_id)


@app.command(
    help=N_("Explain every decision about a member: what was looked at, what is missing, how to mend it.")
)
def why(
    context: typer.Context,
    member: MemberOption,
    rule: Annotated[str | None, typer.Option(help=N_("only this rule"))] = None,
    on: Annotated[
        str | None, typer.Option("--at", help=N_("only decisions on this day, such as 2026-05-01"))
    ] = None,
    agent: Annotated[
        bool, typer.Option("--agent", help=N_("only the three sentences for a 12351 agent"))
    ] = False,
    code: Annotated[
        bool, typer.Option("--code", help=N_("also show each condition as the rule's file writes it"))
    ] = False,
    json_: AsJson = False,
) -> None:
    from yihui.runtime.arguments import parse_day
    from yihui.services.benefits.benefits import list_member_decisions, list_missing_decisions
    from yihui.services.desk.record_names import load_place_names
    from yihui.views import benefits as views

    wiring: Wiring = context.obj
    language, names = wiring.language, load_place_names(wiring)
    day = parse_day(on, "--at") if on else None
    found = list_member_decisions(wiring, member, rule, day)
    missing = [] if rule and found else list_missing_decisions(wiring, member, rule, day, language)
    lines = [*views.decision_lines(found, language, names, agent=agent, with_code=code)]
    for one in missing:
        lines += views.missing_decision_lines(one, day, language, agent=agent, with_code=code)
    emit(
        lambda: views.decisions_json(found, missing, day, language, names, with_code=code),
        lines or [views.no_record_line(member, day, language)],
        json_,
    )
    exit_on_findings(any(line.is_unknown_member for one in missing for line in one.explanations[:1]))


@app.command(
    help=N_(
        "Remind members of benefits that expire soon, return expired ones to their budget, and let members who wait for a place move up."
    )
)
def expire(context: typer.Context, on: OnDay = None, json_: AsJson = False) -> None:
    from core.money import format_yuan
    from yihui.runtime.arguments import parse_day
    from yihui.services.operation.upkeep import end_due_grants, move_up_and_seal

    wiring: Wiring = context.obj
    if on is None:
        move_up_and_seal(wiring)
    done = end_due_grants(wiring, parse_day(on, "--on") if on else None)
    counts = {"reminded": done.reminded, "ended": done.count("expired")}
    template = N_("reminded {reminded}, expired {ended}: {yuan} yuan went back")
    line = wiring.render(template, **counts, yuan=format_yuan(done.ended_fen))
    emit({**counts, "ended_fen": done.ended_fen}, [line], json_)


@app.command(
    "forget-appeal", help=N_("Delete what a member wrote in an appeal; the appeal and its answer stay.")
)
def forget(
    context: typer.Context,
    appeal: Annotated[str | None, typer.Argument(help=N_("the appeal's id"))] = None,
    member: Annotated[str | None, typer.Option(help=N_("all that this member wrote"))] = None,
) -> None:
    from yihui.cases.appeals.acts import erase_appeals

    if (appeal is None) == (member is None):
        raise FaultError(_FAULTS.build("one_appeal_or_member", field="APPEAL"))
    count = erase_appeals(context.obj, appeal, member)
    print_message(context.obj, N_("texts deleted: {count}"), count=count)
