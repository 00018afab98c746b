"""Conditions that never hold, never fail, or contradict each other."""

from collections.abc import Sequence

from rules.linting.prover import Proof
from rules.linting.search import Wanted
from rules.linting.subject import Stated, Subject, holding

N_ = str  # marks a text for the message catalogue

_NEVER_WHY = N_("Nobody could ever be granted anything by it.")
NOT_PROVEN = N_("it could not be decided whether {value} can hold: no member was found for whom it does")
NOT_PROVEN_REMEDY = N_("write it with fewer facts in one comparison, or give a case for which it holds")


def check_conditions(subject: Subject) -> bool:
    """Looks at all conditions; whether they can hold together, as far as is known."""
    groups = [
        subject.stated(("allocate", "groups", index, "where"), group.where)
        for index, group in enumerate(subject.definition.allocate.groups)
    ]
    own = [stated for stated in subject.base if not stated.ours]
    alone = [_alone(subject, stated) for stated in (*own, *groups)]
    for stated in own:
        _never_false(subject, stated)
    return all(alone) and _together(subject)


def _alone(subject: Subject, stated: Stated) -> bool:
    found = subject.prover.member(stated.holds)
    if found is Proof.NEVER:
        stated.document.find(
            stated.path,
            "never-holds",
            N_("{value} never holds, whatever the facts are"),
            N_("compare the values with what the fact can be (yihui rules facts), or drop the condition"),
            why=_NEVER_WHY,
        )
    elif found is Proof.OPEN:
        not_proven(subject, stated)
    return found is not Proof.NEVER


def not_proven(subject: Subject, stated: Stated) -> None:
    """Says that a question stays open; once for a rule that is too much to prove."""
    if subject.prover.is_tired:
        if not any(found.code == "too-much" for found in stated.document.findings):
            stated.document.find(
                stated.path,
                "too-much",
                N_("from here on the rule has too many cases to be proven"),
                N_("split the rule, or check the rest with cases (yihui rules test)"),
                severity="information",
            )
        return
    stated.document.find(stated.path, "not-proven", NOT_PROVEN, NOT_PROVEN_REMEDY, severity="information")


def _never_false(subject: Subject, stated: Stated) -> None:
    if subject.prover.member(stated.fails) is Proof.NEVER:
        stated.document.find(
            stated.path,
            "never-false",
            N_("{value} is true for every value that its facts can have"),
            N_("drop it, or write known(…) if that is what is asked"),
            why=N_("A condition that refuses nobody is mostly a slip: or in place of and, < in place of >."),
            severity="warning",
        )


def _together(subject: Subject) -> bool:
    base = subject.base
    for count in range(2, len(base) + 1):
        found = subject.prover.member(*holding(base[:count]))
        if found is Proof.NEVER:
            _contradicts(subject, base[: count - 1], base[count - 1])
            return False
        if found is Proof.OPEN:
            not_proven(subject, base[count - 1])
            return True
    return True


def _contradicts(subject: Subject, before: Sequence[Stated], stated: Stated) -> None:
    """Names as few of the others as make the contradiction."""
    others = [one for one in before if _excludes(subject, [one.holds, stated.holds])] or _fewest(
        subject, before, stated
    )
    lines = ", ".join(dict.fromkeys(str(one.line) for one in others))
    stated.document.find(
        stated.path,
        "contradiction",
        N_("{value} and {other} (line {line}) never hold together"),
        N_("change one of them; two cases are joined by or, or are two rules"),
        why=_NEVER_WHY,
        params={"other": " and ".join(one.text for one in others)[:200], "line": lines},
    )


def _fewest(subject: Subject, before: Sequence[Stated], stated: Stated) -> list[Stated]:
    needed = list(before)
    for one in before:
        rest = [other for other in needed if other is not one]
        if _excludes(subject, [*holding(rest), stated.holds]):
            needed = rest
    return needed


def _excludes(subject: Subject, wanted: Sequence[Wanted]) -> bool:
    return subject.prover.member(*wanted) is Proof.NEVER
