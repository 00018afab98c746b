"""Print what the conditions of shipped rules and of the templates become in words: ``python -m tools.rule_sentences [en]``."""

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from rules import Rule, load_library
from yihui.runtime.language import Language, load_language
from yihui.services.rules.drafts import DraftOptions, fill_template, list_templates
from yihui.services.rules.rules import SHIPPED_RULES, base_texts, read_library
from yihui.views.condition_words import render_condition

_FOLDERS = [SHIPPED_RULES, Path(__file__).parents[1] / "docs" / "rule_examples"]


def list_sentences(language: Language) -> Iterator[tuple[str, str]]:
    """Yield each condition of the rules and templates as written, and in words."""
    begins = DraftOptions(date(2026, 1, 1))
    templates = load_library(
        [*base_texts().texts, *((f"{name}.yaml", fill_template(name, begins)) for name in list_templates())]
    )
    for rule in (*read_library(_FOLDERS).rules, *templates.rules):
        values = {f"param.{name}": one.value for name, one in rule.definition.parameters.items()}
        for that in dict.fromkeys(_list_conditions(rule)):
            yield that, render_condition(rule.definition.on, that, values, language)


def _list_conditions(rule: Rule) -> Iterator[str]:
    if rule.definition.audience_condition:
        yield rule.definition.audience_condition
    yield from (one.that for one in (*rule.required, *rule.allocation.groups))
    for part in rule.parts:
        yield from (row.that for row in part.rows)
        yield from (part.table.that,) if part.table and len(part.rows) < 2 else ()


def main() -> None:
    """Print each sentence below its condition."""
    language = load_language(sys.argv[1] if len(sys.argv) > 1 else "zh")
    for that, words in list_sentences(language):
        sys.stdout.write(f"{that}\n    {words}\n")


if __name__ == "__main__":
    main()
