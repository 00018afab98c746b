"""yihui events publish: send a file of events straight to the topics."""

import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.faults import Fault, FaultError
from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.runtime.errors import EXIT_FINDINGS, fault_line

if TYPE_CHECKING:
    from events.stream.publishing import FilePublisher, PublishedWindow


def add_commands(app: typer.Typer, _: Callable[[str], str]) -> None:
    """Add the `publish` command."""

    @app.command(
        help=_(
            "Send a file of events straight to the topics; faulty lines are told and left out. "
            "Stopped, it goes on where it was."
        )
    )
    def publish(
        context: typer.Context,
        file: Annotated[
            Path, typer.Argument(help=_("events, one CloudEvent in JSON a line; - reads standard input"))
        ],
        from_start: Annotated[
            bool, typer.Option("--from-start", help=_("send all of it, whatever was sent before"))
        ] = False,
        dry_run: Annotated[bool, typer.Option("--dry-run", help=_("check the lines; send nothing"))] = False,
        json_: Annotated[
            bool, typer.Option("--json", help=_("print JSON: a line for each faulty one, then the sum"))
        ] = False,
    ) -> None:
        logging.getLogger("kafka").setLevel(logging.CRITICAL)  # we report its relevant errors ourselves
        wiring: Wiring = context.obj
        name = file.name if str(file) != "-" else "-"
        sent = rejected = 0
        with _published_windows(wiring, file, from_start, dry_run) as steps:
            for step in steps:
                sent, rejected = sent + step.sent, rejected + len(step.faults)
                _print_faults(wiring, step, name, json_)
        _print_counts(wiring, sent, rejected, dry_run, json_, keeps_place=name != "-")


@contextmanager
def _published_windows(
    wiring: Wiring, file: Path, from_start: bool, dry_run: bool
) -> "Iterator[Iterator[PublishedWindow]]":
    """Yield the windows as they are published. *Raises*: NoStream; FaultError for an empty file; OSError."""
    from events.stream.access import StreamAccess
    from events.stream.producer import Producer
    from events.stream.publishing import FilePublisher

    access = StreamAccess("") if dry_run else wiring.access
    producer = Producer(access)
    with nullcontext() if dry_run else closing(producer):
        publishing = FilePublisher(access, None if dry_run else producer, wiring.now)
        if str(file) == "-":
            yield publishing.publish_stream(sys.stdin.buffer)
        else:
            yield _windows_of_file(wiring, publishing, file, from_start)


def _windows_of_file(
    wiring: Wiring, publishing: "FilePublisher", file: Path, from_start: bool
) -> "Iterator[PublishedWindow]":
    from yihui.runtime.progress import show_progress

    size = file.stat().st_size
    if not size:
        raise FaultError([_empty(file)])
    with show_progress(wiring.render(N_("sending events")), size) as advance:
        if publishing.carrier is None:
            with file.open("rb") as opened:
                for step in publishing.publish_stream(opened):
                    yield step
                    advance(step.position)
            return
        for step in publishing.publish_file(file, wiring.database, from_start=from_start):
            yield step
            advance(step.position)


def _empty(file: Path) -> Fault:
    return Fault(
        N_("the file is empty"), N_("write one CloudEvent in JSON on each line"), file=file.name, value=""
    )


def _print_faults(wiring: Wiring, step: "PublishedWindow", name: str, as_json: bool) -> None:
    for row, faults in step.faults:
        lines = [fault_line(fault.at(file=name, row=row), wiring.language) for fault in faults]
        if as_json:
            errors = [line.as_json() for line in lines]
            typer.echo(json.dumps({"row": row, "errors": errors}, ensure_ascii=False))
            continue
        for line in lines:
            typer.echo(line.text(), err=True)


def _print_counts(
    wiring: Wiring, sent: int, rejected: int, dry_run: bool, as_json: bool, *, keeps_place: bool
) -> None:
    """Print the counts of sent and rejected lines. *Raises*: typer.Exit if a line was rejected."""
    if as_json:
        typer.echo(json.dumps({"good" if dry_run else "sent": sent, "rejected": rejected}))
    elif dry_run:
        typer.echo(
            wiring.render(N_("good lines: {count}; faulty: {rejected}"), count=sent, rejected=rejected)
        )
    elif sent or rejected or not keeps_place:
        typer.echo(wiring.render(N_("sent: {count}; left out: {rejected}"), count=sent, rejected=rejected))
    else:
        typer.echo(wiring.render(N_("all of it was sent before; --from-start sends it again")))
    if rejected:
        raise typer.Exit(EXIT_FINDINGS)
