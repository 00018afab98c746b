"""yihui relay: send accepted events from the database to the topics, and run the daily jobs."""

import json
import logging
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring

if TYPE_CHECKING:
    from yihui.services.relay import RelayProcess


def add_commands(app: typer.Typer, _: Callable[[str], str]) -> None:
    @app.command(
        help=_("Send what was accepted to its topics, and what the ledger tells; does what days bring.")
    )
    def relay(
        context: typer.Context,
        once: Annotated[bool, typer.Option("--once", help=_("end as soon as nothing waits"))] = False,
        web_port: Annotated[
            int,
            typer.Option(
                min=0,
                max=65535,
                envvar="YIHUI_RELAY_PORT",
                help=_("port on this machine for /metrics; 0: none"),
            ),
        ] = 0,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from events.stream.liveness import serve_pages
        from yihui.services.relay import RelayProcess

        wiring: Wiring = context.obj
        assert (
            wiring.access and wiring.database and wiring.library
        )  # open them now, so that their faults are reported before the loop starts
        logging.getLogger("kafka").setLevel(
            logging.CRITICAL
        )  # the relay reports the Kafka errors that matter itself
        relaying = RelayProcess(wiring)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: relaying.stopped.set())
        if not once:
            with serve_pages(web_port, {"/metrics": wiring.metrics.http_page}):
                relaying.run_forever(lambda at_work: _print_state(wiring, at_work))
        elif not relaying.run_once():
            typer.echo(wiring.render(N_("another relay is at work; nothing was sent by this one")), err=True)
        _print_totals(wiring, relaying, json_)


def _print_state(wiring: Wiring, at_work: bool) -> None:
    said = (
        N_("sending what waits (stop with Ctrl+C)")
        if at_work
        else N_("another relay is at work; standing by")
    )
    typer.echo(wiring.render(said), err=True)


def _print_totals(wiring: Wiring, relaying: "RelayProcess", as_json: bool) -> None:
    done = relaying.done
    if as_json:
        typer.echo(json.dumps({"sent": done.sent, "refused": done.refused}))
        return
    typer.echo(
        wiring.render(
            N_("sent: {count}; refused: {refused}"), count=sum(done.sent.values()), refused=done.refused
        )
    )
