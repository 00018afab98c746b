"""yihui topics: create the stream's topics and compare them with the table that declares them."""

import json
from collections.abc import Callable
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring


def build_commands(_: Callable[[str], str]) -> typer.Typer:
    app = typer.Typer(help=_("The stream's topics: make them, compare them."), no_args_is_help=True)
    how_many = typer.Option(
        min=1,
        envvar="YIHUI_KAFKA_PARTITIONS",
        help=_(
            "partitions of the events in, chosen when they are first made (otherwise 8); no more workers share them"
        ),
    )

    @app.command(help=_("Make the topics that are missing and put settings right; may be repeated."))
    def apply(
        context: typer.Context,
        partitions: Annotated[int | None, how_many] = None,
        dry_run: Annotated[bool, typer.Option("--dry-run", help=_("only say what would be done"))] = False,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from events.stream import administration
        from events.stream.topics import DEFAULT_PARTITIONS
        from yihui.views.topics import topic_change_line, topic_change_row

        wiring: Wiring = context.obj
        act = administration.plan_topic_changes if dry_run else administration.apply_topic_changes
        differences = act(wiring.access, partitions or DEFAULT_PARTITIONS)
        if json_:
            typer.echo(json.dumps([topic_change_row(each) for each in differences], ensure_ascii=False))
            return
        for each in differences:
            typer.echo(topic_change_line(each, wiring.language))
        if not differences:
            typer.echo(wiring.render(N_("the topics are as declared")))

    @app.command("list", help=_("The topics that are declared, and how they stand."))
    def list_(
        context: typer.Context,
        partitions: Annotated[int | None, how_many] = None,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from events.stream.administration import fetch_topics_state
        from events.stream.topics import DEFAULT_PARTITIONS
        from yihui.views.topics import topic_state_lines, topic_state_rows

        wiring: Wiring = context.obj
        standing = fetch_topics_state(wiring.access, partitions or DEFAULT_PARTITIONS)
        if json_:
            typer.echo(json.dumps(list(topic_state_rows(standing)), ensure_ascii=False))
            return
        for line in topic_state_lines(standing, wiring.language):
            typer.echo(line)

    return app
