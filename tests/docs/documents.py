"""The command lines of README and docs, and what they show below each line."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
GENERATED = {"settings.md"}
_BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
_OTHER_BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_UNFENCED = re.compile(r"^ *(?:\$ |yihui |\.venv/bin/yihui )", re.MULTILINE)
_INLINE = re.compile(r"`(?:\.venv/bin/)?yihui ([^`]+)`")
_ASSIGNED = re.compile(r"[A-Z_]+=")
OMITTED = "…"


@dataclass(frozen=True)
class Line:
    """One line after ``$``; ``shown`` is what the document prints below it."""

    document: str
    text: str
    shown: tuple[str, ...]

    def commands(self) -> Iterator[tuple[dict[str, str], list[str]]]:
        """Yield the variables and the words of each command of the line."""
        lexer = shlex.shlex(self.text, posix=True, punctuation_chars=";")
        lexer.whitespace_split, lexer.commenters = True, "#"
        words: list[str] = []
        for word in [*lexer, ";"]:
            if word != ";":
                words.append(word)
                continue
            given = 0
            while given < len(words) and _ASSIGNED.match(words[given]):
                given += 1
            yield dict(word.split("=", 1) for word in words[:given]), words[given:]
            words = []


def documents() -> list[Path]:
    pages = sorted(page for page in (ROOT / "docs").glob("*.md") if page.name not in GENERATED)
    return [ROOT / "README.md", ROOT / "README.zh-CN.md", *pages]


def lines_of(page: Path) -> list[Line]:
    """The lines of a page but for those of its first screen, which the demo itself prints."""
    return [
        line
        for block in _BLOCK.findall(page.read_text("utf-8"))
        if "make demo\n" not in block.partition("\n")[0] + "\n"
        for line in _lines(page.name, block)
    ]


def _lines(document: str, block: str) -> Iterator[Line]:
    assert block.startswith("$ "), f"{document}: a block of commands begins with $: {block[:40]}"
    for part in re.split(r"^\$ ", block.replace("\\\n", " "), flags=re.MULTILINE)[1:]:
        text, *shown = part.splitlines()
        yield Line(document, text, tuple(line for line in shown if line.strip()))


def unfenced_commands(page: Path) -> list[str]:
    """Lines that look like commands and stand in no block of commands, so that nobody runs them."""
    rest = _OTHER_BLOCK.sub("", _BLOCK.sub("", page.read_text("utf-8")))
    return [rest[found.start() :].splitlines()[0] for found in _UNFENCED.finditer(rest)]


def inline_commands(page: Path) -> list[str]:
    """What stands after ``yihui`` in texts between backquotes."""
    return _INLINE.findall(page.read_text("utf-8"))


def shows(printed: str, shown: tuple[str, ...]) -> list[str]:
    """The shown lines that are not printed, or not in this order; … stands for whatever was left out."""
    position, missing = 0, []
    for line in shown:
        parts = [part for part in line.split(OMITTED) if part.strip()]
        pattern = ".*".join(re.escape(part.rstrip() if part is parts[-1] else part) for part in parts)
        found = re.compile(pattern).search(printed, position) if parts else None
        if parts and found is None:
            missing.append(line)
        position = found.end() if found else position
    return missing
