"""yihui settings: what this process is set to, and from where."""

import os
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.options import AsJson
from yihui.cli.output import emit

top_level = typer.Typer()


@top_level.command()
def settings(
    context: typer.Context,
    all_: Annotated[bool, typer.Option("--all", help=N_("show those that are not set, too"))] = False,
    json_: AsJson = False,
) -> None:
    from yihui.runtime.setting_sources import read_given_settings
    from yihui.views.settings import build_setting_rows, render_setting_lines

    wiring: Wiring = context.obj
    given = read_given_settings(os.environ)
    typed = context.find_root().params.get("db") not in (None, os.environ.get("YIHUI_DATABASE_URL"))
    rows = build_setting_rows(given, wiring.settings, is_database_typed=typed, all_settings=all_)
    emit(rows, render_setting_lines(rows, wiring.language), json_)
