"""What checks of the source read from it: most of it by lines, since parsing 245,000 of them takes ten seconds.

Ruff keeps one statement a line (E70), so an import, a definition or a constant begins one.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
_IMPORT = re.compile(
    r"^ *(?:from +(?P<source>\.*[\w.]*) +import +(?P<names>\([^)]*\)|[^\n]*)|import +(?P<modules>[^\n]*))",
    re.MULTILINE,
)
_COMMENT = re.compile(r"#[^\n]*")
_DEFINITION = re.compile(r"^( *)(?:async )?(def|class) +(\w+)", re.MULTILINE)
_CONSTANTS = re.compile(r"^(?:[A-Za-z]\w* *(?::[^=\n]*)?=(?!=) *)+", re.MULTILINE)


def python_files(*folders: str) -> list[Path]:
    """Return the Python files of folders of the checkout, without migrations."""
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in found if "migrations" not in path.parts]


@cache
def text_of(path: Path) -> str:
    return path.read_text("utf-8")


@cache
def imports_of(path: Path) -> tuple[tuple[str, tuple[str, ...], int], ...]:
    """Return each module that a file imports, wherever in it: its name, the names taken from it, and the line."""
    text = _COMMENT.sub("", text_of(path))
    found: list[tuple[str, tuple[str, ...], int]] = []
    for match in _IMPORT.finditer(text):
        line = text.count("\n", 0, match.end() - len(match[0].lstrip(" "))) + 1
        if match["modules"] is not None:
            found += [(name, (), line) for name in _names(match["modules"])]
        else:
            found.append((match["source"], tuple(_names(match["names"])), line))
    return tuple(found)


def _names(listed: str) -> Iterator[str]:
    for part in listed.strip(" ()").split(","):
        if words := part.split():
            yield words[0]


def public_names(text: str) -> Iterator[tuple[str, str]]:
    """Yield each public name of a module with its sort: function, class, method or constant."""
    above: list[tuple[int, str]] = []
    for spaces, keyword, name in _DEFINITION.findall(text):
        while above and above[-1][0] >= len(spaces):
            above.pop()
        if all(outer == "class" for _, outer in above):
            yield name, "class" if keyword == "class" else ("method" if above else "function")
        above.append((len(spaces), keyword))
    for targets in _CONSTANTS.findall(text):
        yield from (
            (re.split(r"\W", target, maxsplit=1)[0], "constant")
            for target in re.findall(r"\w[^=]*=", targets)
        )


def nodes_where(path: Path, words: re.Pattern[str]) -> list[ast.AST]:
    """Return every node of a file's syntax tree if the file holds one of the words at all."""
    return list(ast.walk(ast.parse(text_of(path)))) if words.search(text_of(path)) else []
