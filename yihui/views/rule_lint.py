"""Show the faults of rule files to a terminal and an editor."""

import re
from collections.abc import Iterator

from core.faults import Fault
from core.text_marks import N_
from yihui.runtime.language import Language
from yihui.services.rules.lint import LintResult
from yihui.views.rules import rule_fault_json, rule_fault_text

DIAGNOSTIC_SOURCE = "yihui"
_WORD = re.compile(r"[\w.\-]+")


def lint_json(result: LintResult, language: Language) -> list[dict[str, object]]:
    """Return the faults in the common error shape, with the keys of an editor's diagnostic:
    range, severity, code, source.
    """
    lines = {file: text.removeprefix("\ufeff").splitlines() for file, text in result.texts.items()}
    return [
        {
            **rule_fault_json(fault, language),
            "source": DIAGNOSTIC_SOURCE,
            "range": _range(fault, lines.get(fault.file or "", [])),
        }
        for fault in result.faults
    ]


def lint_lines(result: LintResult, language: Language) -> Iterator[str]:
    """Yield the faults as file:line:column and message, which editors' tasks match, or “no findings”."""
    for fault in result.faults:
        yield rule_fault_text(fault, language)
    if not result.faults:
        yield language.render(N_("no findings"))


def _range(fault: Fault, lines: list[str]) -> dict[str, dict[str, int]]:
    """Return a half-open range: lines from 0, characters in UTF-16 units from 0, as editors count."""
    number, column = (fault.row or 1) - 1, (fault.column or 1) - 1
    line = lines[number] if number < len(lines) else ""
    start, end = _utf16_length(line[:column]), _utf16_length(line[: _end(line, column, fault.value or "")])
    return {
        "start": {"line": number, "character": start},
        "end": {"line": number, "character": max(end, start)},
    }


def _end(line: str, column: int, value: str) -> int:
    """Return the end of the quoted value; else of the word, else of the line."""
    if value and line.startswith(value, column):
        return column + len(value)
    word = _WORD.match(line, column)
    return word.end() if word else len(line.rstrip())


def _utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
