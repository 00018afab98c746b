"""State that admission reads, and the changes that admitting makes to it.

The ledger's :class:`Usage` is rows under lock; a simulation uses :class:`UsageInMemory`. Both settle the
decisions of one event by :func:`settle_decisions`, so that both give the same result, to the fen.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from rules.engine.admission import Admission, DecisionUsage, PriorGrant, TakenSlots, admit_decision
from rules.engine.decision import ApplicableCap, Decision, LimitSlots, Quota, format_key_part

QUOTA_PREFIX, BUDGET_PREFIX, WAITS_PREFIX = "quota/", "budget/", "waits/"
SHARED_PREFIX = "shared/"
"""What the keys of slots that several rules share begin with; no rule's id holds a slash."""
_NONE: TakenSlots = {}
_NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class UsageKeys:
    """Keys that must be read (and locked, in their order) to settle some decisions."""

    counters: frozenset[str]
    limits: frozenset[str]
    earlier: frozenset[tuple[str, str]]  # rule, member
    lines: frozenset[str] = frozenset()  # waiting lists
    draws: frozenset[str] = frozenset()


@dataclass(slots=True)  # not frozen, like DecisionUsage
class UsageChange:
    """Change that one admission makes: amounts of counters by key, slots of limits, a grant that others read.

    Each slot has the day on which it counts. ``member`` is whose it is, where no event says so.
    """

    counters: Mapping[str, int]
    slots: tuple[tuple[str, int, date], ...]
    day: date
    granted: tuple[str, str] | None  # rule, member
    member: str = ""


class Usage(Protocol):
    """Grants, entries and waiting places that were not reversed."""

    def used(self, key: str) -> int:
        """Return how much of a counter is used."""

    def ceiling(self, key: str) -> int | None:
        """Return the ceiling of a counter; None if none is set."""

    def slots(self, key: str) -> TakenSlots:
        """Return the taken slots of a limit, with the day of each."""

    def earlier(self, rule_id: str, member: str) -> Sequence[PriorGrant]:
        """Return the grants of a rule to a member."""

    def in_line(self, key: str) -> int:
        """Return how many members of a waiting list wait now."""

    def is_drawn(self, key: str) -> bool:
        """Return whether the entries of a draw or a ranking are fixed."""

    def take(self, taking: UsageChange) -> None:
        """Count what was admitted."""


@dataclass(frozen=True, slots=True)
class GrantEnd:
    """What the ledger got back of a grant on a day: amounts by counter, or all that it took if it ``is_whole``.

    A person's act (``is_act``) counts after the events of its day, what falls due before them. Of a grant on no
    replayed event it tells whose it was, and the day of the grant.
    """

    day: date
    back: Mapping[str, int] = field(default_factory=dict)
    is_whole: bool = False
    is_act: bool = False
    member: str = ""
    granted_on: date = date.min


DecisionKey = tuple[str, str, str, str]
"""A decision of the ledger: source and id of its event, its rule and the hash of the version."""


@dataclass(frozen=True, slots=True)
class StartingUsage:
    """The ledger's state from which a simulation starts.

    ``used`` amounts by counter; ``slots`` taken with their days, by limit; ``earlier`` grants by rule and
    member; ``ceilings`` by counter, where one is set; ``ends`` of what the ledger granted on the replayed events,
    and ``earlier_ends`` of what it granted otherwise. ``later`` is what it decided otherwise on the replayed days.
    """

    used: Mapping[str, int] = field(default_factory=dict)
    slots: Mapping[str, Mapping[int, date]] = field(default_factory=dict)
    earlier: Mapping[tuple[str, str], Sequence[PriorGrant]] = field(default_factory=dict)
    ceilings: Mapping[str, int] = field(default_factory=dict)
    ends: Mapping[DecisionKey, Sequence[GrantEnd]] = field(default_factory=dict)
    earlier_ends: Sequence[GrantEnd] = ()
    later: Sequence[UsageChange] = ()


@dataclass(slots=True)
class UsageInMemory:
    """Usage without a database, for simulations and tests: that of the start, which is shared and never
    changes, and what was added since.
    """

    begun: StartingUsage = field(default_factory=StartingUsage)
    counters: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    taken: defaultdict[str, dict[int, date]] = field(default_factory=lambda: defaultdict(dict))
    grants: defaultdict[tuple[str, str], list[PriorGrant]] = field(default_factory=lambda: defaultdict(list))

    def used(self, key: str) -> int:
        return self.begun.used.get(key, 0) + self.counters.get(key, 0)

    def ceiling(self, key: str) -> int | None:
        return self.begun.ceilings.get(key)

    def slots(self, key: str) -> TakenSlots:
        before, since = self.begun.slots.get(key), self.taken.get(key, _NONE)
        return {**before, **since} if before else since

    def earlier(self, rule_id: str, member: str) -> Sequence[PriorGrant]:
        before, since = self.begun.earlier.get((rule_id, member)), self.grants.get((rule_id, member), ())
        return [*before, *since] if before else since

    def in_line(self, key: str) -> int:
        return self.used(key)  # in memory no member moves up the list

    def is_drawn(self, key: str) -> bool:
        return False  # officers hold draws; events don't

    def take(self, taking: UsageChange) -> None:
        for key, amount in taking.counters.items():
            self.counters[key] += amount
        for key, slot, day in taking.slots:
            self.taken[key][slot] = day
        if taking.granted:
            self.grants[taking.granted].append(PriorGrant(taking.day))

    def give_back(self, taken: UsageChange) -> None:
        """Count back what had been taken since the start."""
        for key, amount in taken.counters.items():
            self.counters[key] -= amount
        for key, slot, _ in taken.slots:
            self.taken[key].pop(slot, None)
        if taken.granted:
            self.grants[taken.granted].remove(PriorGrant(taken.day))


def settle_decisions(decisions: Sequence[Decision], usage: Usage) -> list[Admission | None]:
    """Admit the decisions on one event in order and count their usage; return None where nothing is due.

    Of rivals the more valuable comes first (of equal ones the first by id): the other is refused.
    """
    admissions: list[Admission | None] = [None] * len(decisions)
    granted: set[str] = set()
    for index in _in_turn(decisions):
        decision = decisions[index]
        better = frozenset(granted) if decision.rivals else _NOBODY
        admission = admit_decision(decision, read_decision_usage(decision, usage, better))
        admissions[index] = admission
        if admission.outcome != "refused":
            usage.take(compute_usage_change(admission.of(decision), admission))
        if admission.outcome == "granted":
            granted.add(decision.rule_id)
    return admissions


def _in_turn(decisions: Sequence[Decision]) -> list[int]:
    if len(decisions) == 1:
        return [0] if decisions[0].benefits else []
    due = [index for index, decision in enumerate(decisions) if decision.benefits]
    if len(due) < 2 or not any(decisions[index].rivals for index in due):
        return due
    return sorted(
        due, key=lambda i: (-decisions[i].amount_fen if decisions[i].rivals else 0, decisions[i].rule_id)
    )


def read_decision_usage(
    decision: Decision, usage: Usage, better: frozenset[str] = frozenset()
) -> DecisionUsage:
    """Return the part of the usage that affects one decision."""
    left_fen: dict[str, int] = {}
    for budget in decision.budgets:
        key = budget_key(budget)
        ceiling = usage.ceiling(key)
        if ceiling is not None:
            left_fen[budget] = ceiling - usage.used(key)
    caps, demands, above = decision.caps, decision.demands, decision.quotas_above
    return DecisionUsage(
        slots=[usage.slots(limit_key(decision, limit)) for limit in decision.limits],
        quota=usage.used(quota_key_of(decision, decision.quota)) if decision.quota else 0,
        quotas_above=[usage.used(quota_key_of(decision, quota)) for quota in above] if above else (),
        budgets_left_fen=left_fen,
        caps_fen={cap.cap: usage.used(cap_key(cap, decision.member)) for cap in caps if cap.year}
        if caps
        else {},
        earlier={d.rule: usage.earlier(d.rule, decision.member) for d in demands} if demands else {},
        better=better,
        entries=_entries(decision, usage) if decision.entry else 0,
        waiting=usage.used(member_waiting_key(decision)) if decision.waits else 0,
        in_line=usage.in_line(waiting_list_key(decision)) if decision.waits else 0,
        drawn=usage.is_drawn(places_key(decision)) if decision.entry else False,
    )


def _entries(decision: Decision, usage: Usage) -> int:
    """Return a number above zero if the member may make no other entry: one for each member, and as many
    as the first limit allows.
    """
    own, counted = entry_keys(decision)[0], entry_keys(decision)[-1]
    return max(usage.used(own), usage.used(counted) // decision.limit.times)


def compute_usage_change(decision: Decision, admission: Admission) -> UsageChange:
    """Return the change that an admission makes."""
    counters = admission_counter_amounts(decision, admission)
    if admission.outcome != "granted":
        return UsageChange(counters, (), decision.occurred_on, None)
    day = decision.counted_on
    slots = tuple(
        [
            (limit_key(decision, limit), slot, day)
            for limit, slot in zip(decision.limits, admission.slots, strict=True)
        ]
    )
    granted = (decision.rule_id, decision.member) if decision.others_ask else None
    return UsageChange(counters, slots, decision.occurred_on, granted)


def admission_counter_amounts(decision: Decision, admission: Admission) -> dict[str, int]:
    """Return the amount that an admission adds to each counter."""
    match admission.outcome:
        case "granted":
            return grant_counter_amounts(decision)
        case "entered":
            return dict.fromkeys(entry_keys(decision), 1)
        case "waiting":
            return dict.fromkeys(_waiting_keys(decision), 1)
    return {}


def collect_usage_keys(decisions: Iterable[Decision]) -> UsageKeys:
    """Return every key that the decisions that are due may read or change."""
    counters: set[str] = set()
    limits: set[str] = set()
    earlier: set[tuple[str, str]] = set()
    lines: set[str] = set()
    draws: set[str] = set()
    for decision in decisions:
        if not decision.benefits:
            continue
        limits.update(limit_key(decision, limit) for limit in decision.limits)
        counters.update(grant_counter_amounts(decision))
        if decision.entry:
            counters.update(entry_keys(decision))
            draws.add(places_key(decision))
        if decision.waits:
            counters.update(_waiting_keys(decision))
            lines.add(waiting_list_key(decision))
        for demand in decision.demands:
            earlier.add((demand.rule, decision.member))
            counters.add(grants_key(demand.rule, decision.member))
    return UsageKeys(
        frozenset(counters), frozenset(limits), frozenset(earlier), frozenset(lines), frozenset(draws)
    )


def grant_counter_amounts(decision: Decision) -> dict[str, int]:
    """Return the amount that a grant adds to each counter."""
    found: dict[str, int] = {}
    for cap in decision.caps:
        if cap.year is not None:
            found[cap_key(cap, decision.member)] = decision.amount_fen
    for quota in decision.quotas:
        found[quota_key_of(decision, quota)] = 1
    for due in decision.benefits:
        if due.budget:
            key = budget_key(due.budget)
            found[key] = found.get(key, 0) + due.amount_fen
    if decision.others_ask:
        found[grants_key(decision.rule_id, decision.member)] = 1
    return found


def limit_key(decision: Decision, limit: LimitSlots) -> str:
    """Return the key of a limit's slots: its rule, whom it counts for, and the period.

    In place of the rule stands the owner and the name of a limit that several rules share (``shared/370000/慰问``).
    """
    whose = f"{SHARED_PREFIX}{limit.shared}" if limit.shared else decision.rule_id
    return f"{whose}|{limit.key}|{limit.period}"


def quota_key(decision: Decision) -> str | None:
    """Return the key of the counter of a rule's places: of the narrowest quota."""
    return None if decision.quota is None else quota_key_of(decision, decision.quota)


def quota_key_of(decision: Decision, quota: Quota) -> str:
    """Return the key of the counter of one of the decision's quotas."""
    group = f"/{quota.group}" if quota.group else ""
    return f"{QUOTA_PREFIX}{decision.rule_id}/{quota.period}{group}"


def quota_group(key: str) -> str:
    """Return the group in the key of a quota's counter; neither rule ids nor periods contain a slash."""
    return "".join(key.removeprefix(QUOTA_PREFIX).split("/", 2)[2:])


def entry_keys(decision: Decision) -> tuple[str, ...]:
    """Return the keys of the counters of entries for one draw: the member's, and that of the first limit's
    key.
    """
    assert decision.quota, f"{decision.rule_id} collects entries for no places"
    begin = f"entry/{decision.rule_id}/{decision.quota.period}"
    return tuple(
        {f"{begin}/{format_key_part('member', decision.member)}": 1, f"{begin}/{decision.limit.key}": 1}
    )


def member_waiting_key(decision: Decision) -> str:
    """Return the key of the counter of a member's places on the waiting list, as the first limit counts them."""
    assert decision.quota, f"{decision.rule_id} waits for no places"
    return f"{WAITS_PREFIX}{decision.rule_id}/{decision.quota.period}/{decision.limit.key}"


def waiting_list_key(decision: Decision) -> str:
    """Return the key of the counter of all members put on the waiting list for the same places."""
    return f"waiting/{places_key(decision)}"


def waiting_line_key(decision: Decision) -> str:
    """Return the key of the counter of all members put on any waiting list of a rule and a period."""
    assert decision.quota, f"{decision.rule_id} waits for no places"
    return f"line/{decision.rule_id}/{decision.quota.period}"


def _waiting_keys(decision: Decision) -> tuple[str, ...]:
    return member_waiting_key(decision), waiting_list_key(decision), waiting_line_key(decision)


def places_key(decision: Decision) -> str:
    """Return the key of the places: of a rule, in a period, for a group if they are reserved for one."""
    return (quota_key(decision) or "").removeprefix("quota/")


def grants_key(rule_id: str, member: str) -> str:
    """Return the key of the counter of a rule's grants to a member; readers of these grants lock it."""
    return f"grants/{rule_id}/{member}"


def budget_key(budget: str) -> str:
    """Return the key of the counter of a budget."""
    return f"{BUDGET_PREFIX}{budget}"


def cap_key(cap: ApplicableCap, member: str) -> str:
    """Return the key of the counter of a yearly cap."""
    return f"cap/{cap.cap}/{cap.year}/{member}"
