"""docs/commands.md is what the command line says of itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_group

from tools.commands import render_page
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
def program() -> TyperGroup:
    return get_group(build_app())


@pytest.fixture(scope="module")
def headings() -> list[str]:
    lines = PAGE.read_text("utf-8").splitlines()
    return [line.lstrip("#").strip() for line in lines if line.startswith("##")]


def test_the_page_is_what_the_generator_prints(program: TyperGroup, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "en")  # typer's own texts
    assert render_page(program) == PAGE.read_text("utf-8"), "run: python -m tools.commands > docs/commands.md"


def test_every_visible_command_has_one_section_and_no_hidden_one_has(
    program: TyperGroup, headings: list[str]
) -> None:
    found = list(paths_below(program, "yihui"))
    assert len(found) > 100
    assert headings == ["yihui", *(path for path, hidden in found if not hidden)]


def test_a_section_names_an_argument_an_option_its_default_and_its_setting() -> None:
    page = PAGE.read_text("utf-8")
    section = page.partition("#### yihui stations nearest\n")[2].partition("\n#### ")[0]
    assert "- `LON <str>`: longitude" in section
    assert "- `-k <int range>`: how many  [default: 5; 1<=x<=1000]" in section
    assert "[env var: YIHUI_ROUTING]" in section
