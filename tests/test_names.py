"""Public names use the words of the field: none is a word that the glossary bans."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.banned_names import BANNED_BARE, BANNED_PARTS, BANNED_WORDS, EXCEPTIONS

ROOT = Path(__file__).parents[1]
ROOMS = ("core", "geo", "rules", "maps", "members", "benefits", "events", "store", "yihui", "bench", "tools")
FILES = [
    path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")) if "migrations" not in path.parts
]
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z]+")


def public_names(body: list[ast.stmt], of_class: bool = False) -> Iterator[tuple[str, str]]:
    """Yield each public name with its sort: function, class, method or constant."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, "method" if of_class else "function"
        elif isinstance(node, ast.ClassDef):
            yield node.name, "class"
            yield from public_names(node.body, of_class=True)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and not of_class:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from ((target.id, "constant") for target in targets if isinstance(target, ast.Name))


def is_banned(name: str, sort: str) -> bool:
    """Return whether the glossary bans a public name of this sort."""
    words = [word.lower() for word in _WORD.findall(name)]
    if name.lower() in BANNED_WORDS:
        return sort != "method" or name.lower() not in {"word", "words"}
    if name.startswith("found_organisation"):  # the glossary's own exemption: founding one
        return False
    if sort in ("function", "method") and words[0] in BANNED_WORDS - {"word", "words"}:
        return True
    if sort == "method":
        return False
    return name.lower() in BANNED_BARE or not BANNED_PARTS.isdisjoint(words)


def banned_in(code: str) -> list[str]:
    """Return the banned public names of a module."""
    names = public_names(ast.parse(code).body)
    return [name for name, sort in names if not name.startswith("_") and is_banned(name, sort)]


def test_no_public_name_is_banned() -> None:
    found = {
        f"{path.relative_to(ROOT).as_posix()}: {name}"
        for path in FILES
        for name in banned_in(path.read_text("utf-8"))
    }
    assert found == set(EXCEPTIONS)
    assert len(EXCEPTIONS) <= 20


def test_test_names_are_at_most_eighty_characters() -> None:
    names = {
        node.name
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }
    assert sorted(name for name in names if len(name) > 80) == []


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("def told(): ...", ["told"]),
        ("def tell_member(): ...", ["tell_member"]),
        ("class Wanted: ...", ["Wanted"]),
        ("class WantedKind: ...", ["WantedKind"]),
        ("ASKED = 1", ["ASKED"]),
        ("class A:\n    def look_up(self): ...", ["look_up"]),
        ("def settled(): ...", ["settled"]),
        ("def find_dead_letters(): ...", []),
        ("class Keeper: ...\nclass Worksheet: ...\ndef found_organisation(): ...", []),
        ("_told = 1", []),
    ],
)
def test_planted_names_are_judged(code: str, found: list[str]) -> None:
    assert banned_in(code) == found
