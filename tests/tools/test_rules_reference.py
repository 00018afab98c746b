"""The page of all keys of a rule file agrees with the models, and its examples are valid rules."""

from pathlib import Path

import pytest

from tools.rules_reference import EXAMPLES_FOLDER, render_page
from yihui.bootstrap import Settings, build_wiring
from yihui.runtime.language import load_language
from yihui.services.rules.lint import lint_paths
from yihui.services.rules.rules import SHIPPED_RULES

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(("lang", "page"), [("en", "rules_reference.md"), ("zh", "rules_reference.zh.md")])
def test_the_page_is_as_generated(lang: str, page: str) -> None:
    assert (DOCS / page).read_text("utf-8") == render_page(load_language(lang))


def test_the_examples_of_the_page_are_valid_rules_without_a_finding() -> None:
    wiring = build_wiring(Settings("unused.db", Path("unused"), (SHIPPED_RULES,)))
    assert lint_paths(wiring, [EXAMPLES_FOLDER]) == []
