"""docs/commands.md is what the command line says of itself."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_group

from yihui.cli import build_app

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "commands.md"


def paths_below(group: TyperGroup, path: str) -> Iterator[tuple[str, bool]]:
    """The path of every command below a group, and whether it is hidden."""
    for name, command in group.commands.items():
        yield f"{path} {name}", command.hidden
        if isinstance(command, TyperGroup):
            yield from paths_below(command, f"{path} {name}")


@pytest.fixture(scope="module")
def headings() -> list[str]:
    lines = PAGE.read_text("utf-8").splitlines()
    return [line.lstrip("#").strip() for line in lines if line.startswith("##")]


def test_the_page_is_what_the_generator_prints() -> None:
    """In a process of its own: the command line sets the process's language."""
    done = subprocess.run(
        [sys.executable, "-m", "tools.commands"],
        cwd=ROOT,
        env={**os.environ, "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert done.stdout == PAGE.read_text("utf-8"), "run: python -m tools.commands > docs/commands.md"


def test_every_visible_command_has_one_section_and_no_hidden_one_has(headings: list[str]) -> None:
    found = list(paths_below(get_group(build_app()), "yihui"))
    assert len(found) > 100
    assert headings == ["yihui", *(path for path, hidden in found if not hidden)]


def test_a_section_names_an_argument_an_option_its_default_and_its_setting() -> None:
    page = PAGE.read_text("utf-8")
    section = page.partition("#### yihui stations nearest\n")[2].partition("\n#### ")[0]
    assert "- `LON <str>`: longitude" in section
    assert "- `-k <int range>`: how many  [default: 5; 1<=x<=1000]" in section
    assert "[env var: YIHUI_ROUTING]" in section
