"""Rule files that were checked, as a terminal and as an editor show them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rules import Finding, Range, RuleDefinition, lint, load_library, ranges
from yihui.bootstrap import Wiring
from yihui.runtime.language import Language
from yihui.services.rules import base_texts, rule_texts, rules_above
from yihui.views.rules import finding_json, finding_text

N_ = str  # marks a text for the message catalogue

SOURCE = "yihui"
_DEPENDS = re.compile(r"(?m)^depends:")


@dataclass(frozen=True, slots=True)
class Checked:
    """Findings, each with its range in the file."""

    findings: Sequence[Finding]
    ranges: Sequence[Range]

    @property
    def has_errors(self) -> bool:
        """Whether a rule can't be used as it is."""
        return any(finding.severity == "error" for finding in self.findings)

    def as_json(self, language: Language) -> list[dict[str, object]]:
        """The one shape of errors, with the keys of an editor's diagnostic: range, severity, code, source."""
        return [
            {**finding_json(finding, language), "source": SOURCE, "range": _range(where)}
            for finding, where in zip(self.findings, self.ranges, strict=True)
        ]


def lint_paths(paths: Sequence[Path], folders: Sequence[Path], budgets: Mapping[str, int]) -> Checked:
    """All findings about the paths, against the caps shipped and, where they adapt one, the rules; without paths about the
    whole library."""
    read = rule_texts(paths, folders)
    above = rules_above(read.texts) if paths else []
    named = {name for name, _ in above}
    others = _others(read.texts, folders) if paths else []
    found = lint([*read.texts, *above], budgets=budgets, others=others)
    findings = (*read.findings, *(finding for finding in found if finding.file not in named))
    return Checked(findings, ranges(findings, dict(read.texts)))


def _others(texts: Sequence[tuple[str, str]], folders: Sequence[Path]) -> list[RuleDefinition]:
    """The rules of other files, on which those that are looked at may depend."""
    if not any(_DEPENDS.search(text) for _, text in texts):
        return []
    own = {name for name, _ in texts}
    beside = [pair for pair in base_texts(folders).texts if pair[0] not in own]
    return [rule.definition for rule in load_library(beside).rules]


def lint_lines(checked: Checked, language: Language) -> Iterator[str]:
    """For a terminal: file:line:column and what is wrong, which editors' tasks match; how many there are."""
    for finding in checked.findings:
        yield finding_text(finding, language)
    if not checked.findings:
        yield language.say(N_("no findings"))


def budgets_of(wiring: Wiring, stated: Sequence[str], *, ledger: bool) -> dict[str, int]:
    """Budgets in fen: the ledger's where it is asked for, and above them those that are stated.

    *Raises*: InputFaults; StoreError where there is no ledger.
    """
    from yihui.services.simulation_sources import read_budgets

    found: dict[str, int] = {}
    if ledger:
        from benefits import budgets

        reading = Wiring(replace(wiring.settings, read_only=True), wiring.now)
        try:
            with reading.database.read() as connection:
                found = {b.id: b.ceiling_fen for b in budgets(connection) if b.ceiling_fen is not None}
        finally:
            reading.close()
    return {**found, **read_budgets(stated)}


def _range(where: Range) -> dict[str, dict[str, int]]:
    return {
        "start": {"line": where.start_line, "character": where.start_character},
        "end": {"line": where.end_line, "character": where.end_character},
    }
