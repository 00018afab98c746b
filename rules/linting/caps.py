"""Check whether amounts may exceed a cap: in one grant, in all parts together, or in a year."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import prod

from core.faults import Fault, Severity
from core.money import format_yuan
from core.source_text import SourcePosition
from core.text_marks import N_
from rules.engine.rule import PER_MEMBER
from rules.expressions.syntax import Compare, FactReference, Literal
from rules.facts import FactValue
from rules.faults import rule_fault_table
from rules.linting.amounts import PartAmounts, PossibleAmount, compute_amount_fen, list_part_amounts
from rules.linting.prover import ProofOutcome
from rules.linting.search import RequiredTruth
from rules.linting.subject import LintSubject, format_member
from rules.model.figures import CapAmount, CapDefinition, format_basis_source
from rules.model.period import rolling_days
from rules.model.terms import Limit

_HERE = SourcePosition(1, 1)
_IN_A_YEAR: Mapping[str, int] = {"month": 12, "quarter": 4}
_SOURCE = N_("The cap {cap}: {source}. A member who would break it: {member}")
_FAULTS = rule_fault_table(
    {
        "not-proven": (
            N_("it could not be decided whether the amount stays within the cap {cap}"),
            N_("add a ceiling_fen: of at most {allowed}"),
        ),
        "over-cap": (
            N_("{amount} yuan are more than the {allowed} yuan that the cap {cap} allows from {since}"),
            N_("lower the amount to at most {allowed} yuan, in the file {allowed_fen}"),
            _SOURCE,
        ),
        "over-cap.together": (
            N_(
                "all parts together may be {amount} yuan, more than the {allowed} yuan that the cap {cap} allows from {since}"
            ),
            N_("lower the amount to at most {allowed} yuan, in the file {allowed_fen}"),
            _SOURCE,
        ),
        "over-yearly-cap": (
            N_(
                "{times} times {each} yuan in a year are {amount} yuan, more than the {allowed} yuan that the cap {cap} allows from {since}"
            ),
            N_("lower the amount or the limit; the ledger would refuse the last of them"),
            _SOURCE,
        ),
    }
)


def check_caps(subject: LintSubject, caps: Mapping[str, CapDefinition]) -> None:
    """Compare each part, all parts together and a year's grants with each cap that the rule names."""
    parts = list_part_amounts(subject)
    for name in subject.definition.caps:
        allowed = caps[name].lowest_amount(subject.definition.in_force) if name in caps else None
        if allowed is None:
            continue
        single = [_single(subject, caps[name], allowed, given) for part in parts for given in part.amounts]
        if all(single):
            _together(subject, caps[name], allowed, parts)


def _single(subject: LintSubject, cap: CapDefinition, allowed: CapAmount, given: PossibleAmount) -> bool:
    """Return whether one amount stays within the cap, and report it if not.

    This fault replaces an earlier one at the same place that names no member.
    """
    member = given.find_member_above(subject, allowed.amount_fen)
    if member is ProofOutcome.NEVER and (given.formula_amount is not None or given.most_fen is None):
        return True
    if given.most_fen is not None and given.most_fen <= allowed.amount_fen:
        return True
    if member is ProofOutcome.OPEN and given.formula_amount is not None:
        fault = _FAULTS.build("not-proven", severity="information", cap=cap.title, allowed=allowed.amount_fen)
        given.document.add_fault(given.path, fault)
        return False
    path = given.bound_path or given.path
    place = tuple(given.document.place(path))
    for found in [*given.document.faults]:
        if found.short_code == "over-cap" and (found.row, found.column) == place:
            given.document.faults.remove(found)
    words = {"amount": _amount(subject, given, member), "member": _format_member(member)}
    given.document.add_fault(path, _build_cap_fault("over-cap", cap, allowed, words))
    return False


def _format_member(member: Mapping[str, FactValue] | ProofOutcome) -> str:
    return "?" if isinstance(member, ProofOutcome) else format_member(member)


def _amount(
    subject: LintSubject, given: PossibleAmount, member: Mapping[str, FactValue] | ProofOutcome
) -> str:
    """Return the amount that such a member is granted, as text."""
    if given.formula_amount is not None and not isinstance(member, ProofOutcome):
        return format_yuan(compute_amount_fen(subject, given.formula_amount, member))
    return "?" if given.most_fen is None else format_yuan(given.most_fen)


def _together(
    subject: LintSubject, cap: CapDefinition, allowed: CapAmount, parts: Sequence[PartAmounts]
) -> None:
    mosts = [part.most_fen for part in parts]
    if None in mosts:
        return
    total = sum(most for most in mosts if most is not None)
    greatest = max(parts[0].amounts, key=lambda given: given.most_fen or 0, default=None)
    member = subject.prover.find_member(*greatest.conditions) if greatest else ProofOutcome.OPEN
    words = {"amount": format_yuan(total), "member": _format_member(member)}
    if total > allowed.amount_fen:
        fault = _build_cap_fault("over-cap.together", cap, allowed, words)
        subject.document.add_fault(("benefit",), fault)
        return
    times = max_grants_per_year(subject) if cap.per == "member_and_year" else None
    if times and times * total > allowed.amount_fen:
        words |= {"amount": format_yuan(times * total), "times": str(times), "each": format_yuan(total)}
        fault = _build_cap_fault("over-yearly-cap", cap, allowed, words, "warning")
        subject.document.add_fault(("limit",), fault)


def _build_cap_fault(
    code: str, cap: CapDefinition, allowed: CapAmount, words: Mapping[str, str], severity: Severity = "error"
) -> Fault:
    params = {
        "cap": cap.title,
        "allowed": format_yuan(allowed.amount_fen),
        "allowed_fen": str(allowed.amount_fen),
        "since": allowed.since.isoformat(),
        "source": format_basis_source(allowed.basis),
        **words,
    }
    return replace(_FAULTS.build(code, severity=severity), params=params)


def max_grants_per_year(subject: LintSubject) -> int | None:
    """Return how often one member may be granted the rule in a calendar year; None if unlimited."""
    bounds = [_times(subject, limit) for limit in subject.definition.limits]
    return min((bound for bound in bounds if bound is not None), default=None)


def _times(subject: LintSubject, limit: Limit) -> int | None:
    definition = subject.definition
    if PER_MEMBER not in limit.per or limit.where is not None:  # it doesn't bind everybody
        return None
    keys = [subject.facts[path] for path in limit.per if path in subject.facts]
    if any(not fact.allowed or fact.open for fact in keys):
        return None
    several = prod(sum(_may_be(subject, fact.path, value) for value in fact.allowed) for fact in keys)
    every = definition.resolve_period(limit.every)
    times = definition.resolve_figure(limit.times) * several
    rolling = rolling_days(every)
    if rolling:
        return times * (365 // rolling + 1)
    return times * (_IN_A_YEAR.get(every, 1) if isinstance(every, str) else 1)


def _may_be(subject: LintSubject, path: str, value: str) -> bool:
    """Return whether the rule's conditions leave a fact this value, as far as the prover can say."""
    same = Compare("==", FactReference(path, _HERE), Literal(value, _HERE), _HERE)
    return (
        subject.prover.find_member(*subject.base_truths, RequiredTruth(same, True)) is not ProofOutcome.NEVER
    )
