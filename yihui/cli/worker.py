"""yihui worker: apply the events of the topics to the ledger."""

from collections.abc import Callable
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring


def add_commands(app: typer.Typer, _: Callable[[str], str]) -> None:
    @app.command(help=_("Handle the events of the topics until it is stopped; start as many as you like."))
    def worker(
        context: typer.Context,
        instance: Annotated[
            str | None,
            typer.Option(
                envvar="YIHUI_WORKER_INSTANCE",
                help=_("a name of its own, which keeps its partitions for it while it is restarted"),
            ),
        ] = None,
        web_port: Annotated[
            int,
            typer.Option(
                min=0,
                max=65535,
                envvar="YIHUI_WORKER_PORT",
                help=_("port on this machine for /livez and /metrics; 0: none"),
            ),
        ] = 0,
        patience: Annotated[
            float,
            typer.Option(
                min=1,
                envvar="YIHUI_WORKER_PATIENCE_S",
                help=_("seconds without progress after which it ends itself, to be started again"),
            ),
        ] = 120.0,
    ) -> None:
        from events.stream.worker import WorkerOptions, check_event_topics, run_worker

        wiring: Wiring = context.obj
        access = wiring.access
        check_event_topics(access)
        if wiring.database.is_sqlite:
            typer.echo(
                wiring.render(N_("SQLite has one writer at a time: more workers won't be faster")), err=True
            )
        typer.echo(wiring.render(N_("handling what comes (stop with Ctrl+C)")), err=True)
        pages = {"/metrics": wiring.metrics.http_page}
        options = WorkerOptions(instance, web_port, patience, wiring.metrics, pages)
        raise typer.Exit(run_worker(access, wiring.runner, options))
