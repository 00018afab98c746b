"""Print what the conditions of shipped rules become in words: ``python -m tools.rule_sentences [en]``."""

import sys
from collections.abc import Iterator
from pathlib import Path

from rules import Rule
from yihui.runtime.language import Language, load_language
from yihui.services.rules.rules import SHIPPED_RULES, read_library
from yihui.views.condition_words import render_condition

_FOLDERS = [SHIPPED_RULES, Path(__file__).parents[1] / "docs" / "rule_examples"]


def list_sentences(language: Language) -> Iterator[tuple[str, str]]:
    """Yield each condition of the rules as written, and in words."""
    for rule in read_library(_FOLDERS).rules:
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
