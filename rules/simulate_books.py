"""The bookkeeping of a simulation: the ledger's counters and slots, in memory."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from rules.admission import Admission, Used, admit
from rules.decision import CapUse, Checked, Decision


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a decision: an admission, or the conditions that it lacks."""

    granted: bool
    admission: Admission | None
    missing: tuple[Checked, ...]


@dataclass(slots=True)
class Books:
    """What is used so far: counters by the ledger's keys, ceilings of budgets, slots taken of each limit."""

    used: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    ceilings: Mapping[str, int] = field(default_factory=dict)
    slots: defaultdict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    def rule(self, decision: Decision) -> Outcome:
        """Admit a decision and book it, or say what stands against it."""
        if decision.benefit is None:
            return Outcome(False, None, decision.missing)
        admission = admit(decision, self._used(decision))
        if admission.slot is None:
            return Outcome(False, admission, ())
        self.slots[limit_key(decision)].add(admission.slot)
        for key, amount in uses(decision).items():
            self.used[key] += amount
        return Outcome(True, admission, ())

    def _used(self, decision: Decision) -> Used:
        quota = quota_key(decision)
        budget = f"budget/{decision.budget}" if decision.budget else None
        ceiling = None if budget is None else self.ceilings.get(budget)
        return Used(
            slots=frozenset(self.slots[limit_key(decision)]),
            quota=self.used[quota] if quota else 0,
            budget_left_fen=None if ceiling is None or budget is None else ceiling - self.used[budget],
            caps_fen={cap.cap: self.used[cap_key(cap, decision.member)] for cap in _yearly(decision)},
        )


def limit_key(decision: Decision) -> str:
    """Whose slots of which period a grant takes one of."""
    return f"{decision.rule_id}|{decision.limit.key}|{decision.limit.period}"


def quota_key(decision: Decision) -> str | None:
    """The counter of a rule's places."""
    return f"quota/{decision.rule_id}/{decision.quota.period}" if decision.quota else None


def cap_key(cap: CapUse, member: str) -> str:
    """The counter of a yearly cap."""
    return f"cap/{cap.cap}/{cap.year}/{member}"


def uses(decision: Decision) -> dict[str, int]:
    """What granting takes of each counter."""
    assert decision.benefit is not None, f"{decision.rule_id} can't be granted: nothing is due"
    amount_fen = decision.benefit.amount_fen
    found = {cap_key(cap, decision.member): amount_fen for cap in _yearly(decision)}
    if quota := quota_key(decision):
        found[quota] = 1
    if decision.budget:
        found[f"budget/{decision.budget}"] = amount_fen
    return found


def _yearly(decision: Decision) -> list[CapUse]:
    return [cap for cap in decision.caps if cap.year is not None]
