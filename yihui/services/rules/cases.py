"""Run an officer's rule cases and report failed cases and rule lines that no case covers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from core.faults import Fault
from core.text_marks import N_
from rules import (
    CaseDifference,
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
from yihui.runtime.language import DEFAULT_LANGUAGE, Language, load_language
from yihui.services.rules.rules import RuleFileTexts, read_rule_texts, read_yaml_texts
from yihui.services.rules.sources import read_rule_sources

CASE_RESULT_NAMES = {
    "outcome": N_("outcome"),
    "amount_fen": N_("amount in fen"),
    "reasons": N_("reasons"),
    "remedies": N_("remedies"),
    "not_known": N_("not known"),
    "period": N_("period"),
    "key": N_("counted by"),
    "quantity": N_("quantity"),
    "quota": N_("quota"),
    "expires_on": N_("expires on"),
}


@dataclass(frozen=True, slots=True)
class CaseRun:
    """The result of running a set of cases."""

    rulings: tuple[CaseRuling, ...]
    untouched: tuple[UncoveredLine, ...]

    @property
    def failed_rulings(self) -> tuple[CaseRuling, ...]:
        """The cases whose result differs from the expected one."""
        return tuple(ruling for ruling in self.rulings if ruling.differences)


def run_rule_cases(
    wiring: Wiring, files: Sequence[Path], rule_files: Sequence[Path] = (), folders: Sequence[Path] = ()
) -> CaseRun:
    """Run the cases against given rule files, or else against the rules as they hold.

    Reasons are compared in Chinese whatever the reader's language, because rules state theirs in Chinese.

    Raises: RuleFaults with every fault in the rules or the cases; OSError.
    """
    library, texts = _library(wiring, rule_files, folders)
    cases = _cases(read_yaml_texts(files), [rule.id for rule in library.rules])
    rulings = tuple(run_case(case, library, load_language(DEFAULT_LANGUAGE).translate) for case in cases)
    wanted = [rule.id for rule in library.rules] if rule_files else None
    return CaseRun(rulings, find_uncovered_lines(library, texts, rulings, wanted))


def _library(
    wiring: Wiring, rule_files: Sequence[Path], folders: Sequence[Path]
) -> tuple[RuleLibrary, Mapping[str, str]]:
    """Return the rules to run the cases against, and their texts by file. *Raises*: RuleFaults, OSError."""
    if not rule_files:
        sources = read_rule_sources(wiring, folders)
        return sources.load_library(), dict(sources.texts())
    read = read_rule_texts((*wiring.settings.rules_in_force, *folders, *rule_files))
    if read.faults:
        raise RuleFaults(read.faults)
    return load_library(read.texts), dict(read.texts)


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


def case_run_json(trial: CaseRun, language: Language) -> dict[str, object]:
    """Return the result as JSON data."""
    return {
        "cases": len(trial.rulings),
        "failed": [
            {
                "file": ruling.case.file,
                "line": ruling.case.line,
                "case": ruling.case.sentence,
                "rule": ruling.case.rule,
                "differences": [
                    {"name": d.name, "expected": _plain(d.expected), "actual": _plain(d.actual)}
                    for d in ruling.differences
                ],
            }
            for ruling in trial.failed_rulings
        ],
        "untouched": [
            {
                "rule": line.rule,
                "file": line.file,
                "line": line.line,
                "field": line.field,
                "text": line.text,
                "never": language.translate(line.never),
            }
            for line in trial.untouched
        ],
    }


def case_run_lines(trial: CaseRun, language: Language) -> Iterator[str]:
    """Yield the failures side by side, the uncovered lines, and the counts."""
    for ruling in trial.failed_rulings:
        yield f"✗ {ruling.case.file}:{ruling.case.line}: {ruling.case.sentence}  ({ruling.case.rule})"
        yield from _side_by_side(ruling.differences, language)
    if trial.untouched:
        yield language.translate(N_("No case touches:"))
    for line in trial.untouched:
        yield f"  {line.file}:{line.line}: {line.text}  — {language.translate(line.never)}"
    yield language.render(
        N_("{passed} of {cases} cases as they should be; lines that no case touches: {untouched}"),
        passed=len(trial.rulings) - len(trial.failed_rulings),
        cases=len(trial.rulings),
        untouched=len(trial.untouched),
    )


def _side_by_side(differences: Sequence[CaseDifference], language: Language) -> Iterator[str]:
    for difference in differences:
        name = language.translate(CASE_RESULT_NAMES.get(difference.name, difference.name))
        yield language.render(
            N_("    {name}: expected {expected} | actual {actual}"),
            name=name,
            expected=_shown(difference.expected, language),
            actual=_shown(difference.actual, language),
        )


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value.isoformat() if isinstance(value, date) else value


def _shown(value: object, language: Language) -> str:
    if value is None or value == ():
        return language.translate(N_("nothing"))
    if isinstance(value, tuple):
        return "; ".join(_shown(part, language) for part in value)
    return str(value)
