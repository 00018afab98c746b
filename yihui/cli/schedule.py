"""yihui schedule: what the calendar brings, as events."""

from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.options import AsJson, Probes
from yihui.cli.output import emit, print_note, stop_on_signals
from yihui.cli.start_checks import StartChecks

app = typer.Typer(no_args_is_help=True)


@app.command("list", help=N_("List the jobs of the schedule and how far each has come."))
def list_(context: typer.Context, json_: AsJson = False) -> None:
    from yihui.services.events.schedule import list_jobs
    from yihui.views.schedule import job_lines

    wiring: Wiring = context.obj
    jobs = list_jobs(wiring)
    emit(jobs, job_lines(jobs, wiring.language), json_)


@app.command(
    help=N_(
        "Publish what the calendar brings, each event once, day by day from the last complete day on. May be repeated."
    )
)
def run(
    context: typer.Context,
    until: Annotated[
        str | None, typer.Option(help=N_("the last day; otherwise today"), metavar="DATE")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--from", help=N_("go over the days again from this one, for late entries"), metavar="DATE"
        ),
    ] = None,
    job: Annotated[
        list[str] | None, typer.Option(help=N_("only this job, may be repeated"), metavar="JOB")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=N_("only show what would be done"))] = False,
    json_: AsJson = False,
) -> None:
    from yihui.runtime.arguments import parse_day
    from yihui.services.events.schedule import ScheduleOrder, run_schedule
    from yihui.views.schedule import result_lines

    wiring: Wiring = context.obj
    order = ScheduleOrder(
        until=parse_day(until, "--until") if until else None,
        since=parse_day(since, "--from") if since else None,
        jobs=tuple(job or ()),
        dry_run=dry_run,
    )
    results = run_schedule(wiring, order)
    emit(results, result_lines(results, wiring.language, dry_run=dry_run), json_)
    if not dry_run and any(result.published for result in results):
        print_note(wiring, N_("“yihui run” processes the events; a site or a relay takes them by itself"))


@app.command(
    help=N_("Publish what the calendar brings, every minute until stopped; one process for each database.")
)
def follow(context: typer.Context, probes: Probes = None) -> None:
    from core.status_pages import serve_status_pages
    from yihui.runtime.health.probes import build_probe_pages
    from yihui.services.events.schedule import ScheduleProcess

    wiring: Wiring = context.obj
    chosen_probes = StartChecks.finish_process(context, probes)
    following = ScheduleProcess(wiring)
    stop_on_signals(following.stopped)
    with serve_status_pages(chosen_probes, build_probe_pages(wiring, alive=following.progress.page)):
        following.run_forever(lambda: print_note(wiring, N_("following the calendar (stop with Ctrl+C)")))
