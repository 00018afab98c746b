"""Write the page of all commands: ``python -m tools.commands`` writes build/commands.md, which wheels hold.

The texts are those of ``yihui --lang en … --help``. Hidden commands and options are left out.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import typer
from typer.core import TyperArgument, TyperGroup, TyperOption
from typer.main import get_group

from yihui.cli import build_app

PAGE = Path(__file__).parents[1] / "build" / "commands.md"
HEAD = """\
# Commands

The texts are those of `yihui --lang en … --help`. Without `--lang` the locale decides the language; if it names neither Chinese nor English, the language is Chinese. Every command takes `--help`; `--db` and `--lang` may stand at any position. `{NAME}` is required, `[NAME]` may be left out.
"""


def render_page(program: TyperGroup) -> str:
    """Render the page: a list of links, then one section for each command, in the order of ``--help``."""
    root = typer.Context(program, info_name="yihui")
    return "\n".join([HEAD, _render_links(root), *map(_render_section, walk_commands(root))])


def walk_commands(context: typer.Context) -> Iterator[typer.Context]:
    """Yield the context of a command and of each visible command below it."""
    yield context
    for below in _list_subcommands(context):
        yield from walk_commands(below)


def _list_subcommands(context: typer.Context) -> list[typer.Context]:
    if not isinstance(context.command, TyperGroup):
        return []
    commands = context.command.commands.items()
    return [typer.Context(c, info_name=name, parent=context) for name, c in commands if not c.hidden]


def _render_links(root: typer.Context) -> str:
    """Render one link for each command and each group at the top level."""
    names = [context.info_name for context in _list_subcommands(root)]
    return " · ".join(f"[{name}](#yihui-{name})" for name in names) + "\n"


def _render_section(context: typer.Context) -> str:
    path = context.command_path
    heading = "#" * (2 + path.count(" "))
    usage = " ".join([path, *context.command.collect_usage_pieces(context)])
    parts = [f"{heading} {path}", context.command.help or "", f"`{usage}`", _render_parameters(context)]
    return "\n\n".join(filter(None, parts)) + "\n"


def _render_parameters(context: typer.Context) -> str:
    """Render one list item for each argument and option: its form, its help and its default."""
    parameters = [p for p in context.command.params if isinstance(p, TyperArgument | TyperOption)]
    records = [record for p in parameters if (record := p.get_help_record(context))]
    return "\n".join(f"- `{form}`: {text}" for form, text in records)


def main() -> None:
    """Write the page."""
    os.environ["LANGUAGE"] = "en"  # typer's own texts
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(render_page(get_group(build_app())), "utf-8")


if __name__ == "__main__":
    main()
