"""Quotas that could not be paid out of their budget."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from rules.linting.amounts import parts_of
from rules.linting.subject import Subject
from rules.model.span import Span

N_ = str  # marks a text for the message catalogue

_MONTHS: Mapping[str, int] = {"calendar_year": 12, "quarter": 3, "month": 1}


@dataclass(frozen=True, slots=True)
class Claim:
    """What one rule may take out of a budget at most: so many places at so much."""

    subject: Subject
    places: int
    each_fen: int

    @property
    def total_fen(self) -> int:
        """All of it."""
        return self.places * self.each_fen


def check_budgets(subjects: Sequence[Subject], budgets: Mapping[str, int]) -> None:
    """Holds quota times amount against each budget that is known, alone and with all that share it."""
    claims: dict[str, dict[str, Claim]] = defaultdict(dict)
    for subject in subjects:
        for budget, claim in _claims(subject).items():
            if budget in budgets and claim.total_fen > budgets[budget]:
                _over(claim, budget, budgets[budget])
            rule = subject.definition.id
            before = claims[budget].get(rule)
            if before is None or before.total_fen < claim.total_fen:
                claims[budget][rule] = claim  # versions share their programme's quota
    for budget, found in claims.items():
        if budget in budgets:
            _shared([*found.values()], budget, budgets[budget])


def _claims(subject: Subject) -> Mapping[str, Claim]:
    definition = subject.definition
    allocate = definition.allocate
    if allocate.quota is None and allocate.quotas is None:
        return {}
    sizes = list((allocate.quotas or {}).values()) or [allocate.quota or 0]
    places = sum(definition.figure(size) for size in sizes) * _periods(subject)
    each: dict[str, int] = defaultdict(int)
    for part in parts_of(subject):
        if part.budget and part.most_fen is not None:
            each[part.budget] += part.most_fen
    return {budget: Claim(subject, places, amount) for budget, amount in each.items()}


def _periods(subject: Subject) -> int:
    """How many periods of the quota begin while the rule holds; one where it has no end."""
    definition = subject.definition
    every, span = definition.period(definition.allocate.every), definition.in_force
    if isinstance(every, Span) or every not in _MONTHS or span.until is None:
        return 1
    size = _MONTHS[every]
    return _month(span.until) // size - _month(span.since) // size + 1


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1


def _over(claim: Claim, budget: str, allowed_fen: int) -> None:
    claim.subject.document.find(
        ("allocate",),
        "over-budget",
        N_("{places} places at up to {each} fen are {total} fen, the budget {budget} has {allowed} fen"),
        N_("lower the quota to {fits}, or raise the budget"),
        why=N_("The last members would be refused although places are left."),
        params=_words(claim, budget, allowed_fen),
    )


def _shared(claims: Sequence[Claim], budget: str, allowed_fen: int) -> None:
    total = sum(claim.total_fen for claim in claims)
    if len(claims) < 2 or total <= allowed_fen or any(c.total_fen > allowed_fen for c in claims):
        return
    claim = max(claims, key=lambda one: one.subject.document.file)
    others = ", ".join(sorted(c.subject.definition.id for c in claims if c is not claim))
    claim.subject.document.find(
        ("allocate",),
        "over-budget",
        N_("the quotas of {others} and of this rule may take {total} fen, the budget {budget} has {allowed} fen"),
        N_("lower a quota, or raise the budget"),
        why=N_("The last members would be refused although places are left."),
        params={**_words(claim, budget, allowed_fen), "others": others, "total": str(total)},
    )  # fmt: skip


def _words(claim: Claim, budget: str, allowed_fen: int) -> dict[str, str]:
    return {
        "places": str(claim.places),
        "each": str(claim.each_fen),
        "total": str(claim.total_fen),
        "budget": budget,
        "allowed": str(allowed_fen),
        "fits": str(allowed_fen // claim.each_fen if claim.each_fen else claim.places),
    }
