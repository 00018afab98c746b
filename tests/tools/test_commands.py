"""The page of all commands, which wheels hold: what the command line says of itself."""

from collections.abc import Iterator
from typing import Any

import pytest
from typer.core import TyperGroup
from typer.main import get_group

from tools.commands import render_page
from yihui.cli import build_app


def commands_below(group: TyperGroup, path: str) -> Iterator[tuple[str, Any]]:
    """The path of every command below a group, and the command."""
    for name, command in group.commands.items():
        yield f"{path} {name}", command
        if isinstance(command, TyperGroup):
            yield from commands_below(command, f"{path} {name}")


@pytest.fixture(scope="module")
def program() -> TyperGroup:
    return get_group(build_app())


@pytest.fixture(scope="module")
def page(program: TyperGroup) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LANGUAGE", "en")  # typer's own texts
        return render_page(program)


def test_every_visible_command_has_one_section_and_no_hidden_one_has(program: TyperGroup, page: str) -> None:
    headings = [line.lstrip("#").strip() for line in page.splitlines() if line.startswith("##")]
    found = commands_below(program, "yihui")
    assert headings == ["yihui", *(path for path, command in found if not command.hidden)]
