"""yihui benefits appeal, appeals, answer, forget-appeal: members' appeals and officers' answers."""

import json
import sys
from collections.abc import Callable
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring


def add_commands(app: typer.Typer, _: Callable[[str], str]) -> None:
    """Add the commands for appeals."""
    _add_appeal(app, _)
    _add_appeals(app, _)
    _add_answer(app, _)
    _add_forget(app, _)


def _add_appeal(app: typer.Typer, _: Callable[[str], str]) -> None:
    @app.command(help=_("Appeal against a decision, in the member's own words."))
    def appeal(
        context: typer.Context,
        decision: Annotated[str, typer.Argument(help=_("the decision's id, as `why` shows it"))],
        text: Annotated[str, typer.Option(help=_("what the member says; - reads it from standard input"))],
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from benefits import lodge_appeal
        from core.civil_time import civil_date
        from events.retries import run_in_transaction
        from yihui.views.decisions import appeal_json

        wiring: Wiring = context.obj
        words = sys.stdin.read() if text == "-" else text
        now = wiring.now()
        lodged = run_in_transaction(
            wiring.database,
            lambda connection: lodge_appeal(connection, decision, words, civil_date(now), now),
        )
        if json_:
            typer.echo(json.dumps(appeal_json(lodged), ensure_ascii=False))
        else:
            typer.echo(wiring.render(N_("appeal {id} was taken; an officer will answer it"), id=lodged.id))


def _add_appeals(app: typer.Typer, _: Callable[[str], str]) -> None:
    @app.command(help=_("List appeals: those that wait for an answer, or all."))
    def appeals(
        context: typer.Context,
        member: Annotated[str | None, typer.Option(help=_("only this member's"))] = None,
        all_: Annotated[bool, typer.Option("--all", help=_("answered ones as well"))] = False,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from benefits import list_appeals
        from yihui.views.decisions import appeal_json, appeal_lines

        wiring: Wiring = context.obj
        with wiring.database.read() as connection:
            found = list_appeals(connection, member_id=member, waiting=not all_)
        if json_:
            typer.echo(json.dumps([appeal_json(item) for item in found], ensure_ascii=False))
            return
        for item in found:
            typer.echo("\n".join(appeal_lines(item, wiring.language)))
        typer.echo(wiring.render(N_("appeals: {count}"), count=len(found)))


def _add_answer(app: typer.Typer, _: Callable[[str], str]) -> None:
    @app.command(help=_("Answer an appeal: the decision stands, or is taken anew."))
    def answer(
        context: typer.Context,
        appeal: Annotated[str, typer.Argument(help=_("the appeal's id"))],
        verdict: Annotated[str, typer.Argument(metavar="upheld|rejected", help=_("upheld: decide anew"))],
        by: Annotated[str, typer.Option(help=_("who acts: a short pseudonym"))],
        reason: Annotated[str, typer.Option(help=_("why, in a sentence that the member will read"))],
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from benefits import list_appeals, reject_appeal
        from events import redecide_appeal
        from events.retries import run_in_transaction
        from yihui.services.rule_life import acting_officer
        from yihui.views.decisions import appeal_json, appeal_lines

        wiring: Wiring = context.obj
        _check_verdict(verdict)
        acting = acting_officer(wiring, by, reason)
        if verdict == "rejected":
            run_in_transaction(wiring.database, lambda connection: reject_appeal(connection, acting, appeal))
        else:
            run_in_transaction(
                wiring.database,
                lambda connection: redecide_appeal(connection, acting, appeal, wiring.rulebook.in_force),
            )
        with wiring.database.read() as connection:
            (answered,) = list_appeals(connection, appeal_id=appeal)
        if json_:
            typer.echo(json.dumps(appeal_json(answered), ensure_ascii=False))
            return
        typer.echo("\n".join(appeal_lines(answered, wiring.language)))
        if answered.answer and answered.answer.decision_id:
            _print_new_decision(wiring, answered.member_id, answered.answer.decision_id)


def _check_verdict(verdict: str) -> None:
    from core.faults import Fault
    from yihui.runtime.arguments import WrongValue

    if verdict not in ("upheld", "rejected"):
        remedy = N_("write upheld or rejected")
        raise WrongValue([Fault(N_("{field} can't be {value}"), remedy, field="VERDICT", value=verdict)])


def _print_new_decision(wiring: Wiring, member: str, decision: str) -> None:
    from benefits import load_decision_records
    from yihui.views.agent_script import render_agent_summary

    with wiring.database.read() as connection:
        found = [told for told in load_decision_records(connection, member) if told.why.id == decision]
    for told in found:
        typer.echo(wiring.render(N_("decided anew: {id}"), id=decision))
        typer.echo("\n".join(render_agent_summary(told, wiring.language)))


def _add_forget(app: typer.Typer, _: Callable[[str], str]) -> None:
    @app.command(
        "forget-appeal", help=_("Delete what a member wrote in an appeal; the appeal and its answer stay.")
    )
    def forget(
        context: typer.Context,
        appeal: Annotated[str | None, typer.Argument(help=_("the appeal's id"))] = None,
        member: Annotated[str | None, typer.Option(help=_("all that this member wrote"))] = None,
    ) -> None:
        from benefits import erase_appeal_texts
        from core.faults import Fault
        from yihui.runtime.arguments import WrongValue

        wiring: Wiring = context.obj
        if (appeal is None) == (member is None):
            message = N_("name either an appeal or a member")
            raise WrongValue([Fault(message, N_("give the appeal's id, or --member"), field="APPEAL")])
        with wiring.database.write() as connection:
            count = erase_appeal_texts(connection, appeal_id=appeal, member_id=member)
        typer.echo(wiring.render(N_("texts deleted: {count}"), count=count))
