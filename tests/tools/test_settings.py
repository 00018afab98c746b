"""The page of the settings is that of the program."""

from pathlib import Path

from tools.settings import render_page

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def test_the_page_is_that_of_the_program() -> None:
    assert PAGE.read_text("utf-8") == render_page(), "run: python -m tools.settings > docs/settings.md"
