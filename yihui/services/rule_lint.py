"""Check rule files against the shipped caps and the rules that they may depend on."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.faults import Fault
from rules import RuleDefinition, lint_rule_files, load_library
from yihui.bootstrap import Wiring
from yihui.services.rules import adapted_shipped_rules, base_texts, read_rule_texts

_DEPENDS = re.compile(r"(?m)^depends:")


@dataclass(frozen=True, slots=True)
class LintResult:
    """The faults, and the texts of the files by name."""

    faults: Sequence[Fault]
    texts: Mapping[str, str]

    @property
    def has_errors(self) -> bool:
        """Whether a fault makes a rule unusable."""
        return any(fault.severity == "error" for fault in self.faults)


def lint_paths(paths: Sequence[Path], folders: Sequence[Path], budgets: Mapping[str, int]) -> LintResult:
    """Return all faults of the paths; without paths, about the whole library.

    The paths are checked against the shipped caps, and against the shipped rules if they adapt one.
    """
    read = read_rule_texts(paths, folders)
    above = adapted_shipped_rules(read.texts) if paths else []
    named = {name for name, _ in above}
    others = _others(read.texts, folders) if paths else []
    found = lint_rule_files([*read.texts, *above], budgets=budgets, others=others)
    faults = (*read.faults, *(fault for fault in found if fault.file not in named))
    return LintResult(faults, dict(read.texts))


def _others(texts: Sequence[tuple[str, str]], folders: Sequence[Path]) -> list[RuleDefinition]:
    """Return the rules of other files on which the checked rules may depend."""
    if not any(_DEPENDS.search(text) for _, text in texts):
        return []
    own = {name for name, _ in texts}
    beside = [pair for pair in base_texts(folders).texts if pair[0] not in own]
    return [rule.definition for rule in load_library(beside).rules]


def load_budgets(wiring: Wiring, stated: Sequence[str], *, ledger: bool) -> dict[str, int]:
    """Return budgets in fen: the ledger's if requested, overridden by the stated ones.

    *Raises*: FaultError; StoreError if there is no ledger.
    """
    from yihui.services.simulation_sources import parse_budgets

    found: dict[str, int] = {}
    if ledger:
        from benefits import list_budgets

        reading = Wiring(replace(wiring.settings, read_only=True), wiring.now)
        try:
            with reading.database.read() as connection:
                found = {b.id: b.ceiling_fen for b in list_budgets(connection) if b.ceiling_fen is not None}
        finally:
            reading.close()
    return {**found, **parse_budgets(stated)}
