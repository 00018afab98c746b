"""Decide whether a benefit that is due can be granted: limits, quota, caps, budgets, other rules.

Arithmetic only. The ledger reads the state inside its transaction, a simulation holds it in memory (see
``rules/engine/usage.py``); both call this module.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from core.money import format_yuan
from core.text_marks import N_
from rules.engine.decision import (
    Decision,
    DueBenefit,
    GrantDependency,
    LimitSlots,
    budget_amounts,
)
from rules.model.period import parse_period_key

_EXHAUSTED = "quota-exhausted"
_OF_MEMBER = ("member=", "member.")  # parts of a limit's key that are the same for all events
SCARCITY_CODES = frozenset({_EXHAUSTED, "budget-exhausted", "others-wait"})
"""What passes: a place may become free, a budget be raised, who waits be served."""
_WAIT = N_("wait until a place becomes free")
GRANTED_AGAIN = N_("it can be granted again from {day}")
_ANOTHER_ROUND = N_("ask your union whether there will be another round")
TakenSlots = Mapping[int, date]
"""The slots of one limit that are taken, each with the day that its grant counts on."""


@dataclass(frozen=True, slots=True)
class PriorGrant:
    """A grant of another rule to the same member, not reversed."""

    day: date
    is_used: bool = False


@dataclass(slots=True)  # not frozen: building one for every decision that is due takes half the time
class DecisionUsage:
    """Grants that were not reversed so far, as far as they affect one decision.

    ``slots`` are the taken ones, for each of the decision's limits; ``quota`` counts grants of (rule, quota
    period, group), ``quotas_above`` those of the levels above; ``budgets_left_fen`` holds the budgets that have a ceiling; ``caps_fen`` is by cap, of
    this member and year; ``earlier`` is by rule; ``better`` are rivals granted on the same event;
    ``entries`` is above zero if the member may make no other entry; ``waiting`` counts the places that
    the member has on the list; ``in_line`` is how many wait for the same places now; ``drawn`` says that the draw is fixed.
    """

    slots: Sequence[TakenSlots] = ()
    quota: int = 0
    budgets_left_fen: Mapping[str, int] = field(default_factory=dict)
    caps_fen: Mapping[str, int] = field(default_factory=dict)
    earlier: Mapping[str, Sequence[PriorGrant]] = field(default_factory=dict)
    better: frozenset[str] = frozenset()
    entries: int = 0
    waiting: int = 0
    in_line: int = 0
    drawn: bool = False
    quotas_above: Sequence[int] = ()


@dataclass(slots=True)  # not frozen, like DecisionUsage
class Refusal:
    """One reason why nothing is granted; texts are templates filled by ``params``.

    ``bound`` tells bounds of one kind apart that the text doesn't: the number of the rule's limit, the id of
    a cap. It is not stored with the decision.
    """

    code: str
    message: str
    remedy: str
    params: Mapping[str, str]
    bound: str = ""


@dataclass(slots=True)  # not frozen, like DecisionUsage
class Admission:
    """Granted with a slot of each limit; entered; waiting; or refused with every reason.

    ``left_out`` names the parts that are not granted with the others, because their budget is exhausted;
    ``reduced`` are the parts of which only what is left of their budget is granted, with their amounts in fen.
    Then ``refusals`` says so.
    """

    outcome: Literal["granted", "entered", "waiting", "refused"]
    slots: tuple[int, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    left_out: frozenset[str] = frozenset()
    reduced: tuple[tuple[str, int], ...] = ()

    def of(self, decision: Decision) -> Decision:
        """Return the decision with the parts and amounts that are granted."""
        if not self.left_out and not self.reduced:  # the usual case, and read often
            return decision
        return decision.without_parts(self.left_out).with_amounts(dict(self.reduced))


def admit_decision(decision: Decision, used: DecisionUsage) -> Admission:
    """Admit a decision that is due, or return every refusal.

    An entry is granted later: its budget and its places are checked then.

    Raises: ValueError if nothing is due.
    """
    if not decision.benefits:
        raise ValueError(f"{decision.rule_id}: a refused decision can't be admitted")
    stated, left_fen = decision, used.budgets_left_fen
    reduced: Mapping[str, int] = {}
    shortages: Mapping[str, tuple[Refusal, ...]] = {}
    is_paid_now = left_fen and not decision.entry
    if is_paid_now and any(due.partial or due.stands_alone for due in decision.benefits):
        reduced = _reduce_parts(decision, left_fen)
        decision = decision.with_amounts(reduced)
        shortages = _find_unpaid_parts(decision, left_fen)
        decision = decision.without_parts(shortages)
    taken = used.slots or ({},) * len(decision.limits)
    slots = [
        find_free_slot(limit, at, decision.counted_on)
        for limit, at in zip(decision.limits, taken, strict=True)
    ]
    refusals = tuple(_against(decision, used, slots))
    if decision.waits and refusals and SCARCITY_CODES.issuperset(refusal.code for refusal in refusals):
        if used.waiting < decision.limit.times:
            return Admission("waiting", (), refusals)
        message = N_("you are on the waiting list already")
        refusals = (Refusal("waits-already", message, _WAIT, {}),)
    if refusals:
        left_out = tuple(shortage for found in shortages.values() for shortage in found)
        return Admission("refused", (), (*refusals, *left_out))
    if decision.entry:
        return Admission("entered")
    return Admission(
        "granted",
        tuple(slot for slot in slots if slot is not None),
        (*_parts_reduced(stated, reduced), *(reason for found in shortages.values() for reason in found)),
        frozenset(shortages),
        tuple(sorted(reduced.items())),
    )


def _against(decision: Decision, used: DecisionUsage, slots: Sequence[int | None]) -> list[Refusal]:
    """Return every refusal. Check only what the rule has: a simulation calls this a million times."""
    found: list[Refusal] = []
    if None in slots:
        limits = enumerate(zip(decision.limits, slots, used.slots, strict=True), 1)
        found += [
            _limit_reached(limit, f"{number}", taken, decision.counted_on)
            for number, (limit, slot, taken) in limits
            if slot is None
        ]
    if decision.demands or decision.rivals:
        found += _asked_of_others(decision, used)
    if decision.entry:
        found += _entry_refused(decision, used)
    elif decision.quota:
        found += _quota_exhausted(decision, used)
        if used.in_line and not found:
            # a free place belongs to the member who has waited longest
            message = N_("{count} wait for these places already")
            found.append(Refusal("others-wait", message, _WAIT, {"count": str(used.in_line)}))
    if decision.caps:
        found += _caps_exceeded(decision, used)
    if used.budgets_left_fen and not decision.entry:
        found += _budgets_exhausted(decision, used)
    return found


def find_free_slot(limit: LimitSlots, taken: TakenSlots, day: date) -> int | None:
    """Return the lowest free slot of a limit; None if the limit leaves no room on this day."""
    if limit.window_days is None:
        if not taken:
            return 1
        return next((n for n in range(1, limit.times + 1) if n not in taken), None)
    days = sorted([*taken.values(), day])
    full = any(
        (last - first).days < limit.window_days
        for first, last in zip(days, days[limit.times :], strict=False)
    )
    return None if full else next(n for n in range(1, len(taken) + 2) if n not in taken)


def _limit_reached(limit: LimitSlots, number: str, taken: TakenSlots, day: date) -> Refusal:
    params = {"times": str(limit.times)}
    if limit.shared:
        message = N_("“{shared}” was granted {times} times already, by this benefit or another one")
        params["shared"] = limit.shared.partition("/")[2]
        if limit.window_days is None and limit.period[:1].isdigit():
            params["period"] = limit.period
    elif limit.window_days is not None:
        message = N_("already granted {times} times within {days} days")
        params["days"] = str(limit.window_days)
    elif limit.period[:1].isdigit():
        message = N_("already granted {times} times in the period {period}")
        params["period"] = limit.period
    else:  # once, in the rule's lifetime, for this event
        message = N_("already granted {times} times, more are not foreseen")
    again = find_next_free_day(limit, taken, day)
    is_over = "period" in params and parse_period_key(limit.period)[1] < day  # a draw or move-up came later
    if again is not None:
        params["day"] = again.isoformat()
        remedy = GRANTED_AGAIN
    elif not is_over and all(part.startswith(_OF_MEMBER) for part in limit.key.split("&")):
        remedy = N_("under this rule it is not granted again")
    else:
        remedy = N_("under this rule it is not granted again for the same thing")
    return Refusal("limit-reached", message, remedy, params, number)


def find_next_free_day(limit: LimitSlots, taken: TakenSlots, day: date) -> date | None:
    """Return the first later day on which a limit that is reached leaves room; None if there is none in the programme."""
    if limit.window_days is not None:
        ends = sorted(one + timedelta(days=limit.window_days) for one in taken.values())
        again = next(
            (end for end in ends if end > day and find_free_slot(limit, taken, end) is not None), None
        )
    elif limit.period[:1].isdigit() and ".." not in limit.period:
        begins = parse_period_key(limit.period)[1] + timedelta(days=1)
        again = begins if begins > day else None
    else:
        again = None
    return again if again is not None and (limit.until is None or again <= limit.until) else None


def _quota_exhausted(decision: Decision, used: DecisionUsage) -> Iterator[Refusal]:
    remedy = N_("ask your union whether places are added")
    quota = decision.quota
    if quota is not None and used.quota >= quota.size:
        message = N_("all {size} places of the period {period} are taken")
        yield Refusal(_EXHAUSTED, message, remedy, {"size": str(quota.size), "period": quota.period})
    for above, count in zip(decision.quotas_above, used.quotas_above, strict=False):
        if count >= above.size:
            message = N_("all {size} places of {group} in the period {period} are taken")
            params = {"size": str(above.size), "group": above.group, "period": above.period}
            yield Refusal(_EXHAUSTED, message, remedy, params)


def _entry_refused(decision: Decision, used: DecisionUsage) -> Iterator[Refusal]:
    entry = decision.entry
    assert entry is not None
    params = {"first": entry.first.isoformat(), "last": entry.last.isoformat()}
    day = decision.submitted_on or decision.occurred_on
    if not entry.first <= day <= entry.last:
        message = N_("entries are taken from {first} to {last}")
        is_early = day < entry.first
        remedy = N_("take part from {first} on") if is_early else _ANOTHER_ROUND
        yield Refusal("entries-closed", message, remedy, params)
    elif used.drawn:
        message = N_("who takes part was fixed before this entry arrived; entries were taken until {last}")
        yield Refusal("entries-closed", message, _ANOTHER_ROUND, params)
    elif used.entries:
        yield Refusal("entered-already", N_("you take part already"), "", {})


def _asked_of_others(decision: Decision, used: DecisionUsage) -> Iterator[Refusal]:
    for demand in decision.demands:
        if not _is_met(demand, used.earlier.get(demand.rule, ())):
            code = "needs-other" if demand.kind == "after" else "not-with-other"
            yield Refusal(code, demand.otherwise, demand.remedy or "", {"rule": demand.rule})
    for rival in decision.rivals:
        if rival.rule in used.better:
            yield Refusal("better-given", rival.otherwise, rival.remedy or "", {"rule": rival.rule})


def _is_met(demand: GrantDependency, earlier: Sequence[PriorGrant]) -> bool:
    found = any(
        demand.first <= grant.day <= demand.last and (grant.is_used or not demand.used) for grant in earlier
    )
    return found == (demand.kind == "after")


def _caps_exceeded(decision: Decision, used: DecisionUsage) -> Iterator[Refusal]:
    for cap in decision.caps:
        used_fen = used.caps_fen.get(cap.cap, 0) if cap.per == "member_and_year" else 0
        total_fen = decision.amount_fen + used_fen
        if total_fen > cap.amount_fen:
            message = N_("with it {total} yuan would be granted, the cap “{cap}” allows {allowed} yuan")
            remedy = N_("ask your union: the cap leaves no room")
            params = {
                "total": format_yuan(total_fen),
                "cap": cap.title,
                "allowed": format_yuan(cap.amount_fen),
            }
            again = (
                date(int(cap.year) + 1, 1, 1) if cap.year and decision.amount_fen <= cap.amount_fen else None
            )
            if again is not None and _is_in_programme(decision, again):
                remedy, params["day"] = GRANTED_AGAIN, again.isoformat()
            yield Refusal("cap-exceeded", message, remedy, params, cap.cap)


def _is_in_programme(decision: Decision, day: date) -> bool:
    return all(limit.until is None or day <= limit.until for limit in decision.limits)


def _reduce_parts(decision: Decision, budgets_left_fen: Mapping[str, int]) -> dict[str, int]:
    """Return the partial parts for which less than the whole is left, each with what it gets.

    The parts that are not partial are paid first, then the partial ones in their order. Nothing is reduced
    if a partial part would get nothing: the decision is then refused, or waits, as a whole.
    """
    own = [due for due in decision.benefits if not due.stands_alone]
    left_fen = dict(budgets_left_fen)
    for name, amount_fen in budget_amounts(due for due in own if not due.partial).items():
        if name in left_fen:
            left_fen[name] -= amount_fen
    reduced: dict[str, int] = {}
    for due in own:
        if not due.partial or due.budget is None or due.budget not in left_fen:
            continue
        paid_fen = min(due.amount_fen, left_fen[due.budget])
        if paid_fen <= 0:
            return {}
        left_fen[due.budget] -= paid_fen
        if paid_fen < due.amount_fen:
            reduced[due.name] = paid_fen
    return reduced


def _parts_reduced(stated: Decision, reduced: Mapping[str, int]) -> Iterator[Refusal]:
    for due in stated.benefits:
        if due.name in reduced:
            yield Refusal(
                "part-reduced",
                N_(
                    "of “{part}” only {granted} yuan instead of {amount} yuan: no more was left of the budget {budget}"
                ),
                N_("ask your union whether the budget is raised"),
                {
                    "part": due.title,
                    "granted": format_yuan(reduced[due.name]),
                    "amount": format_yuan(due.amount_fen),
                    "budget": due.budget or "",
                },
            )


def _find_unpaid_parts(
    decision: Decision, budgets_left_fen: Mapping[str, int]
) -> dict[str, tuple[Refusal, ...]]:
    """Return the parts that are left out because their budget is exhausted, by name, each with the reason.

    The parts of the rule itself stand together, each top-up stands alone. Nothing is left out if no budget
    pays any part, or if the member can wait for the rule's own parts: then the decision as a whole is
    refused or waits.
    """
    own = tuple(due for due in decision.benefits if not due.stands_alone)
    left_fen = dict(budgets_left_fen)
    unpaid: dict[str, tuple[Refusal, ...]] = {}
    for group in (own, *((due,) for due in decision.benefits if due.stands_alone)):
        needed = budget_amounts(group)
        short = {name: fen for name, fen in needed.items() if fen > left_fen.get(name, fen)}
        for name, amount_fen in needed.items():
            if not short and name in left_fen:
                left_fen[name] -= amount_fen
        if short:
            reasons = tuple(_part_left_out(group, name, left_fen[name], fen) for name, fen in short.items())
            unpaid |= {due.name: reasons if due is group[0] else () for due in group}
    is_waiting_better = decision.waits and own and own[0].name in unpaid
    return {} if is_waiting_better or len(unpaid) == len(decision.benefits) else unpaid


def _part_left_out(group: Sequence[DueBenefit], budget: str, left_fen: int, amount_fen: int) -> Refusal:
    return Refusal(
        "part-left-out",
        N_("without “{part}”: the budget {budget} has {left} yuan left, {amount} yuan are needed"),
        N_("ask your union whether the budget is raised"),
        {
            "part": group[0].title,
            "budget": budget,
            "left": format_yuan(left_fen),
            "amount": format_yuan(amount_fen),
        },
    )


def _budgets_exhausted(decision: Decision, used: DecisionUsage) -> Iterator[Refusal]:
    for budget, amount_fen in decision.budgets.items():
        left_fen = used.budgets_left_fen.get(budget)
        if left_fen is not None and amount_fen > left_fen:
            yield Refusal(
                "budget-exhausted",
                N_("the budget {budget} has {left} yuan left, {amount} yuan are needed"),
                N_("ask your union whether the budget is raised"),
                {"budget": budget, "left": format_yuan(left_fen), "amount": format_yuan(amount_fen)},
            )
