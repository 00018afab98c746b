"""yihui run, yihui events: process events, publish and replay them, and manage dead letters."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.faults import Fault, FaultError
from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli import dead_letters, event_publish, event_replay
from yihui.cli.event_tally import print_outcomes, sum_outcomes
from yihui.services.sealing import seal_after_batches, seal_pending
from yihui.services.upkeep import run_upkeep

if TYPE_CHECKING:
    from events import RunTally


def _add_asyncapi(app: typer.Typer, _: Callable[[str], str]) -> None:
    """Add the `asyncapi` command."""

    @app.command(help=_("Print the AsyncAPI document of topics and events, made from the catalogue."))
    def asyncapi(
        out: Annotated[Path | None, typer.Option(help=_("write it to this file"), metavar="FILE")] = None,
    ) -> None:
        from importlib.metadata import version

        from events.stream.asyncapi import build_asyncapi as document

        text = json.dumps(document(version("yihui")), ensure_ascii=False, indent=2) + "\n"
        if out is None:
            typer.echo(text, nl=False)
        else:
            out.write_text(text, encoding="utf-8")


def add_run_command(app: typer.Typer, _: Callable[[str], str]) -> None:
    """Add the `run` command."""

    @app.command(
        "run", help=_("Handle events from a file, standard input (-) or what waits in the database.")
    )
    def run(
        context: typer.Context,
        file: Annotated[
            Path | None,
            typer.Argument(help=_("events, one CloudEvent in JSON a line; - reads standard input")),
        ] = None,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        wiring: Wiring = context.obj
        if file is None:
            tally = sum_outcomes(seal_after_batches(wiring, wiring.runner.run_ingress()))
        elif str(file) == "-":
            tally = sum_outcomes(seal_after_batches(wiring, wiring.runner.run_stream(sys.stdin.buffer, "-")))
        else:
            tally = _run_file(wiring, file)
        run_upkeep(wiring)
        seal_pending(wiring)
        print_outcomes(wiring, tally, json_)


def build_commands(_: Callable[[str], str]) -> typer.Typer:
    """Build the `events` command group."""
    app = typer.Typer(help=_("Events: replay them, look at dead letters."), no_args_is_help=True)

    event_publish.add_commands(app, _)
    event_replay.add_commands(app, _)
    app.add_typer(dead_letters.build_commands(_), name="dead-letters")
    _add_asyncapi(app, _)

    @app.command(help=_("List the types of events, the version of each and its fields."))
    def types(
        context: typer.Context,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON Schemas"))] = False,
    ) -> None:
        from events.catalogue import event_types
        from events.versions import build_dataschema

        if json_:
            schemas = {
                kind: {"$id": build_dataschema(kind, of.version), **of.model.model_json_schema()}
                for kind, of in event_types().items()
            }
            typer.echo(json.dumps(schemas, ensure_ascii=False, indent=2))
            return
        for kind, of in event_types().items():
            fields = (
                f"{name}{'' if field.is_required() else '?'}" for name, field in of.model.model_fields.items()
            )
            typer.echo(f"{kind:28} v{of.version}  {', '.join(fields)}")

    return app


def _run_file(wiring: Wiring, file: Path) -> "RunTally":
    from events import RunTally
    from yihui.runtime.progress import show_progress

    if not file.stat().st_size:
        raise FaultError([_empty(file)])
    tally = RunTally()
    with show_progress(wiring.render("handling events"), file.stat().st_size) as advance:
        for position, batch in seal_after_batches(wiring, wiring.runner.run_file(file)):
            tally.add(batch)
            advance(position)
    return tally


def _empty(file: Path) -> Fault:
    return Fault(
        N_("the file is empty"), N_("write one CloudEvent in JSON on each line"), file=file.name, value=""
    )
