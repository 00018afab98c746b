"""Whether what is due can also be granted: limit, quota, caps, budget. Arithmetic only.

The ledger reads the state inside its transaction, a simulation keeps it in memory; both ask here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rules.decision import CapUse, Decision

N_ = str  # marks a text for the message catalogue


@dataclass(frozen=True, slots=True)
class Used:
    """What has been granted and not reversed so far, as far as one decision touches it.

    ``slots`` are those taken of (rule, limit key, period); ``quota`` counts grants of (rule, quota period);
    ``budget_left_fen`` is None where no ceiling is set; ``caps_fen`` is by cap, of this member and year.
    """

    slots: frozenset[int] = frozenset()
    quota: int = 0
    budget_left_fen: int | None = None
    caps_fen: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason why nothing is granted; texts are templates filled by ``params``."""

    code: str
    message: str
    remedy: str
    params: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Admission:
    """The slot to take, or every reason against it."""

    slot: int | None
    refusals: tuple[Refusal, ...]


def admit(decision: Decision, used: Used) -> Admission:
    """Admits a decision that is due, or says all that stands against it.

    Raises: ValueError when nothing is due.
    """
    if decision.benefit is None:
        raise ValueError(f"{decision.rule_id}: a refused decision can't be admitted")
    amount_fen = decision.benefit.amount_fen
    slot = next((n for n in range(1, decision.limit.times + 1) if n not in used.slots), None)
    reasons = [
        _limit_reached(decision) if slot is None else None,
        _quota_exhausted(decision, used),
        *(_cap_exceeded(cap, amount_fen, used.caps_fen.get(cap.cap, 0)) for cap in decision.caps),
        _budget_exhausted(decision, amount_fen, used),
    ]
    refusals = tuple(reason for reason in reasons if reason)
    return Admission(None if refusals else slot, refusals)


def yuan(amount_fen: int) -> str:
    """Fen as yuan for reading, without decimals where there are none: 123450 → 1,234.50, 30000 → 300."""
    sign = "-" if amount_fen < 0 else ""
    whole, fen = divmod(abs(amount_fen), 100)
    return f"{sign}{whole:,}.{fen:02}" if fen else f"{sign}{whole:,}"


def _limit_reached(decision: Decision) -> Refusal:
    times, period = str(decision.limit.times), decision.limit.period
    if not period[:1].isdigit():  # once, in the rule's lifetime, for this event
        message, remedy = N_("already granted {times} times, more are not foreseen"), ""
    else:
        message = N_("already granted {times} times in the period {period}")
        remedy = N_("it can be granted again in the next period")
    return Refusal("limit-reached", message, remedy, {"times": times, "period": period})


def _quota_exhausted(decision: Decision, used: Used) -> Refusal | None:
    quota = decision.quota
    if quota is None or used.quota < quota.size:
        return None
    return Refusal(
        "quota-exhausted",
        N_("all {size} places of the period {period} are taken"),
        N_("ask your union whether places are added"),
        {"size": str(quota.size), "period": quota.period},
    )


def _cap_exceeded(cap: CapUse, amount_fen: int, used_fen: int) -> Refusal | None:
    total_fen = amount_fen + (used_fen if cap.per == "member_and_year" else 0)
    if total_fen <= cap.amount_fen:
        return None
    return Refusal(
        "cap-exceeded",
        N_("with it {total} yuan would be granted, the cap “{cap}” allows {allowed} yuan"),
        N_("ask your union: the cap leaves no room"),
        {"total": yuan(total_fen), "cap": cap.title, "allowed": yuan(cap.amount_fen)},
    )


def _budget_exhausted(decision: Decision, amount_fen: int, used: Used) -> Refusal | None:
    if decision.budget is None or used.budget_left_fen is None or amount_fen <= used.budget_left_fen:
        return None
    return Refusal(
        "budget-exhausted",
        N_("the budget {budget} has {left} yuan left, {amount} yuan are needed"),
        N_("ask your union whether the budget is raised"),
        {"budget": decision.budget, "left": yuan(used.budget_left_fen), "amount": yuan(amount_fen)},
    )
