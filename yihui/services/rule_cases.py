"""Reads an officer's cases, runs them, and says what came out otherwise and what no case touches."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rules import (
    Difference,
    Finding,
    RuleCase,
    RuleFaults,
    Ruling,
    Untouched,
    load_library,
    read_cases,
    run_case,
    untouched,
)
from yihui.runtime.language import DEFAULT, Language, language
from yihui.services.rules import Texts, rule_texts, texts_of

N_ = str  # marks a text for the message catalogue

NAMES = {
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
class Trial:
    """What became of the cases."""

    rulings: tuple[Ruling, ...]
    untouched: tuple[Untouched, ...]

    @property
    def failed(self) -> tuple[Ruling, ...]:
        """The cases that came out otherwise than their sentence says."""
        return tuple(ruling for ruling in self.rulings if ruling.differences)


def try_cases(files: Sequence[Path], rule_files: Sequence[Path] = (), folders: Sequence[Path] = ()) -> Trial:
    """Runs the cases against rule files of their own, or else against the library.

    Reasons of ours are compared in Chinese, as those of the rules are, whatever the reader's language.

    Raises: RuleFaults with all that is wrong with the rules or with the cases; OSError.
    """
    read = rule_texts(rule_files, folders)
    if read.findings:
        raise RuleFaults(read.findings)
    library = load_library(read.texts)
    cases = _cases(texts_of(files), [rule.id for rule in library.rules])
    rulings = tuple(run_case(case, library, language(DEFAULT).text) for case in cases)
    wanted = [rule.id for rule in library.rules] if rule_files else None
    return Trial(rulings, untouched(library, dict(read.texts), rulings, wanted))


def _cases(read: Texts, ids: Sequence[str]) -> list[RuleCase]:
    findings: list[Finding] = list(read.findings)
    cases: list[RuleCase] = []
    for name, text in read.texts:
        found, wrong = read_cases(name, text, ids)
        cases += found
        findings += wrong
    if findings:
        raise RuleFaults(findings)
    return cases


def trial_json(trial: Trial, language: Language) -> dict[str, object]:
    """The same for programs."""
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
            for ruling in trial.failed
        ],
        "untouched": [
            {
                "rule": line.rule,
                "file": line.file,
                "line": line.line,
                "column": line.column,
                "field": line.field,
                "text": line.text,
                "never": language.text(line.never),
            }
            for line in trial.untouched
        ],
    }


def trial_lines(trial: Trial, language: Language) -> Iterator[str]:
    """The failures side by side, the lines untouched, and the count."""
    for ruling in trial.failed:
        yield f"✗ {ruling.case.file}:{ruling.case.line}: {ruling.case.sentence}  ({ruling.case.rule})"
        yield from _side_by_side(ruling.differences, language)
    if trial.untouched:
        yield language.text(N_("No case touches:"))
    for line in trial.untouched:
        yield f"  {line.file}:{line.line}:{line.column}: {line.text}  — {language.text(line.never)}"
    yield language.say(
        N_("{passed} of {cases} cases as they should be; lines that no case touches: {untouched}"),
        passed=len(trial.rulings) - len(trial.failed),
        cases=len(trial.rulings),
        untouched=len(trial.untouched),
    )


def _side_by_side(differences: Sequence[Difference], language: Language) -> Iterator[str]:
    for difference in differences:
        name = language.text(NAMES.get(difference.name, difference.name))
        yield language.say(
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
        return language.text(N_("nothing"))
    if isinstance(value, tuple):
        return "; ".join(_shown(part, language) for part in value)
    return str(value)
