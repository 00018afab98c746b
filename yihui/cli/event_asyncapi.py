"""yihui events asyncapi: the AsyncAPI document of the Kafka topics, for systems that connect to Yihui."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer


def add_commands(app: typer.Typer, _: Callable[[str], str]) -> None:
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
