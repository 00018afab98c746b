"""yihui relay, yihui worker, yihui topics: send events to the stream's topics, and process them from there."""

import logging
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.options import AsJson, Probes
from yihui.cli.output import emit, print_note, stop_on_signals
from yihui.cli.start_checks import StartChecks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from events.stream.topics import TopicDifference

_SCHEDULE_ENDS_WITHIN_S = 2.0
MAX_PARTITIONS = 10_000  # far more than workers that one database serves
_INSTANCE = re.compile(r"[A-Za-z0-9._-]{1,100}")  # what brokers take as the name of a group's member
top_level = typer.Typer()
app = typer.Typer(no_args_is_help=True)

_Partitions = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=MAX_PARTITIONS,
        envvar="YIHUI_KAFKA_PARTITIONS",
        help=N_(
            "partitions of the topics for incoming events, chosen when they are created (otherwise 8); at most as many workers can share the work"
        ),
    ),
]


@top_level.command()
def relay(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help=N_("exit as soon as nothing waits"))] = False,
    probes: Probes = None,
    json_: AsJson = False,
) -> None:
    from core.status_pages import serve_status_pages
    from yihui.runtime.health.probes import build_probe_pages
    from yihui.services.events.relay import RelayProcess

    wiring: Wiring = context.obj
    chosen_probes = StartChecks.finish_process(context, probes)
    # Open them now, so that their faults are reported before the loop starts.
    assert wiring.access and wiring.database and wiring.library
    # The relay reports the Kafka errors that matter itself.
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    relaying = RelayProcess(wiring)
    stop_on_signals(relaying.stopped)
    if not once:
        pages = build_probe_pages(wiring, alive=relaying.progress.page, uses_brokers=True)
        with serve_status_pages(chosen_probes, pages):
            relaying.run_forever(lambda at_work: _print_state(wiring, at_work))
    elif not relaying.run_once():
        print_note(wiring, N_("another relay is at work; nothing was sent by this one"))
    done = relaying.done
    template = N_("sent: {count}; refused: {refused}")
    line = wiring.render(template, count=sum(done.sent.values()), refused=done.refused)
    emit({"sent": done.sent, "refused": done.refused}, [line], json_)


def _print_state(wiring: Wiring, at_work: bool) -> None:
    working, waiting = (
        N_("sending what waits (stop with Ctrl+C)"),
        N_("another relay is at work; standing by"),
    )
    print_note(wiring, working if at_work else waiting)


def _check_instance(context: typer.Context, name: str | None) -> str | None:
    """Refuse a name that no broker takes. *Raises*: typer.BadParameter."""
    if name is None or _INSTANCE.fullmatch(name):
        return name
    template = N_("“{value}”: write 1 to 100 letters a to z, digits, dots, hyphens and underscores")
    language = context.find_root().obj.language
    raise typer.BadParameter(language.render(template, value=name))


@top_level.command()
def worker(
    context: typer.Context,
    instance: Annotated[
        str | None,
        typer.Option(
            envvar="YIHUI_WORKER_INSTANCE",
            callback=_check_instance,
            help=N_("a name for this process, which keeps its partitions while it restarts"),
        ),
    ] = None,
    probes: Probes = None,
    patience: Annotated[
        float,
        typer.Option(
            min=1,
            help=N_(
                "seconds without progress after which the worker exits, to be started again by its supervisor"
            ),
        ),
    ] = 120.0,
) -> None:
    from events.stream.worker import WorkerOptions, check_event_topics, run_worker
    from yihui.runtime.health.probes import build_probe_pages
    from yihui.services.events.schedule import schedule_beside

    wiring: Wiring = context.obj
    chosen_probes = StartChecks.finish_process(context, probes)
    access = wiring.access
    check_event_topics(access)
    if wiring.database.is_sqlite:
        print_note(wiring, N_("SQLite has one writer at a time: more workers won't be faster"))
    print_note(wiring, N_("handling what comes (stop with Ctrl+C)"))
    pages = build_probe_pages(wiring, uses_brokers=True)
    options = WorkerOptions(instance, chosen_probes, patience, wiring.metrics, pages)
    with schedule_beside(wiring, within_s=_SCHEDULE_ENDS_WITHIN_S):
        code = run_worker(access, wiring.runner, options)
    raise typer.Exit(code)


@app.command(help=N_("Create the topics that are missing and correct their settings; may be repeated."))
def apply(
    context: typer.Context,
    partitions: _Partitions = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=N_("only show what would be done"))] = False,
    json_: AsJson = False,
) -> None:
    from events.stream import administration
    from events.stream.topics import DEFAULT_PARTITIONS
    from yihui.views.topics import topic_change_row

    wiring: Wiring = context.obj
    act = administration.plan_topic_changes if dry_run else administration.apply_topic_changes
    differences = act(wiring.access, partitions or DEFAULT_PARTITIONS)
    emit([topic_change_row(each) for each in differences], _change_lines(wiring, differences), json_)


def _change_lines(wiring: Wiring, differences: "Sequence[TopicDifference]") -> Iterator[str]:
    from yihui.views.topics import topic_change_line

    for each in differences:
        yield topic_change_line(each, wiring.language)
    if not differences:
        yield wiring.render(N_("the topics are as declared"))


@app.command("list", help=N_("List the declared topics and their state."))
def list_(context: typer.Context, partitions: _Partitions = None, json_: AsJson = False) -> None:
    from events.stream.administration import fetch_topics_state
    from events.stream.topics import DEFAULT_PARTITIONS
    from yihui.views.topics import topic_state_lines, topic_state_rows

    wiring: Wiring = context.obj
    state = fetch_topics_state(wiring.access, partitions or DEFAULT_PARTITIONS)
    emit(list(topic_state_rows(state)), topic_state_lines(state, wiring.language), json_)
