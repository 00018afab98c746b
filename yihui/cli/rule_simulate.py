"""yihui rules simulate: compute what a draft would cost, whom it would help and when the money would run out."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring

_SHOWN_FAULTS = 20


def add_commands(app: typer.Typer, _: Callable[[str], str]) -> None:
    @app.command(
        help=_(
            "Replay events through drafts beside what is in force: cost, who gains and loses, when money runs out. Writes nothing."
        )
    )
    def simulate(
        context: typer.Context,
        drafts: Annotated[list[Path], typer.Argument(metavar="DRAFT…", help=_("rule files of drafts"))],
        events: Annotated[
            Path | None,
            typer.Option(
                help=_("events, one CloudEvent in JSON a line; without it those that the database keeps")
            ),
        ] = None,
        roll: Annotated[
            list[Path] | None,
            typer.Option(help=_("a roll (CSV) whose members are known as well, may be repeated")),
        ] = None,
        since: Annotated[
            str | None, typer.Option("--from", help=_("first day to replay, such as 2026-01-01"))
        ] = None,
        until: Annotated[str | None, typer.Option(help=_("last day to replay, such as 2026-12-31"))] = None,
        what_if: Annotated[
            str | None,
            typer.Option(
                "--what-if",
                metavar="PARAM=A..B:STEP",
                help=_("try a parameter of a draft over a range, such as amount=10000..30000:5000"),
            ),
        ] = None,
        backdate: Annotated[
            bool,
            typer.Option(
                "--backdate", help=_("treat the drafts as if they had been in force on every day replayed")
            ),
        ] = False,
        budget: Annotated[
            list[str] | None,
            typer.Option(
                metavar="NAME=FEN", help=_("a budget's amount for this simulation, may be repeated")
            ),
        ] = None,
        html: Annotated[
            Path | None, typer.Option(help=_("write a picture: one HTML file that opens without a network"))
        ] = None,
        folders: Annotated[
            list[Path] | None, typer.Option("--rules", help=_("a folder with more rules, may be repeated"))
        ] = None,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from yihui.files.whole_files import check_output_not_input, check_output_path, write_atomically
        from yihui.runtime.arguments import parse_day
        from yihui.runtime.errors import EXIT_FINDINGS, fault_line
        from yihui.services.simulation import SimulationRequest, run_simulation
        from yihui.services.simulation_report import build_simulation_report
        from yihui.services.simulation_sources import parse_budgets
        from yihui.views.simulation import simulation_report_lines

        wiring: Wiring = context.obj
        if html is not None:
            check_output_path(html)  # check before the replay, which may take minutes
            check_output_not_input(html, events, *drafts, *(roll or ()))
        order = SimulationRequest(
            drafts=tuple(drafts),
            folders=tuple(folders or ()),
            events=events,
            rolls=tuple(roll or ()),
            since=parse_day(since, "--from") if since else None,
            until=parse_day(until, "--until") if until else None,
            what_if=what_if,
            backdate=backdate,
            budgets=parse_budgets(budget or ()),
        )
        done = run_simulation(wiring, order)
        told = build_simulation_report(done)
        faults = [fault_line(fault, wiring.language) for fault in done.replay.faults]
        if json_:
            content = {**told.as_json(), "errors": [line.as_json() for line in faults]}
            typer.echo(json.dumps(content, ensure_ascii=False))
        else:
            for text in simulation_report_lines(told, wiring.language):
                typer.echo(text)
        if html is not None:
            from yihui.views.simulation_page import render_simulation_page

            write_atomically(html, render_simulation_page(told, wiring.language, wiring.now()))
            typer.echo(wiring.render(N_("picture: {file}"), file=html), err=True)
        for line in faults[:_SHOWN_FAULTS]:
            typer.echo(line.text(), err=True)
        if done.replay.faulty > _SHOWN_FAULTS:
            text = N_("faulty events in all: {count}")
            typer.echo(wiring.render(text, count=f"{done.replay.faulty:,}"), err=True)
        if done.replay.faulty:
            raise typer.Exit(EXIT_FINDINGS)
