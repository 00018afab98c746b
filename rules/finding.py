"""What is wrong with a rule file: where, what, why, and how to mend it."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "information"]
"""Information only says that something could not be proven."""

LONGEST_QUOTE = 80


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. ``message``, ``why`` and ``remedy`` are English templates and keys of the catalogue.

    ``field`` is the path of the key, like ``require[1].that``; ``value`` is what stands there, and fills
    ``{value}``. ``params`` fill the templates as they are; ``terms`` are themselves texts to translate.
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

    def texts(self, translate: Callable[[str], str] = str) -> tuple[str, str, str]:
        """What, why and how to mend it, translated and filled in."""
        terms = {name: translate(term) for name, term in self.terms.items()}
        words = {"value": self.value or "", "field": self.field or "", **self.params, **terms}
        what, why, remedy = (
            translate(text).format_map(words) if text else ""
            for text in (self.message, self.why, self.remedy)
        )
        return what, why, remedy

    def __str__(self) -> str:
        what, _, remedy = self.texts()
        return f"{self.file}:{self.line}:{self.column}: {what}. {remedy}"


class RuleFaults(Exception):
    """Rule files that can't be used, with all that is wrong with them at once."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("; ".join(str(finding) for finding in self.findings[:5]))


def shortened(text: str) -> str:
    """A text on one line, short enough to be quoted."""
    line = " ".join(text[: LONGEST_QUOTE * 4].split())
    line = "".join(sign if sign.isprintable() else "\ufffd" for sign in line)  # a terminal obeys some
    return line if len(line) <= LONGEST_QUOTE else line[: LONGEST_QUOTE - 1] + "…"
