"""Convert findings for editors: a range of characters instead of one position."""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from rules.finding import Finding

_WORD = re.compile(r"[\w.\-]+")


class TextRange(NamedTuple):
    """A half-open range: lines from 0, characters in UTF-16 units from 0."""

    start_line: int
    start_character: int
    end_line: int
    end_character: int


def finding_ranges(findings: Iterable[Finding], texts: Mapping[str, str]) -> list[TextRange]:
    """Return the range of each finding in the text of its file; a file that couldn't be read has no lines."""
    lines = {file: text.removeprefix("\ufeff").splitlines() for file, text in texts.items()}
    return [_range(finding, lines.get(finding.file, [])) for finding in findings]


def _range(finding: Finding, lines: list[str]) -> TextRange:
    number, column = finding.line - 1, finding.column - 1
    line = lines[number] if number < len(lines) else ""
    start, end = _units(line[:column]), _units(line[: _end(line, column, finding.value or "")])
    return TextRange(number, start, number, max(end, start))


def _end(line: str, column: int, value: str) -> int:
    """Return the end of the quoted value; else of the word, else of the line."""
    if value and line.startswith(value, column):
        return column + len(value)
    word = _WORD.match(line, column)
    return word.end() if word else len(line.rstrip())


def _units(text: str) -> int:
    """Return the length in UTF-16 units, which the editors' protocol counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
