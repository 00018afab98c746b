"""yihui webhooks: add and remove receivers, show their deliveries, and retry them."""

from collections.abc import Callable
from typing import Annotated

import typer

Translator = Callable[[str], str]


def build_commands(_: Translator) -> typer.Typer:
    app = typer.Typer(
        help=_("Webhooks: tell other apps what was granted, refused, used and so on."), no_args_is_help=True
    )
    _add_receivers(app, _)
    _add_listing(app, _)
    _add_delivery(app, _)
    return app


def _add_receivers(app: typer.Typer, _: Translator) -> None:
    @app.command(help=_("Add a receiver; it is told what happens from now on. Its secret is shown once."))
    def add(
        context: typer.Context,
        url: Annotated[
            str, typer.Argument(help=_("https:// address; http:// for 127.0.0.1 only"), metavar="URL")
        ],
        type_: Annotated[
            list[str] | None,
            typer.Option("--type", help=_("tell only this type of event; may be repeated"), metavar="TYPE"),
        ] = None,
        private: Annotated[
            bool, typer.Option("--private", help=_("the address may lie in a private network"))
        ] = False,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from yihui.cli.webhook_output import add_receiver

        add_receiver(context.obj, url, type_ or [], private=private, as_json=json_)

    @app.command(help=_("Forget a receiver and what it was told."))
    def remove(
        context: typer.Context,
        webhook: Annotated[str, typer.Argument(help=_("the webhook's id"), metavar="ID")],
    ) -> None:
        from yihui.cli.webhook_output import remove_receiver

        remove_receiver(context.obj, webhook)


def _add_listing(app: typer.Typer, _: Translator) -> None:
    @app.command("list", help=_("All receivers and how they stand; secrets can't be shown."))
    def list_(
        context: typer.Context,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from yihui.cli.webhook_output import print_receivers

        print_receivers(context.obj, as_json=json_)

    @app.command(help=_("What was told, waits or was given up, the latest first."))
    def deliveries(
        context: typer.Context,
        webhook: Annotated[str | None, typer.Argument(help=_("the webhook's id"), metavar="ID")] = None,
        state: Annotated[
            str | None, typer.Option(help=_("only these: waiting, delivered or given_up"), metavar="STATE")
        ] = None,
        limit: Annotated[int, typer.Option(help=_("how many at most"), min=1, max=10_000)] = 100,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from yihui.cli.webhook_output import DELIVERY_STATE_TEXTS, print_deliveries

        if state is not None and state not in DELIVERY_STATE_TEXTS:
            raise typer.BadParameter(_("choose waiting, delivered or given_up"), param_hint="--state")
        print_deliveries(context.obj, webhook, state, limit, as_json=json_)


def _add_delivery(app: typer.Typer, _: Translator) -> None:
    @app.command(help=_("Try again at once what waits or was given up, also of a receiver that was gone."))
    def retry(
        context: typer.Context,
        webhook: Annotated[str, typer.Argument(help=_("the webhook's id"), metavar="ID")],
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from yihui.cli.webhook_output import retry_receiver

        retry_receiver(context.obj, webhook, as_json=json_)

    @app.command(
        help=_("Send one signed trial event, of type yihui.webhook_tested, and say what comes back.")
    )
    def test(
        context: typer.Context,
        webhook: Annotated[str, typer.Argument(help=_("the webhook's id"), metavar="ID")],
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from yihui.cli.webhook_output import test_receiver

        test_receiver(context.obj, webhook, as_json=json_)

    @app.command(
        help=_("Tell all receivers what is due, once; for cron where neither `yihui serve` nor `relay` runs.")
    )
    def deliver(
        context: typer.Context,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from yihui.cli.webhook_output import deliver_due_now

        deliver_due_now(context.obj, as_json=json_)
