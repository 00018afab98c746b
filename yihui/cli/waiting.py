"""yihui waiting: list the members who wait for a rule's places, and give them places that became free."""

import json
from collections.abc import Callable
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring


def build_commands(_: Callable[[str], str]) -> typer.Typer:
    app = typer.Typer(help=_("Waiting lists: who is on them, who moves up."), no_args_is_help=True)

    @app.command("list", help=_("List who waits for a rule's places, in the order in which they are served."))
    def list_(
        context: typer.Context,
        rule: Annotated[str, typer.Argument(help=_("the rule's id"))],
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from dataclasses import asdict

        from benefits import list_waiting_entries
        from core.faults import FaultError
        from yihui.services.unknown_ids import unknown_rule_fault

        wiring: Wiring = context.obj
        with wiring.database.read() as connection:
            found = list_waiting_entries(connection, rule)
        if not found and rule not in {known.id for known in wiring.library.rules}:
            raise FaultError([unknown_rule_fault(wiring.library, rule, wiring.language)])
        if json_:
            rows = [{**asdict(one), "waits_since": one.waits_since.isoformat()} for one in found]
            typer.echo(json.dumps(rows, ensure_ascii=False))
            return
        for one in found:
            typer.echo(f"{one.places}  {one.position:>5}  {one.member_id}  {one.waits_since}")
        typer.echo(wiring.render(N_("on the waiting list: {count}"), count=len(found)))

    @app.command(
        help=_("Let lapse what nobody claimed in time, and give free places to whoever waits longest.")
    )
    def move(
        context: typer.Context,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from dataclasses import asdict

        from yihui.services.sealing import seal_pending
        from yihui.services.upkeep import run_upkeep

        wiring: Wiring = context.obj
        done = run_upkeep(wiring)
        seal_pending(wiring)
        if json_:
            typer.echo(json.dumps(asdict(done)))
            return
        told = N_("lapsed unclaimed: {lapsed}; moved up: {granted}; passed over: {passed}")
        typer.echo(wiring.render(told, **asdict(done)))

    return app
