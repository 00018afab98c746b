"""What a rule gives on one day, for every member alike: computed once, since a day's decisions share it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from rules.engine.decision import ApplicableCap, ClawbackTerm, ConditionResult, DueBenefit, GrantDependency
from rules.engine.rule import Rule
from rules.engine.turns import build_grant_dependencies, outside_period_result
from rules.model.cap import CapDefinition
from rules.model.every import rolling_days
from rules.model.period import last_day, period_key
from rules.model.span import Span


@dataclass(frozen=True, slots=True)
class RuleDay:
    """``benefits`` are due if every amount is fixed; ``periods`` name each limit's period, with its
    rolling days; ``outside`` are the stated periods that the day lies outside of.
    """

    benefits: tuple[DueBenefit, ...] | None
    periods: tuple[tuple[str, int | None], ...]
    outside: tuple[ConditionResult, ...]
    caps: tuple[ApplicableCap, ...]
    demands: tuple[GrantDependency, ...]


def compute_rule_day(rule: Rule, on: date, caps: Mapping[str, CapDefinition]) -> RuleDay:
    """Compute what the rule gives on a day."""
    programme = rule.definition.programme_span
    every = [limit.every for limit in rule.limits]
    fixed = [part.amount for part in rule.parts if part.table is None and isinstance(part.amount, int)]
    return RuleDay(
        build_due_benefits(rule, fixed, on) if len(fixed) == len(rule.parts) else None,
        tuple((period_key(period, on, programme), rolling_days(period)) for period in every),
        tuple(outside_period_result(p, on) for p in every if isinstance(p, Span) and not p.holds(on)),
        tuple(_use(caps[name], on) for name in rule.definition.caps),
        build_grant_dependencies(rule.definition, on),
    )


def build_due_benefits(rule: Rule, amounts_fen: list[int], on: date) -> tuple[DueBenefit, ...]:
    """Build the parts of the benefit, with an amount for each."""
    definition = rule.definition
    expires_on = last_day(on, definition.expires) if definition.expires else None
    claim_by = last_day(on, definition.claim.within) if definition.claim else None
    takebacks = tuple(
        ClawbackTerm(c.on, last_day(on, c.within), c.share_percent, c.text) for c in definition.clawback
    )
    return tuple(
        DueBenefit(
            part.benefit.kind,
            part.benefit.title or definition.title,
            amount_fen,
            part.quantity,
            part.benefit.unit,
            expires_on,
            part.name,
            part.budget,
            part.uses,
            claim_by,
            part.redeem_at,
            takebacks,
        )
        for part, amount_fen in zip(rule.parts, amounts_fen, strict=True)
    )


def _use(cap: CapDefinition, on: date) -> ApplicableCap:
    allowed = cap.amount_on(on)
    assert allowed, f"cap {cap.cap} isn't in force on {on}: the loader proves that it is"
    return ApplicableCap(
        cap=cap.cap,
        title=cap.title,
        per=cap.per,
        amount_fen=allowed.amount_fen,
        year=f"{on.year:04}" if cap.per != "grant" else None,
    )
