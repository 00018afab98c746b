"""The benefits and periods of a rule on one day, the same for every member, and the keys by which its limits count."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from core.text_marks import N_
from rules.engine.decision import (
    FIRST_DAY,
    ApplicableCap,
    ClawbackTerm,
    Condition,
    ConditionResult,
    DueBenefit,
    GrantDependency,
    LimitSlots,
    format_key_part,
)
from rules.engine.rule import PER_MEMBER, ResolvedLimit, Rule
from rules.event_facts import EventFacts
from rules.facts import FactValue
from rules.model.benefit import TOP_UP_PART
from rules.model.definition import RuleDefinition
from rules.model.figures import CapDefinition
from rules.model.period import (
    Span,
    earliest_start_day,
    expiry_day,
    last_day,
    period_key,
    rolling_days,
)

LIMIT_FACT_UNKNOWN = N_("a fact by which the limit is counted isn't known")
FROM_FIRST_DAY = N_("it is granted from {first} on")
_OUTSIDE = N_("the day lies outside of the period in which it is granted")
_OCCURRED_ON = "event.occurred_on"


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


def compute_rule_day(rule: Rule, on: date, happened_on: date, caps: Mapping[str, CapDefinition]) -> RuleDay:
    """Compute what the rule gives on a day; its periods are those of ``happened_on``."""
    programme = rule.definition.programme_span
    every = [limit.every for limit in rule.limits]
    return RuleDay(
        build_fixed_benefits(rule, on),
        tuple((period_key(period, happened_on, programme), rolling_days(period)) for period in every),
        tuple(
            outside_period_result(p, happened_on)
            for p in every
            if isinstance(p, Span) and not p.holds(happened_on)
        ),
        tuple(_use(caps[name], on) for name in rule.definition.caps),
        tuple(_demands(rule.definition, on, happened_on)),
    )


def build_fixed_benefits(rule: Rule, on: date) -> tuple[DueBenefit, ...] | None:
    """Build the parts of the benefit if every amount is the same for all members; None otherwise."""
    fixed = [part.amount for part in rule.parts if part.table is None and isinstance(part.amount, int)]
    return build_due_benefits(rule, fixed, on) if len(fixed) == len(rule.parts) else None


def build_due_benefits(rule: Rule, amounts_fen: list[int], on: date) -> tuple[DueBenefit, ...]:
    """Build the parts of the benefit, with an amount for each.

    ``expires:`` ends what a member uses. Cash is a debt of the union until it is paid: it has no last day.
    """
    definition = rule.definition
    resolve = definition.resolve_duration
    expires_on = expiry_day(on, resolve(definition.expires)) if definition.expires else None
    claim_by = last_day(on, resolve(definition.claim.within)) if definition.claim else None
    takebacks = tuple(
        ClawbackTerm(c.on, last_day(on, resolve(c.within)), c.share_percent, c.text)
        for c in definition.clawback
    )
    return tuple(
        DueBenefit(
            part.benefit.kind,
            part.benefit.title or definition.title,
            amount_fen,
            part.quantity,
            part.benefit.unit,
            None if part.benefit.kind == "cash" else expires_on,
            part.name,
            part.budget,
            part.uses,
            claim_by,
            part.redeem_at,
            takebacks,
            rule.is_merged and not definition.together and part.name.startswith(TOP_UP_PART),
            part.benefit.partial,
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


def build_limit_slots(
    rule: Rule,
    periods: Sequence[tuple[str, int | None]],
    event: EventFacts,
    values: Mapping[str, FactValue],
    conditions: list[ConditionResult],
    binding: Sequence[bool] | None = None,
) -> tuple[LimitSlots, ...]:
    """Return the limits of a grant in their periods: those that bind this member, as ``binding`` says of each; None: all do.

    Where none does, as in a rule without one, it is granted once per event and member.
    """
    if not rule.limits or (binding is not None and not any(binding)):
        named = (("source", event.source), ("event", event.id), (PER_MEMBER, event.member))
        return (LimitSlots("&".join([format_key_part(path, value) for path, value in named]), "event", 1),)
    until, owner = rule.definition.programme_span.until, rule.adapted_owner or rule.definition.owner
    return tuple(
        [
            LimitSlots(
                _key(limit, event, values, conditions),
                period,
                limit.times,
                days,
                until,
                f"{owner}/{limit.shared}" if limit.shared else "",
            )
            for number, (limit, (period, days)) in enumerate(zip(rule.limits, periods, strict=True))
            if binding is None or binding[number]
        ]
    )


def _key(
    limit: ResolvedLimit,
    event: EventFacts,
    values: Mapping[str, FactValue],
    conditions: list[ConditionResult],
) -> str:
    """Return the key of the slots: the values by which the limit counts."""
    parts = []
    for path in limit.per:
        value = event.member if path == PER_MEMBER else values[path]
        if value is None:
            known = Condition(f"known({path})", LIMIT_FACT_UNKNOWN, None, (path,))
            conditions.append(ConditionResult(known, False, True, values))
        parts.append(format_key_part(path, value))
    return "&".join(parts)


def outside_period_result(every: Span, on: date) -> ConditionResult:
    """Return the failed condition for a day outside of a period that the rule states."""
    that = f"{_OCCURRED_ON} >= date('{every.since}')"
    if every.until:
        that += f" and {_OCCURRED_ON} <= date('{every.until}')"
    if every.until and on > every.until:
        condition = Condition(that, _OUTSIDE, None, (_OCCURRED_ON,))
    else:
        condition = Condition(that, _OUTSIDE, FROM_FIRST_DAY, (_OCCURRED_ON, FIRST_DAY))
    return ConditionResult(condition, False, False, {_OCCURRED_ON: on, FIRST_DAY: every.since})


def _demands(definition: RuleDefinition, on: date, happened_on: date) -> Iterator[GrantDependency]:
    """Yield the requirements on other rules' grants to the member."""
    for one in definition.depends:
        texts = one.otherwise, one.remedy
        if one.after:
            first = (
                earliest_start_day(happened_on, definition.resolve_duration(one.within))
                if one.within
                else date.min
            )
            yield GrantDependency("after", one.after, one.state == "used", first, on, *texts)
