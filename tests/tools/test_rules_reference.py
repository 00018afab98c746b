"""The page of all keys of a rule file agrees with the schema, and its examples are valid rules."""

from pathlib import Path

import pytest

from rules.loading.schema import rule_schema
from rules.yaml.rule_text import parse_rule_document
from tools.rules_reference import EXAMPLES_FOLDER, collect_examples, render_page
from yihui.bootstrap import Settings, build_wiring
from yihui.runtime.language import load_language
from yihui.services.rules.lint import lint_paths
from yihui.services.rules.rules import SHIPPED_RULES

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(("lang", "page"), [("en", "rules_reference.md"), ("zh", "rules_reference.zh.md")])
def test_the_page_is_as_generated(lang: str, page: str) -> None:
    assert (DOCS / page).read_text("utf-8") == render_page(load_language(lang))


def test_every_key_of_the_schema_has_an_example_of_at_most_two_lines_that_names_it() -> None:
    schema = rule_schema()
    examples = collect_examples(schema)
    keys = {(model, key) for model, node in schema["$defs"].items() for key in node.get("properties", {})}
    assert keys - examples.keys() == set()
    for model, key in sorted(keys):
        example = examples[model, key]
        assert f"{key}:" in example
        assert len(example.splitlines()) <= 2


def test_the_examples_of_the_page_are_valid_rules_without_a_finding() -> None:
    wiring = build_wiring(Settings("unused.db", Path("unused"), (SHIPPED_RULES,)))
    assert lint_paths(wiring, [EXAMPLES_FOLDER], (), {}).faults == ()


def test_keys_that_the_library_seldom_uses_stand_in_an_example() -> None:
    folders = (EXAMPLES_FOLDER, Path(__file__).parents[2] / "rules" / "library")
    texts = [path.read_text("utf-8") for folder in folders for path in sorted(folder.glob("*.yaml"))]
    used = {str(path[-1]) for text in texts for path in parse_rule_document("", text).key_spots}
    seldom = {"depends", "after", "not_with", "better_of", "quotas", "clawback", "uses", "weight", "groups"}
    assert seldom | {"process", "share"} <= used
