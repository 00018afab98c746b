"""Findings as editors show them: a range of characters instead of one place."""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from rules.finding import Finding

_WORD = re.compile(r"[\w.\-]+")


class Range(NamedTuple):
    """From a position up to another, not included: lines from 0, characters in UTF-16 units from 0."""

    start_line: int
    start_character: int
    end_line: int
    end_character: int


def ranges(findings: Iterable[Finding], texts: Mapping[str, str]) -> list[Range]:
    """The range of each finding in the text of its file; a file that couldn't be read has no lines."""
    lines = {file: text.removeprefix("\ufeff").splitlines() for file, text in texts.items()}
    return [_range(finding, lines.get(finding.file, [])) for finding in findings]


def _range(finding: Finding, lines: list[str]) -> Range:
    number, column = finding.line - 1, finding.column - 1
    line = lines[number] if number < len(lines) else ""
    start, end = _units(line[:column]), _units(line[: _end(line, column, finding.value or "")])
    return Range(number, start, number, max(end, start))


def _end(line: str, column: int, value: str) -> int:
    """Where what is quoted ends; else the word, else the line."""
    if value and line.startswith(value, column):
        return column + len(value)
    word = _WORD.match(line, column)
    return word.end() if word else len(line.rstrip())


def _units(text: str) -> int:
    """The protocol of editors counts in UTF-16."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
