"""yihui benefits: a member's benefits, why each was or was not granted, appeals and debts."""

import sys
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.options import AsJson, By, MemberOption, OnDay, OnlyMember, Reason
from yihui.cli.output import emit, exit_on_findings, print_message

if TYPE_CHECKING:
    from benefits import Debt

app = typer.Typer(help=N_("Benefits: what a member was granted, and why or why not."), no_args_is_help=True)

_FAULTS = FaultTable(
    "usage",
    {
        "wrong_verdict": (N_("{field} can't be {value}"), N_("write upheld or rejected")),
        "one_appeal_or_member": (
            N_("name either an appeal or a member"),
            N_("give the appeal's id, or --member"),
        ),
    },
)

_Debt = Annotated[str, typer.Argument(help=N_("the debt's id"))]
_Part = Annotated[
    str | None, typer.Option("--yuan", help=N_("a part of it, in yuan; otherwise all that is owed"))
]


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
    from yihui.services.benefits.benefits import explain_missing_decision, list_member_decisions
    from yihui.services.desk.record_names import load_place_names
    from yihui.views import benefits as views
    from yihui.views.decisions import decision_record_json

    wiring: Wiring = context.obj
    language = wiring.language
    day = parse_day(on, "--at") if on else None
    found = list_member_decisions(wiring, member, rule, day)
    if found or not rule:
        names = load_place_names(wiring)
        lines = views.decision_lines(found, language, names, agent=agent, with_code=code)
        nothing = views.no_record_line(member, day, language)
        emit(
            lambda: [decision_record_json(item, language, names, with_code=code) for item in found],
            lines if found else [nothing],
            json_,
        )
        return
    missing = explain_missing_decision(wiring, member, rule, day, language)
    emit(
        lambda: views.missing_decision_json(missing, member, day, language, with_code=code),
        views.missing_decision_lines(missing, member, day, language, agent=agent, with_code=code),
        json_,
    )
    exit_on_findings(missing.explanations[0].is_unknown_member)


@app.command(help=N_("Remind members of benefits that expire soon, and return expired ones to their budget."))
def expire(context: typer.Context, on: OnDay = None, json_: AsJson = False) -> None:
    from core.money import format_yuan
    from yihui.runtime.arguments import parse_day
    from yihui.services.operation.upkeep import end_due_grants

    wiring: Wiring = context.obj
    done = end_due_grants(wiring, parse_day(on, "--on") if on else None)
    counts = {"reminded": done.reminded, "ended": done.count("expired")}
    template = N_("reminded {reminded}, expired {ended}: {yuan} yuan went back")
    line = wiring.render(template, **counts, yuan=format_yuan(done.ended_fen))
    emit({**counts, "ended_fen": done.ended_fen}, [line], json_)


@app.command(help=N_("Appeal against a decision, in the member's own words."))
def appeal(
    context: typer.Context,
    decision: Annotated[str, typer.Argument(help=N_("the decision's id, as `why` shows it"))],
    text: Annotated[str, typer.Option(help=N_("what the member says; - reads it from standard input"))],
    json_: AsJson = False,
) -> None:
    from yihui.services.benefits.appeals import lodge_member_appeal
    from yihui.views.decisions import appeal_json

    wiring: Wiring = context.obj
    lodged = lodge_member_appeal(wiring, decision, sys.stdin.read() if text == "-" else text)
    line = wiring.render(N_("appeal {id} was taken; an officer will answer it"), id=lodged.id)
    emit(appeal_json(lodged), [line], json_)


@app.command(help=N_("List appeals: those that wait for an answer, or all."))
def appeals(
    context: typer.Context,
    member: OnlyMember = None,
    all_: Annotated[bool, typer.Option("--all", help=N_("answered ones as well"))] = False,
    json_: AsJson = False,
) -> None:
    from yihui.services.benefits.appeals import list_member_appeals
    from yihui.views.benefits import appeals_lines
    from yihui.views.decisions import appeal_json

    wiring: Wiring = context.obj
    found = list_member_appeals(wiring, member, waiting=not all_)
    emit([appeal_json(item) for item in found], appeals_lines(found, wiring.language), json_)


@app.command(help=N_("Answer an appeal: the decision stands, or is taken anew."))
def answer(
    context: typer.Context,
    appeal: Annotated[str, typer.Argument(help=N_("the appeal's id"))],
    verdict: Annotated[str, typer.Argument(metavar="upheld|rejected", help=N_("upheld: decide anew"))],
    by: By,
    reason: Annotated[str, typer.Option(help=N_("why, in a sentence that the member will read"))],
    json_: AsJson = False,
) -> None:
    from yihui.services.benefits.appeals import Verdict, answer_appeal
    from yihui.views.benefits import answered_appeal_lines
    from yihui.views.decisions import appeal_json

    wiring: Wiring = context.obj
    known: dict[str, Verdict] = {code: code for code in get_args(Verdict)}
    if verdict not in known:
        raise FaultError(_FAULTS.build("wrong_verdict", field="VERDICT", value=verdict))
    answered = answer_appeal(wiring, appeal, known[verdict], by, reason)
    emit(appeal_json(answered.appeal), answered_appeal_lines(answered, wiring.language), json_)


@app.command(
    "forget-appeal", help=N_("Delete what a member wrote in an appeal; the appeal and its answer stay.")
)
def forget(
    context: typer.Context,
    appeal: Annotated[str | None, typer.Argument(help=N_("the appeal's id"))] = None,
    member: Annotated[str | None, typer.Option(help=N_("all that this member wrote"))] = None,
) -> None:
    from yihui.services.benefits.appeals import erase_appeals

    if (appeal is None) == (member is None):
        raise FaultError(_FAULTS.build("one_appeal_or_member", field="APPEAL"))
    count = erase_appeals(context.obj, appeal, member)
    print_message(context.obj, N_("texts deleted: {count}"), count=count)


@app.command(
    help=N_("List what was clawed back by the rules' own terms, and what members owe because of it.")
)
def debts(
    context: typer.Context,
    member: OnlyMember = None,
    all_: Annotated[bool, typer.Option("--all", help=N_("also those of which nothing is owed"))] = False,
    json_: AsJson = False,
) -> None:
    from yihui.services.benefits.benefits import list_member_debts
    from yihui.views.benefits import debts_lines
    from yihui.views.decisions import debt_json

    wiring: Wiring = context.obj
    found = list_member_debts(wiring, member, open_only=not all_)
    emit([debt_json(item) for item in found], debts_lines(found, wiring.language), json_)


@app.command(
    "settle-debt",
    help=N_("Record that a member paid back a debt, or a part of it; the money returns to its budget."),
)
def settle_debt(
    context: typer.Context, debt: _Debt, by: By, reason: Reason, amount: _Part = None, json_: AsJson = False
) -> None:
    from yihui.services.benefits.benefits import settle_member_debt

    done = settle_member_debt(context.obj, debt, _parse_part(amount), by, reason)
    _emit_debt(context.obj, done, json_)


@app.command("waive-debt", help=N_("Waive a member's debt, or a part of it; the money stays spent."))
def waive_debt(
    context: typer.Context, debt: _Debt, by: By, reason: Reason, amount: _Part = None, json_: AsJson = False
) -> None:
    from yihui.services.benefits.benefits import waive_member_debt

    done = waive_member_debt(context.obj, debt, _parse_part(amount), by, reason)
    _emit_debt(context.obj, done, json_)


def _parse_part(amount: str | None) -> int | None:
    from yihui.runtime.arguments import parse_fen

    return parse_fen(amount, "--yuan") if amount is not None else None


def _emit_debt(wiring: Wiring, debt: "Debt", as_json: bool) -> None:
    from yihui.views.decisions import debt_json, debt_lines

    emit(debt_json(debt), debt_lines(debt, wiring.language), as_json)
