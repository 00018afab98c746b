"""Every text of the rules has its Chinese in the catalogue, with the same placeholders."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
FILES = [
    *sorted((ROOT / "rules").rglob("*.py")),
    *(
        ROOT / "yihui" / n
        for n in (
            "services/rules/rules.py",
            "views/rules.py",
            "views/rule_benefits.py",
            "views/rule_terms.py",
            "views/rule_lines.py",
            "services/rules/cases.py",
            "views/rule_lint.py",
            "cli/rules.py",
            "cli/rule_life.py",
        )
    ),
]


def texts(file: Path) -> set[str]:
    """What is marked with N_() or _(), or said."""
    return {
        node.args[0].value
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and (getattr(node.func, "id", "") in ("N_", "_") or getattr(node.func, "attr", "") == "render")
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }


@cache
def translations() -> dict[str, str]:
    """Every Chinese text by its English, of all domains: they become one catalogue."""
    found = {}
    for file in (ROOT / "yihui/locale/zh/LC_MESSAGES").glob("*.po"):
        with file.open("rb") as stream:
            found |= {str(m.id): str(m.string) for m in read_po(stream, abort_invalid=True) if m.id}
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_text_has_its_chinese(file: Path) -> None:
    chinese = translations()
    for text in texts(file):
        assert chinese.get(text), text
        assert set(re.findall(r"\{(\w+)\}", text)) == set(re.findall(r"\{(\w+)\}", chinese[text])), text
