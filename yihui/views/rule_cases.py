"""Show the cases of a rule in words: what was expected, and what the version decides."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from core.money import format_yuan
from core.text_marks import N_
from rules import CaseDifference, CaseRuling
from yihui.runtime.language import Language
from yihui.services.rules.cases import CaseRun
from yihui.views.labels import EVENT_LABELS

_OUTCOMES = {
    "due": N_("it is granted"),
    "entered": N_("it enters the draw or the ranking"),
    "waiting": N_("it goes on the waiting list"),
    "refused": N_("it is refused"),
    "none": N_("the rule doesn't concern the member"),
}
_NAMES = {
    "outcome": N_("outcome"),
    "amount_fen": N_("amount"),
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
class CaseRow:
    """One case in words; ``differences`` hold a name, what was expected, and what came out."""

    sentence: str
    place: str
    event: str
    day: date
    expected: str
    differences: tuple[tuple[str, str, str], ...]


def case_row(ruling: CaseRuling, language: Language) -> CaseRow:
    """Return a case in words."""
    case = ruling.case
    event = language.translate(EVENT_LABELS.get(case.event.type, case.event.type))
    # the outcome first, whatever the order in the file
    differences = sorted(ruling.differences, key=lambda one: [*_NAMES, one.name].index(one.name))
    return CaseRow(
        case.sentence,
        f"{case.file}:{case.line}",
        event,
        case.event.occurred_on,
        language.join_clauses(_expectation_texts(ruling, language)),
        tuple(_difference(one, language) for one in differences),
    )


def _expectation_texts(ruling: CaseRuling, language: Language) -> Iterator[str]:
    expect = ruling.case.expect
    yield case_value_text("outcome", expect.outcome, language)
    for name in ("amount_fen", "quantity", "reasons", "expires_on"):
        value = getattr(expect, name)
        if value not in (None, ()):
            named = language.translate(_NAMES[name])
            yield language.render(
                N_("{name}: {detail}"), name=named, detail=case_value_text(name, value, language)
            )


def _difference(one: CaseDifference, language: Language) -> tuple[str, str, str]:
    expected, actual = (case_value_text(one.name, value, language) for value in (one.expected, one.actual))
    return language.translate(_NAMES.get(one.name, one.name)), expected, actual


def case_value_text(name: str, value: object, language: Language) -> str:
    """Return an expected or actual value: an outcome in words, money in yuan, several values one by one."""
    if value is None or value == ():
        return language.translate(N_("nothing"))
    if isinstance(value, tuple):
        return "; ".join(case_value_text(name, one, language) for one in value)
    if name == "outcome":
        return language.translate(_OUTCOMES.get(str(value), str(value)))
    if name == "amount_fen" and isinstance(value, int):
        return language.render(N_("{yuan} yuan"), yuan=format_yuan(value))
    return str(value)


def case_run_json(run: CaseRun, language: Language) -> dict[str, object]:
    """Return the cases that failed and the lines that no case covers, as JSON data."""
    failed = ((one.case, one.differences) for one in run.failed)
    return {
        "cases": len(run.rulings),
        "failed": [
            {"file": c.file, "line": c.line, "case": c.sentence, "rule": c.rule, "differences": differences}
            for c, differences in failed
        ],
        "untouched": [replace(line, never=language.translate(line.never)) for line in run.untouched],
    }


def case_run_lines(run: CaseRun, language: Language) -> Iterator[str]:
    """Yield the failures side by side, the uncovered lines, and the counts."""
    for ruling in run.failed:
        yield f"✗ {ruling.case.file}:{ruling.case.line}: {ruling.case.sentence}  ({ruling.case.rule})"
        for name, expected, actual in case_row(ruling, language).differences:
            text = N_("    {name}: expected {expected} | actual {actual}")
            yield language.render(text, name=name, expected=expected, actual=actual)
    if run.untouched:
        yield language.translate(N_("No case touches:"))
    for line in run.untouched:
        yield f"  {line.file}:{line.line}: {line.text}  — {language.translate(line.never)}"
    yield language.render(
        N_("{passed} of {cases} cases as they should be; lines that no case touches: {untouched}"),
        passed=len(run.passed),
        cases=len(run.rulings),
        untouched=len(run.untouched),
    )
