"""yihui reminders: what waits to be sent to members, what failed, and send it now."""

from dataclasses import asdict
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.options import AsJson
from yihui.cli.output import emit, print_note, refuse_usage

app = typer.Typer(no_args_is_help=True)


@app.command("list", help=N_("List reminders that wait or failed, the newest first, and count all."))
def list_(
    context: typer.Context,
    state: Annotated[
        list[str] | None,
        typer.Option(
            help=N_("only these: waiting, given_up, sent or dropped; may be repeated"), metavar="STATE"
        ),
    ] = None,
    limit: Annotated[int, typer.Option(help=N_("how many at most"), min=1, max=10_000)] = 100,
    json_: AsJson = False,
) -> None:
    from yihui.services.messages.reminders import count_queued_reminders, list_queued_reminders
    from yihui.views.reminders import REMINDER_STATE_TEXTS, reminder_count_line, reminder_json, reminder_line

    wiring: Wiring = context.obj
    wanted = state or ["waiting", "given_up"]
    if not set(wanted) <= set(REMINDER_STATE_TEXTS):
        refuse_usage(wiring, N_("choose waiting, given_up, sent or dropped"), option="--state")
    found, counts = list_queued_reminders(wiring, wanted, limit), count_queued_reminders(wiring)
    lines = [reminder_line(one, wiring.language) for one in found]
    content = {"counts": counts, "reminders": [reminder_json(one) for one in found]}
    emit(content, [*lines, reminder_count_line(counts, wiring.language)], json_)
    if wiring.settings.reminder_sender is None and not json_:
        print_note(wiring, N_("reminders wait: set YIHUI_REMINDER_SENDER; see docs/schedule.md"))


@app.command(help=N_("Let reminders that wait or were given up be tried at once."))
def retry(context: typer.Context, json_: AsJson = False) -> None:
    from yihui.services.messages.reminders import retry_queued_reminders

    number = retry_queued_reminders(context.obj)
    emit(
        {"tried_again": number},
        [context.obj.render(N_("tried again next time: {count}"), count=number)],
        json_,
    )


@app.command(
    help=N_(
        "Store what is due today and send it once; for cron where neither `yihui serve` nor `yihui relay` runs."
    )
)
def send(context: typer.Context, json_: AsJson = False) -> None:
    from yihui.services.messages.reminders import queue_due_reminders, send_due_reminders

    wiring: Wiring = context.obj
    stored, done = queue_due_reminders(wiring), send_due_reminders(wiring)
    line = wiring.render(
        N_("reminders: new {stored}, sent {sent}, not needed {dropped}, failed {failed}"),
        stored=stored,
        **asdict(done),
    )
    emit({"stored": stored, **asdict(done)}, [line], json_)
