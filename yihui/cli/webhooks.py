"""yihui webhooks: add and remove receivers, show their deliveries, and retry them."""

from dataclasses import asdict
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.options import AsJson
from yihui.cli.output import emit, exit_on_findings, print_message, print_note, refuse_usage

app = typer.Typer(no_args_is_help=True)

_Webhook = Annotated[str, typer.Argument(help=N_("the webhook's id"), metavar="ID")]


@app.command(help=N_("Add a receiver, which is notified from now on. Its secret is shown once."))
def add(
    context: typer.Context,
    url: Annotated[
        str, typer.Argument(help=N_("https:// address; http:// for 127.0.0.1 only"), metavar="URL")
    ],
    type_: Annotated[
        list[str] | None,
        typer.Option("--type", help=N_("notify only of this type of event; may be repeated"), metavar="TYPE"),
    ] = None,
    private: Annotated[
        bool, typer.Option("--private", help=N_("the address may lie in a private network"))
    ] = False,
    json_: AsJson = False,
) -> None:
    from yihui.services.events.webhook_receivers import add_receiver

    wiring: Wiring = context.obj
    new = add_receiver(wiring, url, type_ or [], private=private)
    lines = [
        wiring.render(N_("webhook {id}: {url}"), id=new.webhook.id, url=new.webhook.url),
        wiring.render(N_("secret: {secret}"), secret=new.secret),
    ]
    emit({**asdict(new.webhook), "secret": new.secret}, lines, json_)
    if not json_:
        print_note(wiring, N_("give it to the receiver now: it is not shown again"))


@app.command(help=N_("Remove a receiver and its deliveries."))
def remove(context: typer.Context, webhook: _Webhook) -> None:
    from yihui.services.events.webhook_receivers import remove_receiver

    remove_receiver(context.obj, webhook)
    print_message(context.obj, N_("webhook {id} is forgotten"), id=webhook)


@app.command("list", help=N_("List all receivers and their state; secrets can't be shown."))
def list_(context: typer.Context, json_: AsJson = False) -> None:
    from yihui.services.events.webhook_receivers import list_receivers
    from yihui.views.webhooks import receiver_json, receiver_line

    wiring: Wiring = context.obj
    found, counts = list_receivers(wiring)
    lines = (receiver_line(one, counts, wiring.language) for one in found)
    emit([receiver_json(one, counts) for one in found], lines, json_)
    if not (found or json_):
        print_note(wiring, N_("no webhook yet: yihui webhooks add"))


@app.command(help=N_("List the deliveries: made, waiting or given up, the latest first."))
def deliveries(
    context: typer.Context,
    webhook: Annotated[str | None, typer.Argument(help=N_("the webhook's id"), metavar="ID")] = None,
    state: Annotated[
        str | None, typer.Option(help=N_("only these: waiting, delivered or given_up"), metavar="STATE")
    ] = None,
    limit: Annotated[int, typer.Option(help=N_("how many at most"), min=1, max=10_000)] = 100,
    json_: AsJson = False,
) -> None:
    from yihui.services.events.webhook_receivers import list_deliveries
    from yihui.views.webhooks import DELIVERY_STATE_TEXTS, delivery_line

    wiring: Wiring = context.obj
    if state is not None and state not in DELIVERY_STATE_TEXTS:
        refuse_usage(wiring, N_("choose waiting, delivered or given_up"), option="--state")
    found = list_deliveries(wiring, webhook, state, limit)
    emit(found, (delivery_line(one, wiring.language) for one in found), json_)
    if not (found or json_):
        print_note(wiring, N_("nothing to tell yet"))


@app.command(help=N_("Send waiting and given-up deliveries again at once, also to a receiver that was gone."))
def retry(context: typer.Context, webhook: _Webhook, json_: AsJson = False) -> None:
    from yihui.services.events.webhook_receivers import retry_receiver

    number = retry_receiver(context.obj, webhook)
    line = context.obj.render(N_("tried again next time: {count}"), count=number)
    emit({"webhook": webhook, "tried_again": number}, [line], json_)


@app.command(
    help=N_("Send one signed trial event, of type yihui.webhook_tested, and show the receiver's answer.")
)
def test(context: typer.Context, webhook: _Webhook, json_: AsJson = False) -> None:
    from yihui.services.events.webhook_receivers import send_trial_event
    from yihui.views.webhooks import delivery_result_text

    wiring: Wiring = context.obj
    result = send_trial_event(wiring, webhook)
    content = {
        "webhook": webhook,
        "status": result.status,
        "fault": result.fault,
        "taken": result.is_accepted,
    }
    accepted, refused = N_("the receiver took it: {answer}"), N_("the receiver didn't take it: {answer}")
    answer = delivery_result_text(result, wiring.language)
    emit(content, [wiring.render(accepted if result.is_accepted else refused, answer=answer)], json_)
    exit_on_findings(not result.is_accepted)


@app.command(
    help=N_(
        "Send all due events to the receivers once; for cron where neither `yihui serve` nor `yihui relay` runs."
    )
)
def deliver(context: typer.Context, json_: AsJson = False) -> None:
    from yihui.services.events.webhooks import deliver_due_webhooks

    number = deliver_due_webhooks(context.obj)
    emit({"delivered": number}, [context.obj.render(N_("told: {count}"), count=number)], json_)
