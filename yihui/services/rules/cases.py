"""Run an officer's rule cases and report failed cases and rule lines that no case covers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benefits import ActRefused
from core.faults import Fault
from rules import (
    AdaptationDefinition,
    CaseRuling,
    RuleCase,
    RuleDefinition,
    RuleFaults,
    RuleLibrary,
    UncoveredLine,
    find_uncovered_lines,
    load_library,
    parse_rule_cases,
    run_case,
)
from yihui.bootstrap import Wiring
from yihui.runtime.language import DEFAULT_LANGUAGE, load_language
from yihui.services.rules.documents import parse_rule_definition
from yihui.services.rules.rules import RuleFileTexts, read_rule_texts, read_yaml_texts
from yihui.services.rules.sources import read_rule_sources


@dataclass(frozen=True, slots=True)
class CaseRun:
    """The result of running a set of cases."""

    rulings: tuple[CaseRuling, ...]
    untouched: tuple[UncoveredLine, ...]

    @property
    def failed(self) -> tuple[CaseRuling, ...]:
        """The cases whose result differs from the expected one."""
        return tuple(one for one in self.rulings if one.differences)

    @property
    def passed(self) -> tuple[CaseRuling, ...]:
        """The cases whose result is the expected one."""
        return tuple(one for one in self.rulings if not one.differences)


def run_rule_cases(wiring: Wiring, files: Sequence[Path], rule_files: Sequence[Path] = ()) -> CaseRun:
    """Run the cases against given rule files, or else against the rules as they hold.

    Reasons are compared in Chinese whatever the reader's language, because rules state theirs in Chinese.

    Raises: RuleFaults with every fault in the rules or the cases; OSError.
    """
    library, texts, drafted = _library(wiring, rule_files)
    cases = _cases(read_yaml_texts(files), [rule.id for rule in library.rules])
    rulings = tuple(run_case(case, library, load_language(DEFAULT_LANGUAGE).translate) for case in cases)
    return CaseRun(rulings, find_uncovered_lines(library, texts, rulings, drafted))


def _library(
    wiring: Wiring, rule_files: Sequence[Path]
) -> tuple[RuleLibrary, Mapping[str, str], Collection[str] | None]:
    """Return the rules to run the cases against, their texts by file, and the ids of the given ones.

    *Raises*: RuleFaults, OSError.
    """
    if not rule_files:
        sources = read_rule_sources(wiring)
        return sources.load_library(), dict(sources.texts()), None
    given = read_rule_texts(rule_files)
    read = read_rule_texts((*wiring.settings.rules_in_force, *rule_files))
    if read.faults:
        raise RuleFaults(read.faults)
    drafts = [found for name, text in given.texts if (found := _parse_rule(name, text))]
    texts = [pair for pair in read.texts if pair in given.texts or not _is_replaced(*pair, drafts)]
    return load_library(texts), dict(texts), {draft.id.partition("@")[0] for draft in drafts}


def _parse_rule(name: str, text: str) -> RuleDefinition | AdaptationDefinition | None:
    """Parse a rule's file; None for a table, a cap, or a rule with faults, which the loader reports."""
    try:
        return parse_rule_definition(text, name) if name.endswith((".yaml", ".yml")) else None
    except (RuleFaults, ActRefused):
        return None


def _is_replaced(name: str, text: str, drafts: Sequence[RuleDefinition | AdaptationDefinition]) -> bool:
    """Return whether a file holds a version in whose days a draft of the same rule is tried."""
    held = _parse_rule(name, text)
    return held is not None and any(
        draft.id == held.id and draft.in_force.overlaps(held.in_force) for draft in drafts
    )


def _cases(read: RuleFileTexts, ids: Sequence[str]) -> list[RuleCase]:
    faults: list[Fault] = list(read.faults)
    cases: list[RuleCase] = []
    for name, text in read.texts:
        found, wrong = parse_rule_cases(name, text, ids)
        cases += found
        faults += wrong
    if faults:
        raise RuleFaults(faults)
    return cases
