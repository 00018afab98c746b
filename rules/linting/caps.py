"""Amounts that may pass a cap: in one grant, in all parts together, in a year."""

from collections.abc import Mapping, Sequence
from math import prod

from rules.engine.rule import PER_MEMBER
from rules.facts import Value
from rules.linting.amounts import Given, PartGiven, fen_for, parts_of
from rules.linting.prover import Proof
from rules.linting.subject import Subject, shown
from rules.model.basis import Basis
from rules.model.cap import CapAmount, CapDefinition
from rules.model.definition import RuleDefinition
from rules.model.every import rolling_days
from rules.model.limit import Limit
from rules.yaml.document import Path, YamlDocument

N_ = str  # marks a text for the message catalogue

_IN_A_YEAR: Mapping[str, int] = {"month": 12, "quarter": 4}
_SOURCE = N_("The cap {cap}: {source}. A member who would break it: {member}")


def check_caps(subject: Subject, caps: Mapping[str, CapDefinition]) -> None:
    """Holds every part, all parts together and a year's grants against each cap that the rule names."""
    parts = parts_of(subject)
    for name in subject.definition.caps:
        allowed = lowest(caps[name], subject.definition) if name in caps else None
        if allowed is None:
            continue
        single = [_single(subject, caps[name], allowed, given) for part in parts for given in part.amounts]
        if all(single):
            _together(subject, caps[name], allowed, parts)


def lowest(cap: CapDefinition, definition: RuleDefinition) -> CapAmount | None:
    """The least that the cap allows on any day of the rule; None where it begins later."""
    span, first = definition.in_force, cap.at(definition.in_force.since)
    if first is None:
        return None
    later = [a for a in cap.amounts if a.since > span.since and span.holds(a.since)]
    return min([first, *later], key=lambda amount: amount.amount_fen)


def source_of(basis: Basis) -> str:
    """Document and clause, or where it was reported."""
    words = (basis.document, basis.clause, basis.source, basis.note)
    return " ".join(word for word in words if word)


def _single(subject: Subject, cap: CapDefinition, allowed: CapAmount, given: Given) -> bool:
    """Whether one amount stays within the cap; told anew where it was told before without a member."""
    member = given.over(subject, allowed.amount_fen)
    if member is Proof.NEVER and (given.reckoned is not None or given.most_fen is None):
        return True
    if given.most_fen is not None and given.most_fen <= allowed.amount_fen:
        return True
    if member is Proof.OPEN and given.reckoned is not None:
        given.document.find(
            given.path,
            "not-proven",
            N_("it could not be decided whether the amount stays within the cap {cap}"),
            N_("add a ceiling_fen: of at most {allowed}"),
            params={"cap": cap.title, "allowed": str(allowed.amount_fen)},
            severity="information",
        )
        return False
    place = given.document.place(given.bound or given.path)
    for found in [*given.document.findings]:
        if found.code == "over-cap" and (found.line, found.column) == tuple(place):
            given.document.findings.remove(found)
    _find(
        given.document,
        given.bound or given.path,
        "over-cap",
        N_("{amount} fen are more than the {allowed} fen that the cap {cap} allows from {since}"),
        (cap, allowed),
        {
            "amount": _amount(subject, given, member),
            "member": "?" if isinstance(member, Proof) else shown(member),
        },
    )
    return False


def _amount(subject: Subject, given: Given, member: Mapping[str, Value] | Proof) -> str:
    """What such a member is given."""
    if given.reckoned is not None and not isinstance(member, Proof):
        return str(fen_for(subject, given.reckoned, member))
    return str(given.most_fen)


def _together(subject: Subject, cap: CapDefinition, allowed: CapAmount, parts: Sequence[PartGiven]) -> None:
    mosts = [part.most_fen for part in parts]
    if None in mosts:
        return
    total = sum(most for most in mosts if most is not None)
    greatest = max(parts[0].amounts, key=lambda given: given.most_fen or 0, default=None)
    member = subject.prover.member(*greatest.wanted) if greatest else Proof.OPEN
    words = {"amount": str(total), "member": "?" if isinstance(member, Proof) else shown(member)}
    if total > allowed.amount_fen:
        _find(
            subject.document,
            ("benefit",),
            "over-cap",
            N_("all parts together may be {amount} fen, more than the {allowed} fen that the cap {cap} allows from {since}"),
            (cap, allowed),
            words,
        )  # fmt: skip
        return
    times = times_a_year(subject) if cap.per == "member_and_year" else None
    if times and times * total > allowed.amount_fen:
        words |= {"amount": str(times * total), "times": str(times), "each": str(total)}
        _find(
            subject.document,
            ("limit",),
            "over-yearly-cap",
            N_("{times} times {each} fen in a year are {amount} fen, more than the {allowed} fen that the cap {cap} allows from {since}"),
            (cap, allowed),
            words,
        )  # fmt: skip


def _find(
    document: YamlDocument,
    path: Path,
    code: str,
    message: str,
    cap: tuple[CapDefinition, CapAmount],
    words: Mapping[str, str],
) -> None:
    definition, allowed = cap
    document.find(
        path,
        code,
        message,
        N_("lower the amount to at most {allowed}")
        if code == "over-cap"
        else N_("lower the amount or the limit; the ledger would refuse the last of them"),
        why=_SOURCE,
        params={
            "allowed": str(allowed.amount_fen),
            "cap": definition.title,
            "since": allowed.since.isoformat(),
            "source": source_of(allowed.basis),
            **words,
        },
        severity="error" if code == "over-cap" else "warning",
    )


def times_a_year(subject: Subject) -> int | None:
    """How often one member may be granted it in a calendar year; None where nothing says so."""
    bounds = [_times(subject, limit) for limit in subject.definition.limits]
    return min((bound for bound in bounds if bound is not None), default=None)


def _times(subject: Subject, limit: Limit) -> int | None:
    definition = subject.definition
    if PER_MEMBER not in limit.per:
        return None
    keys = [subject.facts[path] for path in limit.per if path in subject.facts]
    if any(not fact.allowed or fact.open for fact in keys):
        return None
    every = definition.period(limit.every)
    times = definition.figure(limit.times) * prod(len(fact.allowed) for fact in keys)
    rolling = rolling_days(every)
    if rolling:
        return times * (365 // rolling + 1)
    return times * (_IN_A_YEAR.get(every, 1) if isinstance(every, str) else 1)
