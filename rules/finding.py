"""What is wrong with a rule file: where, what, why, and how to mend it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. ``message``, ``why`` and ``remedy`` are English templates and keys of the catalogue.

    ``params`` fill the templates as they are; ``terms`` are themselves texts to translate.
    """

    file: str
    line: int
    column: int
    code: str
    message: str
    why: str
    remedy: str
    params: Mapping[str, str] = field(default_factory=dict)
    terms: Mapping[str, str] = field(default_factory=dict)
    severity: Severity = "error"

    def texts(self, translate: Callable[[str], str] = str) -> tuple[str, str, str]:
        """What, why and how to mend it, translated and filled in."""
        words = {**self.params, **{name: translate(term) for name, term in self.terms.items()}}
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
