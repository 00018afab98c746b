"""yihui members: import rolls and the organisations' names, and show a member's facts."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli import member_applications, member_birthdays, member_erase
from yihui.runtime.errors import EXIT_FINDINGS, fault_line

_SHOWN_FAULTS = 20


def build_commands(_: Callable[[str], str]) -> typer.Typer:
    """Build the `members` command group."""
    app = typer.Typer(
        help=_("Members and organisations: import rolls, look members up."), no_args_is_help=True
    )

    @app.command("import", help=_("Import a roll (CSV). ID numbers become pseudonyms and are not kept."))
    def import_(
        context: typer.Context,
        file: Annotated[Path, typer.Argument(help=_("the roll, a CSV with 身份证号, 组织代码, 入会日期 …"))],
        partial: Annotated[
            bool, typer.Option("--partial", help=_("import the good rows, report the others"))
        ] = False,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from core.civil_time import civil_date
        from core.faults import FaultError
        from events import Event, InboundEvent, InvalidEvent, RunTally, validate_event
        from geo.formats.csv import read_csv
        from members import parse_roll
        from yihui.views.outcomes import print_tally

        wiring: Wiring = context.obj
        enrolled, faults = parse_roll(
            read_csv(file.read_bytes(), file.name), wiring.identity_key, civil_date(wiring.now())
        )
        now = wiring.now()
        read = [(row, validate_event(row.as_event("/rolls"), now)) for row in enrolled]
        for row, event in read:
            if isinstance(event, InvalidEvent):
                faults += [fault.at(file=file.name, row=row.row) for fault in event.faults]
        items = [
            InboundEvent(event, f"{file.name}:{row.row}") for row, event in read if isinstance(event, Event)
        ]
        if faults and not (partial and items):
            raise FaultError(sorted(faults, key=lambda fault: fault.row or 0))
        tally = RunTally()
        for batch in wiring.runner.run_events(items):
            tally.add(batch)
        print_tally(wiring.language, tally, as_json=json_)
        for fault in faults[:_SHOWN_FAULTS]:
            typer.echo(fault_line(fault, wiring.language).text(), err=True)
        if faults:
            typer.echo(
                wiring.render(N_("rows not imported: {count}"), count=len({fault.row for fault in faults})),
                err=True,
            )
            raise typer.Exit(EXIT_FINDINGS)

    @app.command(help=_("Import the organisations' codes and names (CSV)."))
    def organisations(
        context: typer.Context,
        file: Annotated[Path, typer.Argument(help=_("a CSV with 组织代码 and 组织名称"))],
    ) -> None:
        from core.faults import FaultError
        from geo.formats.csv import read_csv
        from members import parse_organisations, record_organisations

        wiring: Wiring = context.obj
        good, faults = parse_organisations(read_csv(file.read_bytes(), file.name))
        if faults:
            raise FaultError(faults)
        with wiring.database.write() as connection:
            count = record_organisations(connection, good)
        typer.echo(wiring.render(N_("organisations: {count}"), count=count))

    @app.command(help=_("Show a member's facts on a date."))
    def show(
        context: typer.Context,
        member: Annotated[str, typer.Argument(help=_("the member's id"))],
        on: Annotated[
            str | None, typer.Option(help=_("a date such as 2026-05-01; today unless said"))
        ] = None,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        import json

        from core.civil_time import civil_date
        from core.faults import FaultError
        from members import facts_on, organisation_names, read_member_changes
        from yihui.runtime.arguments import parse_day
        from yihui.services.unknown_ids import unknown_member_fault
        from yihui.views.outcomes import fact_title

        wiring: Wiring = context.obj
        with wiring.database.read() as connection:
            changes = read_member_changes(connection, [member])[member]
            names = organisation_names(connection)
        if not changes:
            raise FaultError([unknown_member_fault(member, "MEMBER")])
        facts = facts_on(changes, parse_day(on) if on else civil_date(wiring.now()))
        if json_:
            typer.echo(json.dumps(facts, ensure_ascii=False, default=str))
            return
        for path, value in facts.items():
            values = value if isinstance(value, tuple) else () if value is None else (value,)
            shown = wiring.language.format_list(values)
            title = fact_title("member.left", path, wiring.language)
            told = wiring.render(N_("{name}: {detail}"), name=title, detail=f"{shown} {names.get(shown, '')}")
            typer.echo(told.rstrip())

    member_applications.add_commands(app, _)
    member_birthdays.add_commands(app, _)
    member_erase.add_commands(app, _)
    return app
