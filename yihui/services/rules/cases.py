"""Run an officer's rule cases and report failed cases and rule lines that no case covers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.faults import Fault
from rules import (
    CaseRuling,
    RuleCase,
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
from yihui.services.rules.rules import RuleFileTexts, read_rule_texts, read_yaml_texts
from yihui.services.rules.sources import read_rule_sources
from yihui.services.rules.versions import read_rule_id


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
    drafted = {read_rule_id(text) for _, text in given.texts} - {""}  # in place of all versions in force
    texts = [pair for pair in read.texts if pair in given.texts or read_rule_id(pair[1]) not in drafted]
    return load_library(texts), dict(texts), drafted


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
