"""Check for conditions that never hold, that are never false, or that contradict each other."""

from collections.abc import Sequence

from core.text_marks import N_
from rules.faults import rule_fault_table
from rules.linting.prover import ProofOutcome
from rules.linting.search import RequiredTruth
from rules.linting.subject import LintSubject, StatedCondition

_NEVER_WHY = N_("Nobody could ever be granted anything by it.")
_FAULTS = rule_fault_table(
    {
        "never-holds": (
            N_("{value} never holds, whatever the facts are"),
            N_("compare the values with what the fact can be (yihui rules facts), or drop the condition"),
            _NEVER_WHY,
        ),
        "too-much": (
            N_("from here on the rule has too many cases to be proven"),
            N_("split the rule, or check the rest with cases (yihui rules test)"),
        ),
        "not-proven": (
            N_("it could not be decided whether {value} can hold: no member was found for whom it does"),
            N_("write it with fewer facts in one comparison, or give a case for which it holds"),
        ),
        "never-false": (
            N_("{value} is true for every value that its facts can have"),
            N_("drop it, or write known(…) if that is what is asked"),
            N_("A condition that refuses nobody is mostly a slip: or in place of and, < in place of >."),
        ),
        "contradiction": (
            N_("{value} and {other} (line {line}) never hold together"),
            N_("change one of them; two cases are joined by or, or are two rules"),
            _NEVER_WHY,
        ),
    }
)


def check_conditions(subject: LintSubject) -> bool:
    """Check all conditions; return False if it is proven that they cannot hold together."""
    own = [stated for stated in subject.base_conditions if not stated.from_process]
    alone = [_alone(subject, stated) for stated in (*own, *subject.group_conditions)]
    for stated in own:
        _never_false(subject, stated)
    return all(alone) and _together(subject)


def _alone(subject: LintSubject, stated: StatedCondition) -> bool:
    found = subject.prover.find_member(stated.must_hold)
    if found is ProofOutcome.NEVER:
        stated.document.add_fault(stated.path, _FAULTS.build("never-holds"))
    elif found is ProofOutcome.OPEN:
        report_not_proven(subject, stated)
    return found is not ProofOutcome.NEVER


def report_not_proven(subject: LintSubject, stated: StatedCondition) -> None:
    """Report that the prover could not decide a condition; once only if the prover's work limit is used up."""
    code = "too-much" if subject.prover.is_exhausted else "not-proven"
    if code == "not-proven" or not any(found.short_code == code for found in stated.document.faults):
        stated.document.add_fault(stated.path, _FAULTS.build(code, severity="information"))


def _never_false(subject: LintSubject, stated: StatedCondition) -> None:
    if subject.prover.find_member(stated.must_fail) is ProofOutcome.NEVER:
        stated.document.add_fault(stated.path, _FAULTS.build("never-false", severity="warning"))


def _together(subject: LintSubject) -> bool:
    base = subject.base_conditions
    for count in range(2, len(base) + 1):
        found = subject.prover.find_member(*subject.base_truths[:count])
        if found is ProofOutcome.NEVER:
            _contradicts(subject, base[: count - 1], base[count - 1])
            return False
        if found is ProofOutcome.OPEN:
            report_not_proven(subject, base[count - 1])
            return True
    return True


def _contradicts(subject: LintSubject, before: Sequence[StatedCondition], stated: StatedCondition) -> None:
    """Report a contradiction, naming as few of the other conditions as possible."""
    others = [one for one in before if _excludes(subject, [one.must_hold, stated.must_hold])] or _fewest(
        subject, before, stated
    )
    lines = ", ".join(dict.fromkeys(str(one.line) for one in others))
    other = " and ".join(one.text for one in others)[:200]
    stated.document.add_fault(stated.path, _FAULTS.build("contradiction", other=other, line=lines))


def _fewest(
    subject: LintSubject, before: Sequence[StatedCondition], stated: StatedCondition
) -> list[StatedCondition]:
    needed = list(before)
    for one in before:
        rest = [other for other in needed if other is not one]
        if _excludes(subject, [one.must_hold for one in (*rest, stated)]):
            needed = rest
    return needed


def _excludes(subject: LintSubject, wanted: Sequence[RequiredTruth]) -> bool:
    return subject.prover.find_member(*wanted) is ProofOutcome.NEVER
