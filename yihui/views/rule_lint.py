"""Show the findings about rule files to a terminal and an editor."""

from collections.abc import Iterator

from core.text_marks import N_
from rules import TextRange
from yihui.runtime.language import Language
from yihui.services.rule_lint import LintResult
from yihui.views.rules import finding_json, finding_text

DIAGNOSTIC_SOURCE = "yihui"


def lint_json(checked: LintResult, language: Language) -> list[dict[str, object]]:
    """Return the findings in the common error shape, with the keys of an editor's diagnostic:
    range, severity, code, source.
    """
    return [
        {**finding_json(finding, language), "source": DIAGNOSTIC_SOURCE, "range": _range(where)}
        for finding, where in zip(checked.findings, checked.ranges, strict=True)
    ]


def lint_lines(checked: LintResult, language: Language) -> Iterator[str]:
    """Yield the findings as file:line:column and message, which editors' tasks match, or “no findings”."""
    for finding in checked.findings:
        yield finding_text(finding, language)
    if not checked.findings:
        yield language.render(N_("no findings"))


def _range(where: TextRange) -> dict[str, dict[str, int]]:
    return {
        "start": {"line": where.start_line, "character": where.start_character},
        "end": {"line": where.end_line, "character": where.end_character},
    }
