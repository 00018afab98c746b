"""yihui hotline: cases of 12351 from the call to the call-back, their deadlines, and the three rates."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.acting import current_actor
from yihui.cli.options import AsJson, By, RecordedReason
from yihui.cli.output import emit
from yihui.frame.commands import build_group
from yihui.frame.noun import load_noun

if TYPE_CHECKING:
    from yihui.access.actor import Actor
    from yihui.services.hotline.cases import ActOnCase
    from yihui.services.hotline.lists import CaseStatus

app = typer.Typer(no_args_is_help=True)
app.add_typer(build_group(load_noun("yihui.cases.articles.noun:NOUN")), name="articles")

_Case = Annotated[int, typer.Argument(help=N_("the case's number"), metavar="CASE")]
_Seen = Annotated[
    int | None,
    typer.Option("--version", help=N_("the version that you saw: refused if the case was changed since")),
]
_Note = Annotated[str, typer.Option("--reason", help=N_("why, in a sentence, without personal data"))]
_Unit = Annotated[str, typer.Option(help=N_("the unit that acts: its organisation's code"))]


@app.command("open", help=N_("Open a case. What the caller says and who it is are stored encrypted."))
def open_(
    context: typer.Context,
    organisation: Annotated[str, typer.Option(help=N_("the organisation whose hotline takes the case in"))],
    category: Annotated[
        str,
        typer.Option(help=N_("benefit, membership, rights, hardship, station, complaint or other")),
    ],
    summary: Annotated[str, typer.Option(help=N_("what it is about, in a sentence, without personal data"))],
    by: By,
    channel: Annotated[str, typer.Option(help=N_("call, page or transfer"))] = "call",
    from_: Annotated[
        str | None, typer.Option("--from", help=N_("the office that transferred it, such as 12345"))
    ] = None,
    member: Annotated[
        str | None, typer.Option(help=N_("the member's id; none for an anonymous caller"))
    ] = None,
    place: Annotated[str | None, typer.Option(help=N_("where it is: an organisation's code"))] = None,
    station: Annotated[str | None, typer.Option(help=N_("the station's id"))] = None,
    name: Annotated[str | None, typer.Option(help=N_("the caller's name"))] = None,
    phone: Annotated[str | None, typer.Option(help=N_("the caller's number"))] = None,
    text: Annotated[
        str | None, typer.Option(help=N_("what the caller says; - reads it from standard input"))
    ] = None,
    unclear: Annotated[
        bool, typer.Option("--unclear", help=N_("it has to be cleared up before it can be dispatched"))
    ] = False,
    crosses: Annotated[
        bool | None,
        typer.Option(
            help=N_("it concerns several regions or departments; found from the places unless said")
        ),
    ] = None,
    json_: AsJson = False,
) -> None:
    from members.hotline.callers import Caller
    from yihui.services.hotline.cases import open_case
    from yihui.services.hotline.intake import CaseIntake

    wiring: Wiring = context.obj
    said = typer.get_text_stream("stdin").read() if text == "-" else text
    intake = CaseIntake(
        organisation,
        channel,
        category,
        summary,
        not unclear,
        crosses,
        member,
        place,
        station,
        from_,
        Caller(name, phone, said),
    )
    _emit_case(wiring, open_case(wiring, current_actor(context), intake), json_)


def _emit_case(wiring: Wiring, status: "CaseStatus", json_: bool) -> None:
    from yihui.views.hotline import case_json, case_lines

    emit(case_json(status), case_lines([status], wiring.language), json_)


@app.command("list", help=N_("List cases, the newest first. Callers are masked."))
def list_(
    context: typer.Context,
    only_open: Annotated[bool, typer.Option("--open", help=N_("only cases that are not over"))] = False,
    state: Annotated[
        str | None,
        typer.Option(help=N_("opened, dispatched, accepted, suspended, closed or called_back")),
    ] = None,
    member: Annotated[str | None, typer.Option(help=N_("only this member's"))] = None,
    organisation: Annotated[
        str | None, typer.Option(help=N_("only cases of this organisation and those below it"))
    ] = None,
    limit: Annotated[int, typer.Option(help=N_("at most so many"), min=1, max=10_000)] = 100,
    json_: AsJson = False,
) -> None:
    from members.hotline.repository import CaseQuery

    query = CaseQuery(only_open=only_open, state=state, member_id=member, limit=limit)
    _emit_cases(context, query, organisation, json_, only_overdue=False)


@app.command(help=N_("List the cases whose time is over."))
def overdue(
    context: typer.Context,
    organisation: Annotated[
        str | None, typer.Option(help=N_("only cases of this organisation and those below it"))
    ] = None,
    json_: AsJson = False,
) -> None:
    from members.hotline.repository import CaseQuery

    _emit_cases(context, CaseQuery(), organisation, json_, only_overdue=True)


def _emit_cases(
    context: typer.Context, query: object, organisation: str | None, json_: bool, *, only_overdue: bool
) -> None:
    from members.hotline.repository import CaseQuery
    from yihui.services.hotline.lists import load_cases
    from yihui.views.hotline import case_json, case_lines

    assert isinstance(query, CaseQuery)
    wiring: Wiring = context.obj
    found = load_cases(wiring, current_actor(context), query, only_overdue=only_overdue, within=organisation)
    emit([case_json(one) for one in found], case_lines(found, wiring.language), json_)


@app.command(help=N_("Show a case with its deadlines, answers and history. The caller is masked."))
def show(context: typer.Context, case: _Case, json_: AsJson = False) -> None:
    from yihui.services.hotline.lists import load_case
    from yihui.views.hotline import case_history_json, case_history_lines

    wiring: Wiring = context.obj
    history = load_case(wiring, current_actor(context), case)
    emit(case_history_json(history), case_history_lines(history, wiring.language), json_)


@app.command(help=N_("Show the caller and what was said in clear. The reason is recorded."))
def unmask(
    context: typer.Context, case: _Case, by: By, reason: RecordedReason, json_: AsJson = False
) -> None:
    from yihui.services.hotline.callers import unmask_caller
    from yihui.views.hotline import caller_lines

    wiring: Wiring = context.obj
    caller = unmask_caller(wiring, current_actor(context), case, reason)
    emit(caller, caller_lines(caller, wiring.language), json_)


def _act(
    context: typer.Context,
    wanted: "ActOnCase",
    by: str,
    json_: bool,
    work: "Callable[[Wiring, Actor, ActOnCase], CaseStatus]",
) -> None:

    wiring: Wiring = context.obj
    _emit_case(wiring, work(wiring, current_actor(context), wanted), json_)


@app.command(help=N_("Dispatch a case to a unit, or to a main and an assisting unit at once."))
def dispatch(
    context: typer.Context,
    case: _Case,
    unit: Annotated[str, typer.Option(help=N_("the main unit: its organisation's code"))],
    by: By,
    assist: Annotated[
        str | None, typer.Option(help=N_("the assisting unit: its organisation's code"))
    ] = None,
    reason: _Note = "",
    version: _Seen = None,
    json_: AsJson = False,
) -> None:
    from members.hotline.case import CaseAct
    from yihui.services.hotline.cases import ActOnCase, dispatch_case

    wanted = ActOnCase(case, CaseAct.DISPATCH, version, reason)
    _act(
        context, wanted, by, json_, lambda wiring, actor, act: dispatch_case(wiring, actor, act, unit, assist)
    )


@app.command(help=N_("Accept a case for a unit."))
def accept(
    context: typer.Context, case: _Case, unit: _Unit, by: By, version: _Seen = None, json_: AsJson = False
) -> None:
    from members.hotline.case import CaseAct
    from yihui.services.hotline.cases import ActOnCase, accept_case

    wanted = ActOnCase(case, CaseAct.ACCEPT, version)
    _act(context, wanted, by, json_, lambda wiring, actor, act: accept_case(wiring, actor, act, unit))


@app.command(help=N_("Suspend a case with a reason; its clocks stand still."))
def suspend(
    context: typer.Context,
    case: _Case,
    by: By,
    reason: RecordedReason,
    until: Annotated[
        str | None, typer.Option(help=N_("the last day of the suspension; without it, the fifth work-day"))
    ] = None,
    version: _Seen = None,
    json_: AsJson = False,
) -> None:
    from members.hotline.case import CaseAct
    from yihui.runtime.arguments import parse_day
    from yihui.services.hotline.cases import ActOnCase, suspend_case

    suspend_until = partial(suspend_case, last_day=parse_day(until, "--until") if until else None)
    _act(context, ActOnCase(case, CaseAct.SUSPEND, version, reason), by, json_, suspend_until)


@app.command(help=N_("Resume a suspended case; its clocks go on."))
def resume(context: typer.Context, case: _Case, by: By, version: _Seen = None, json_: AsJson = False) -> None:
    from members.hotline.case import CaseAct
    from yihui.services.hotline.cases import ActOnCase, resume_case

    _act(context, ActOnCase(case, CaseAct.RESUME, version), by, json_, resume_case)


@app.command(help=N_("Answer from the ledger why the member got it or not, and close the case."))
def answer(
    context: typer.Context,
    case: _Case,
    by: By,
    decision: Annotated[
        str | None, typer.Option(help=N_("the decision's id, as yihui benefits why shows it"))
    ] = None,
    rule: Annotated[
        str | None, typer.Option(help=N_("a rule's id: its newest decision, or why it decided nothing"))
    ] = None,
    version: _Seen = None,
    json_: AsJson = False,
) -> None:
    from members.hotline.case import CaseAct
    from yihui.services.hotline.answers import LedgerQuestion, answer_case
    from yihui.services.hotline.cases import ActOnCase
    from yihui.views.hotline import build_sentence_renderers, case_json, case_lines

    wiring: Wiring = context.obj
    actor = current_actor(context)
    wanted = ActOnCase(case, CaseAct.ANSWER, version)
    status = answer_case(
        wiring, actor, wanted, LedgerQuestion(decision, rule), build_sentence_renderers(wiring.language)
    )
    sentences: Sequence[str] = status.case.answers[-1].sentences
    emit(case_json(status), [*case_lines([status], wiring.language), *sentences], json_)


@app.command(help=N_("Close a case, or a unit's part of it, with an answer."))
def close(
    context: typer.Context,
    case: _Case,
    answer: Annotated[str, typer.Option(help=N_("what the caller is told, without personal data"))],
    by: By,
    unit: Annotated[str | None, typer.Option(help=N_("the unit that acts: its organisation's code"))] = None,
    version: _Seen = None,
    json_: AsJson = False,
) -> None:
    from members.hotline.case import CaseAct
    from yihui.services.hotline.cases import ActOnCase, close_case

    wanted = ActOnCase(case, CaseAct.CLOSE, version)
    _act(context, wanted, by, json_, lambda wiring, actor, act: close_case(wiring, actor, act, answer, unit))


@app.command("call-back", help=N_("Record what the caller said when called back."))
def call_back_(
    context: typer.Context,
    case: _Case,
    outcome: Annotated[str, typer.Option(help=N_("satisfied, dissatisfied or unreached"))],
    by: By,
    reason: _Note = "",
    version: _Seen = None,
    json_: AsJson = False,
) -> None:
    from members.hotline.case import CaseAct
    from yihui.services.hotline.cases import ActOnCase, call_back

    wanted = ActOnCase(case, CaseAct.CALL_BACK, version, reason)
    _act(context, wanted, by, json_, lambda wiring, actor, act: call_back(wiring, actor, act, outcome))


@app.command(
    help=N_("Pass cases whose time is nearly or quite over one level up; the upkeep does it as well.")
)
def escalate(context: typer.Context, by: By, json_: AsJson = False) -> None:
    from yihui.services.hotline.escalation import escalate_cases

    wiring: Wiring = context.obj
    done = escalate_cases(wiring, current_actor(context))
    line = wiring.render(N_("went one level up: {count}"), count=len(done))
    emit([{"case": number, **data} for number, data in done], [line], json_)


@app.command(
    "delete-old",
    help=N_("Delete callers' data whose time is over (YIHUI_HOTLINE_RETENTION_DAYS), with a proof."),
)
def delete_old(context: typer.Context, by: By, json_: AsJson = False) -> None:
    from yihui.services.hotline.callers import delete_old_caller_data
    from yihui.views.hotline import deletion_json, deletion_lines

    wiring: Wiring = context.obj
    done = delete_old_caller_data(wiring, current_actor(context))
    found = [done] if done else []
    emit([deletion_json(one) for one in found], deletion_lines(found, wiring.language), json_)


@app.command(help=N_("List the proofs that callers' data were deleted."))
def deletions(context: typer.Context, json_: AsJson = False) -> None:
    from yihui.services.hotline.callers import load_deletions
    from yihui.views.hotline import deletion_json, deletion_lines

    wiring: Wiring = context.obj
    found = load_deletions(wiring, current_actor(context))
    emit([deletion_json(one) for one in found], deletion_lines(found, wiring.language), json_)


@app.command(help=N_("Show timely acceptance, on-time closing and satisfaction by unit and month."))
def rates(
    context: typer.Context,
    month: Annotated[str | None, typer.Option(help=N_("only this month, such as 2026-11"))] = None,
    to: Annotated[
        Path | None, typer.Option("--csv", help=N_("write them to this CSV file"), metavar="FILE")
    ] = None,
    json_: AsJson = False,
) -> None:
    from yihui.files.whole_files import write_lines_atomically
    from yihui.services.hotline.figures import load_rates
    from yihui.views.hotline import rates_csv, rates_json, rates_lines

    wiring: Wiring = context.obj
    found = load_rates(wiring, current_actor(context), month)
    if to is not None:
        write_lines_atomically(to, rates_csv(found, wiring.language).splitlines())
    emit(rates_json(found), rates_lines(found, wiring.language), json_)
