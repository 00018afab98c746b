"""What is wrong within one expression; the loader makes findings of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rules.finding import Severity
from rules.syntax import Place


@dataclass(frozen=True, slots=True)
class Flaw:
    """One flaw; texts as in :class:`rules.finding.Finding`."""

    place: Place
    code: str
    message: str
    remedy: str
    why: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    terms: Mapping[str, str] = field(default_factory=dict)
    severity: Severity = "error"


class FlawError(Exception):
    """Stops the parser at the first place where the grammar is broken."""

    def __init__(self, flaw: Flaw) -> None:
        self.flaw = flaw
        super().__init__(flaw.message.format_map(flaw.params))
