"""What has been granted so far, as admission asks for it; and what admitting changes about it.

The ledger's :class:`Usage` is rows under lock; a simulation takes :class:`UsageInMemory`. Both settle the
decisions of one event by :func:`settle`, so that both come to the same, to the fen.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from rules.engine.admission import Admission, Earlier, SlotsTaken, Used, admit
from rules.engine.decision import CapUse, Decision, Slots
from rules.engine.turns import part


@dataclass(frozen=True, slots=True)
class Touched:
    """What must be known (and locked, in the order of the keys) to settle some decisions."""

    counters: frozenset[str]
    limits: frozenset[str]
    earlier: frozenset[tuple[str, str]]  # rule, member
    lines: frozenset[str] = frozenset()  # waiting lists
    draws: frozenset[str] = frozenset()


@dataclass(slots=True)  # not frozen, as Used
class Taking:
    """What one admission takes: amounts of counters by key, slots of limits, a grant that others ask for."""

    counters: Mapping[str, int]
    slots: tuple[tuple[str, int], ...]
    day: date
    granted: tuple[str, str] | None  # rule, member


class Usage(Protocol):
    """What has been granted, entered or waits, and was not taken back."""

    def used(self, key: str) -> int:
        """How much of a counter is used."""

    def ceiling(self, key: str) -> int | None:
        """How much of a counter there is; None where nobody has said."""

    def slots(self, key: str) -> SlotsTaken:
        """The slots of a limit that are taken, with the day of each."""

    def earlier(self, rule_id: str, member: str) -> Sequence[Earlier]:
        """The grants of a rule to a member."""

    def in_line(self, key: str) -> int:
        """How many of a waiting list wait now."""

    def is_drawn(self, key: str) -> bool:
        """Whether it is fixed who takes part in a draw or a ranking."""

    def take(self, taking: Taking) -> None:
        """Count what was admitted."""


@dataclass(slots=True)
class UsageInMemory:
    """Usage without a database, for simulations and tests; may begin where the ledger stands."""

    counters: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    ceilings: Mapping[str, int] = field(default_factory=dict)
    taken: defaultdict[str, dict[int, date]] = field(default_factory=lambda: defaultdict(dict))
    grants: defaultdict[tuple[str, str], list[Earlier]] = field(default_factory=lambda: defaultdict(list))

    def used(self, key: str) -> int:
        return self.counters.get(key, 0)

    def ceiling(self, key: str) -> int | None:
        return self.ceilings.get(key)

    def slots(self, key: str) -> SlotsTaken:
        return self.taken.get(key, {})

    def earlier(self, rule_id: str, member: str) -> Sequence[Earlier]:
        return self.grants.get((rule_id, member), ())

    def in_line(self, key: str) -> int:
        return self.used(key)  # nobody moves up here

    def is_drawn(self, key: str) -> bool:
        return False  # officers draw, not events

    def take(self, taking: Taking) -> None:
        for key, amount in taking.counters.items():
            self.counters[key] += amount
        for key, slot in taking.slots:
            self.taken[key][slot] = taking.day
        if taking.granted:
            self.grants[taking.granted].append(Earlier(taking.day))


_NOBODY: frozenset[str] = frozenset()


def settle(decisions: Sequence[Decision], usage: Usage) -> list[Admission | None]:
    """Admits the decisions on one event in their order, and counts what they take; None where nothing is due.

    Of rivals the more valuable comes first (of equal ones the one whose id does): the other is refused.
    """
    admissions: list[Admission | None] = [None] * len(decisions)
    granted: set[str] = set()
    for index in _in_turn(decisions):
        decision = decisions[index]
        better = frozenset(granted) if decision.rivals else _NOBODY
        admission = admit(decision, used_of(decision, usage, better))
        admissions[index] = admission
        if admission.outcome != "refused":
            usage.take(taking_of(decision, admission))
        if admission.outcome == "granted":
            granted.add(decision.rule_id)
    return admissions


def _in_turn(decisions: Sequence[Decision]) -> list[int]:
    due = [index for index, decision in enumerate(decisions) if decision.benefits]
    if len(due) < 2 or not any(decisions[index].rivals for index in due):
        return due
    return sorted(
        due, key=lambda i: (-decisions[i].amount_fen if decisions[i].rivals else 0, decisions[i].rule_id)
    )


def used_of(decision: Decision, usage: Usage, better: frozenset[str] = frozenset()) -> Used:
    """What of the usage one decision touches."""
    quota = quota_key(decision)
    left_fen: dict[str, int] = {}
    for budget in decision.budgets:
        key = budget_key(budget)
        ceiling = usage.ceiling(key)
        if ceiling is not None:
            left_fen[budget] = ceiling - usage.used(key)
    caps, demands = decision.caps, decision.demands
    return Used(
        slots=[usage.slots(limit_key(decision, limit)) for limit in decision.limits],
        quota=usage.used(quota) if quota else 0,
        budgets_left_fen=left_fen,
        caps_fen={cap.cap: usage.used(cap_key(cap, decision.member)) for cap in _yearly(decision)}
        if caps
        else {},
        earlier={d.rule: usage.earlier(d.rule, decision.member) for d in demands} if demands else {},
        better=better,
        entries=_entries(decision, usage) if decision.entry else 0,
        waiting=usage.used(waiting_key(decision)) if decision.waits else 0,
        in_line=usage.in_line(line_key(decision)) if decision.waits else 0,
        drawn=usage.is_drawn(places_key(decision)) if decision.entry else False,
    )


def _entries(decision: Decision, usage: Usage) -> int:
    """Above zero where no other entry has room: one for each member, and as many as the first limit allows."""
    own, counted = entry_keys(decision)[0], entry_keys(decision)[-1]
    return max(usage.used(own), usage.used(counted) // decision.limit.times)


def taking_of(decision: Decision, admission: Admission) -> Taking:
    """What an admission takes."""
    counters = counted(decision, admission)
    if admission.outcome != "granted":
        return Taking(counters, (), decision.occurred_on, None)
    keys = [limit_key(decision, limit) for limit in decision.limits]
    slots = tuple(zip(keys, admission.slots, strict=True))
    granted = (decision.rule_id, decision.member) if decision.others_ask else None
    return Taking(counters, slots, decision.occurred_on, granted)


def counted(decision: Decision, admission: Admission) -> dict[str, int]:
    """What an admission takes of each counter."""
    match admission.outcome:
        case "granted":
            return uses(decision)
        case "entered":
            return dict.fromkeys(entry_keys(decision), 1)
        case "waiting":
            return {waiting_key(decision): 1, line_key(decision): 1}
    return {}


def touched(decisions: Iterable[Decision]) -> Touched:
    """All that the decisions that are due may look at or change."""
    counters: set[str] = set()
    limits: set[str] = set()
    earlier: set[tuple[str, str]] = set()
    lines: set[str] = set()
    draws: set[str] = set()
    for decision in decisions:
        if not decision.benefits:
            continue
        limits.update(limit_key(decision, limit) for limit in decision.limits)
        counters.update(uses(decision))
        if decision.entry:
            counters.update(entry_keys(decision))
            draws.add(places_key(decision))
        if decision.waits:
            counters.update((waiting_key(decision), line_key(decision)))
            lines.add(line_key(decision))
        for demand in decision.demands:
            earlier.add((demand.rule, decision.member))
            counters.add(grants_key(demand.rule, decision.member))
    return Touched(
        frozenset(counters), frozenset(limits), frozenset(earlier), frozenset(lines), frozenset(draws)
    )


def uses(decision: Decision) -> dict[str, int]:
    """What granting takes of each counter."""
    found: dict[str, int] = {}
    for cap in decision.caps:
        if cap.year is not None:
            found[cap_key(cap, decision.member)] = decision.amount_fen
    if decision.quota is not None and (quota := quota_key(decision)):
        found[quota] = 1
    for due in decision.benefits:
        if due.budget:
            key = budget_key(due.budget)
            found[key] = found.get(key, 0) + due.amount_fen
    if decision.others_ask:
        found[grants_key(decision.rule_id, decision.member)] = 1
    return found


def limit_key(decision: Decision, limit: Slots) -> str:
    """Whose slots of which period a grant takes one of."""
    return f"{decision.rule_id}|{limit.key}|{limit.period}"


def quota_key(decision: Decision) -> str | None:
    """The counter of a rule's places."""
    if decision.quota is None:
        return None
    group = f"/{decision.quota.group}" if decision.quota.group else ""
    return f"quota/{decision.rule_id}/{decision.quota.period}{group}"


def entry_keys(decision: Decision) -> tuple[str, ...]:
    """The counters of entries for one draw: the member's, and that of whom the first limit counts by."""
    assert decision.quota, f"{decision.rule_id} collects entries for no places"
    begin = f"entry/{decision.rule_id}/{decision.quota.period}"
    return tuple({f"{begin}/{part('member', decision.member)}": 1, f"{begin}/{decision.limit.key}": 1})


def waiting_key(decision: Decision) -> str:
    """The counter of a member's places on the waiting list, as its first limit counts them."""
    assert decision.quota, f"{decision.rule_id} waits for no places"
    return f"waits/{decision.rule_id}/{decision.quota.period}/{decision.limit.key}"


def line_key(decision: Decision) -> str:
    """The counter of all who were put on the waiting list for the same places."""
    return f"waiting/{places_key(decision)}"


def places_key(decision: Decision) -> str:
    """Which places it is about: of a rule, in a period, where they are set aside for a group."""
    return (quota_key(decision) or "").removeprefix("quota/")


def grants_key(rule_id: str, member: str) -> str:
    """The counter of a rule's grants to a member, where other rules ask for it: who reads them locks it."""
    return f"grants/{rule_id}/{member}"


def budget_key(budget: str) -> str:
    """The counter of a budget."""
    return f"budget/{budget}"


def cap_key(cap: CapUse, member: str) -> str:
    """The counter of a yearly cap."""
    return f"cap/{cap.cap}/{cap.year}/{member}"


def _yearly(decision: Decision) -> list[CapUse]:
    """The caps that hold for a year's total; those for a single grant need no counter."""
    return [cap for cap in decision.caps if cap.year is not None]
