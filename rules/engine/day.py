"""What a rule says on one day whoever asks: worked out once, since most decisions of a day share it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from rules.engine.decision import CapUse, Checked, Demand, Due, Takeback
from rules.engine.rule import Rule
from rules.engine.turns import demands_of, outside
from rules.model.cap import CapDefinition
from rules.model.every import rolling_days
from rules.model.period import last_day, period_key
from rules.model.span import Span


@dataclass(frozen=True, slots=True)
class RuleDay:
    """``benefits`` are due where every amount is fixed; ``periods`` name each limit's period, with its
    rolling days; ``outside`` are the stated periods that the day lies outside of."""

    benefits: tuple[Due, ...] | None
    periods: tuple[tuple[str, int | None], ...]
    outside: tuple[Checked, ...]
    caps: tuple[CapUse, ...]
    demands: tuple[Demand, ...]


def rule_day(rule: Rule, on: date, caps: Mapping[str, CapDefinition]) -> RuleDay:
    """What the rule says on a day."""
    programme = rule.definition.programme_span
    every = [limit.every for limit in rule.limits]
    fixed = [part.amount for part in rule.parts if part.table is None and isinstance(part.amount, int)]
    return RuleDay(
        benefits_on(rule, fixed, on) if len(fixed) == len(rule.parts) else None,
        tuple((period_key(period, on, programme), rolling_days(period)) for period in every),
        tuple(outside(p, on) for p in every if isinstance(p, Span) and not p.holds(on)),
        tuple(_use(caps[name], on) for name in rule.definition.caps),
        demands_of(rule.definition, on),
    )


def benefits_on(rule: Rule, amounts_fen: list[int], on: date) -> tuple[Due, ...]:
    """The parts of the benefit, with an amount for each."""
    definition = rule.definition
    expires_on = last_day(on, definition.expires) if definition.expires else None
    claim_by = last_day(on, definition.claim.within) if definition.claim else None
    takebacks = tuple(
        Takeback(c.on, last_day(on, c.within), c.share_percent, c.text) for c in definition.clawback
    )
    return tuple(
        Due(
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


def _use(cap: CapDefinition, on: date) -> CapUse:
    allowed = cap.at(on)
    assert allowed, f"cap {cap.cap} isn't in force on {on}: the loader proves that it is"
    return CapUse(
        cap=cap.cap,
        title=cap.title,
        per=cap.per,
        amount_fen=allowed.amount_fen,
        year=f"{on.year:04}" if cap.per != "grant" else None,
    )
