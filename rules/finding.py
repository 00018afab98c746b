"""Faults of rule files: where, what, why, and the remedy."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "information"]
"""Information only says that something could not be proven."""

MAX_QUOTE_CHARACTERS = 80


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. ``message``, ``why`` and ``remedy`` are English templates and keys of the catalogue.

    ``field`` is the path of the key, like ``require[1].that``; ``value`` is the text there, and fills
    ``{value}``. ``params`` fill the templates as they are; ``terms`` are translated first.
    """

    file: str
    line: int
    column: int
    code: str
    message: str
    why: str
    remedy: str
    params: Mapping[str, str] = dataclasses.field(default_factory=dict)
    terms: Mapping[str, str] = dataclasses.field(default_factory=dict)
    severity: Severity = "error"
    field: str | None = None
    value: str | None = None

    def render_texts(self, translate: Callable[[str], str] = str) -> tuple[str, str, str]:
        """Return message, why and remedy, translated and filled in."""
        terms = {name: translate(term) for name, term in self.terms.items()}
        words = {"value": self.value or "", "field": self.field or "", **self.params, **terms}
        what, why, remedy = (
            translate(text).format_map(words) if text else ""
            for text in (self.message, self.why, self.remedy)
        )
        return what, why, remedy

    def __str__(self) -> str:
        what, _, remedy = self.render_texts()
        return f"{self.file}:{self.line}:{self.column}: {what}. {remedy}"


class RuleFaults(Exception):
    """Rule files that can't be used, with all their findings."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("; ".join(str(finding) for finding in self.findings[:5]))


def shorten_quote(text: str) -> str:
    """Return the text on one line, short enough to be quoted."""
    line = " ".join(text[: MAX_QUOTE_CHARACTERS * 4].split())
    line = "".join(
        sign if sign.isprintable() else "\ufffd" for sign in line
    )  # a terminal executes some control characters
    return line if len(line) <= MAX_QUOTE_CHARACTERS else line[: MAX_QUOTE_CHARACTERS - 1] + "…"
