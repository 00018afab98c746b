"""Totals of one side of a simulation: cost, refusals, and the days on which money or places ran out."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from rules.engine.admission import Admission, Refusal
from rules.engine.decision import Decision
from rules.engine.rule import QuotaShare
from rules.engine.usage import Usage, budget_key, cap_key, quota_key, quota_key_of
from rules.facts import FactValue

_NOWHERE = ""


@dataclass(slots=True)
class GrantCost:
    """Grants and their worth."""

    count: int = 0
    amount_fen: int = 0


class RefusingBound(NamedTuple):
    """The bound that left no room: its kind, its name and its size, in fen for money.

    The name is the budget, the cap's title, the period and group of the places, another rule's id, or the
    facts by which a limit counts. Conditions have none.
    """

    kind: str = ""  # budget, quota, cap, limit, rule
    name: str = ""
    size: int | None = None
    number: str = ""  # which of the rule's limits, or which cap


_NO_BOUND = RefusingBound()


class RefusalKey(NamedTuple):
    """A rule, a reason's code and text, and the bound that left no room."""

    rule: str
    code: str
    text: str
    bound: RefusingBound = _NO_BOUND


@dataclass(slots=True)
class RefusalCount:
    """How often a rule refused for one reason, with one member as an example."""

    count: int
    example: str
    params: Mapping[str, str]


@dataclass(slots=True)
class FundUsage:
    """A budget (in fen) or the places of a period (a count), and its use by day.

    ``runs_out_on`` is the day of the first event that found too little left; ``refused`` counts these events.
    """

    size: int | None
    before: int
    used: int
    by_day: defaultdict[date, int] = field(default_factory=lambda: defaultdict(int))
    runs_out_on: date | None = None
    refused: int = 0

    @property
    def remaining(self) -> int | None:
        """The unused rest; None if no size is set."""
        return None if self.size is None else self.size - self.used


@dataclass(slots=True)
class CapPeak:
    """The highest total of one member (or one grant) under a cap, with the amount allowed."""

    title: str
    allowed_fen: int
    highest_fen: int = 0
    member: str = ""
    refused: int = 0

    @property
    def left_fen(self) -> int:
        """The difference between the cap and the highest total."""
        return self.allowed_fen - self.highest_fen


class CostCell(NamedTuple):
    """A cell of the cost: a civil month, the member's organisation (or district), a rule."""

    month: str
    organisation: str
    rule: str


@dataclass(slots=True)
class EntryTotals:
    """Entries from which a draw or a ranking will choose: their count, the places, the highest amount of one.

    If the places are a ``share``, their number follows from the participants so far.
    """

    places: int
    count: int = 0
    amount_fen: int = 0
    share: QuotaShare | None = None
    participants: set[str] = field(default_factory=set)

    @property
    def size(self) -> int:
        """The number of places."""
        return self.share.seats(len(self.participants)) if self.share else self.places


@dataclass(slots=True)
class SimulationTotals:
    """Counts over all events of one side; the properties compute sums over them on demand.

    ``shares`` are the quotas, by the hash of their rule, that are a share of the participants.
    """

    refusals: int = 0
    waiting: int = 0
    titles: dict[str, str] = field(default_factory=dict)
    by_place: defaultdict[CostCell, GrantCost] = field(default_factory=lambda: defaultdict(GrantCost))
    by_member_and_rule: defaultdict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    refused_by_rule: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    refused: dict[RefusalKey, RefusalCount] = field(default_factory=dict)
    funds: dict[str, FundUsage] = field(default_factory=dict)  # by the ledger's key of the counter
    caps: dict[str, CapPeak] = field(default_factory=dict)
    entries: dict[str, EntryTotals] = field(default_factory=dict)  # by the key of the places
    shares: Mapping[str, QuotaShare] = field(default_factory=dict)

    @property
    def cost(self) -> GrantCost:
        """All grants together."""
        return GrantCost(
            sum(cost.count for cost in self.by_place.values()),
            sum(cost.amount_fen for cost in self.by_place.values()),
        )

    @property
    def by_rule(self) -> Mapping[str, GrantCost]:
        """The grants of each rule."""
        found: defaultdict[str, GrantCost] = defaultdict(GrantCost)
        for place, cost in self.by_place.items():
            found[place.rule].count += cost.count
            found[place.rule].amount_fen += cost.amount_fen
        return found

    @property
    def by_member(self) -> Mapping[str, int]:
        """The amount that each member gets, in fen."""
        found: defaultdict[str, int] = defaultdict(int)
        for (member, _), amount_fen in self.by_member_and_rule.items():
            found[member] += amount_fen
        return found

    def count_members(self, rules: Collection[str]) -> int:
        """Return how many members are granted a benefit by any of these rules."""
        return len({member for member, rule in self.by_member_and_rule if rule in rules})

    def add(
        self,
        facts: Mapping[str, FactValue],
        decision: Decision,
        admission: Admission | None,
        usage: Usage,
    ) -> None:
        """Count one decision; ``admission`` is None if conditions don't hold."""
        rule_id = decision.rule_id
        if rule_id not in self.titles:
            self.titles[rule_id] = decision.rule_title
        if self.shares and (share := self.shares.get(decision.rule_hash)):
            self._take_part(decision, share)
        if admission is None:
            self._lack(decision)
        elif admission.outcome == "granted":
            self._grant(facts, admission.of(decision), usage)
            self._count_refusals(decision, admission, usage)
        elif admission.outcome == "entered":
            self._enter(decision)
        else:
            self._turn_away(decision, admission, usage)

    def _grant(self, facts: Mapping[str, FactValue], decision: Decision, usage: Usage) -> None:
        amount_fen, day = decision.amount_fen, decision.occurred_on
        code = facts.get("member.organisation") or facts.get("member.district") or _NOWHERE
        cost = self.by_place[CostCell(day.isoformat()[:7], str(code), decision.rule_id)]
        cost.count += 1
        cost.amount_fen += amount_fen
        self.by_member_and_rule[decision.member, decision.rule_id] += amount_fen
        for key, size, taken in _takes(decision, usage):
            fund = self.funds.get(key)
            if fund is None:
                fund = self._fund(key, size, usage, taken)
            fund.used += taken
            fund.by_day[day] += taken
        for cap in decision.caps:
            total_fen = usage.used(cap_key(cap, decision.member)) if cap.year else amount_fen
            room = self.caps.get(cap.cap)
            if room is None or not room.member or room.left_fen > cap.amount_fen - total_fen:
                refused = room.refused if room else 0
                self.caps[cap.cap] = CapPeak(cap.title, cap.amount_fen, total_fen, decision.member, refused)

    def _enter(self, decision: Decision) -> None:
        key = quota_key(decision)
        if key is None or decision.quota is None:
            return
        entries = self.entries.setdefault(key, EntryTotals(decision.quota.size))
        entries.count += 1
        entries.amount_fen = max(entries.amount_fen, decision.amount_fen)

    def _take_part(self, decision: Decision, share: QuotaShare) -> None:
        """Count a member whom the rule considered, whatever it decided."""
        key = quota_key(decision)
        if key is not None:
            self.entries.setdefault(key, EntryTotals(0, share=share)).participants.add(decision.member)

    def _lack(self, decision: Decision) -> None:
        self.refusals += 1
        self.refused_by_rule[decision.rule_id] += 1
        for checked in decision.missing:
            self._count(decision, "unknown" if checked.unknown else "condition", checked.else_text, {})

    def _turn_away(self, decision: Decision, admission: Admission, usage: Usage) -> None:
        """Count a refusal for an exhausted bound, or a place on the waiting list."""
        if admission.outcome == "waiting":
            self.waiting += 1
        else:
            self.refusals += 1
            self.refused_by_rule[decision.rule_id] += 1
        codes = self._count_refusals(decision, admission, usage)
        if codes & _PLACES:
            above = {refusal.params["group"] for refusal in admission.refusals if "group" in refusal.params}
            only_above = above and not any(
                "group" not in r.params for r in admission.refusals if r.code in _PLACES
            )
            for quota in decision.quotas:
                if quota.group in above or (quota is decision.quota and not only_above):
                    self._exhaust(decision, usage, quota_key_of(decision, quota))
        if "cap-exceeded" in codes:
            for cap in decision.caps:
                self.caps.setdefault(cap.cap, CapPeak(cap.title, cap.amount_fen)).refused += 1

    def _count_refusals(self, decision: Decision, admission: Admission, usage: Usage) -> set[str]:
        """Count each reason of a refusal, or why a part was left out, and note exhausted budgets."""
        for refusal in admission.refusals:
            bound = find_refusing_bound(decision, refusal, usage)
            self._count(decision, refusal.code, refusal.message, refusal.params, bound)
            if refusal.code in _BUDGET_CODES:
                self._exhaust(decision, usage, budget_key(refusal.params["budget"]))
        return {refusal.code for refusal in admission.refusals}

    def _exhaust(self, decision: Decision, usage: Usage, key: str | None) -> None:
        for other, size, _ in _takes(decision, usage):
            if other == key:
                fund = self._fund(other, size, usage, 0)
                fund.refused += 1
                fund.runs_out_on = fund.runs_out_on or decision.occurred_on

    def _count(
        self,
        decision: Decision,
        code: str,
        text: str,
        params: Mapping[str, str],
        bound: RefusingBound = _NO_BOUND,
    ) -> None:
        key = RefusalKey(decision.rule_id, code, text, bound)
        found = self.refused.get(key)
        if found is None:
            self.refused[key] = RefusalCount(1, decision.member, params)
        else:
            found.count += 1

    def _fund(self, key: str, size: int | None, usage: Usage, taken: int) -> FundUsage:
        fund = self.funds.get(key)
        if fund is None:
            before = usage.used(key) - taken
            fund = self.funds[key] = FundUsage(size, before, before)
        return fund


def merge_totals(one: SimulationTotals, other: SimulationTotals) -> SimulationTotals:
    """Return the sum of two totals whose rules share nothing: each rule, budget and cap occurs in one only."""
    return SimulationTotals(
        refusals=one.refusals + other.refusals,
        waiting=one.waiting + other.waiting,
        titles={**one.titles, **other.titles},
        by_place=defaultdict(GrantCost, {**one.by_place, **other.by_place}),
        by_member_and_rule=defaultdict(int, {**one.by_member_and_rule, **other.by_member_and_rule}),
        refused_by_rule=defaultdict(int, {**one.refused_by_rule, **other.refused_by_rule}),
        refused={**one.refused, **other.refused},
        funds={**one.funds, **other.funds},
        caps={**one.caps, **other.caps},
        entries={**one.entries, **other.entries},
        shares={**one.shares, **other.shares},
    )


_BUDGET_CODES = frozenset({"budget-exhausted", "part-left-out", "part-reduced"})
_PLACES = frozenset({"quota-exhausted", "waits-already", "others-wait"})


def find_refusing_bound(decision: Decision, refusal: Refusal, usage: Usage) -> RefusingBound:
    """Return the bound that a refusal is about, with its size."""
    params, number = refusal.params, refusal.bound
    match refusal.code:
        case code if code in _BUDGET_CODES:
            return RefusingBound("budget", params["budget"], usage.ceiling(budget_key(params["budget"])))
        case "cap-exceeded":
            cap = next(cap for cap in decision.caps if cap.cap == number)
            return RefusingBound("cap", cap.title, cap.amount_fen, number)
        case "limit-reached":
            limit = decision.limits[int(number) - 1]
            paths = [part.partition("=")[0] for part in limit.key.split("&")]
            return RefusingBound("limit", "&".join(paths), limit.times, number)
        case "quota-exhausted":
            group = params.get("group") or (decision.quota.group if decision.quota else "")
            name = f"{params['period']}/{group}" if group else params["period"]
            return RefusingBound("quota", name, int(params["size"]))
    return RefusingBound("rule", params["rule"]) if "rule" in params else _NO_BOUND


def _takes(decision: Decision, usage: Usage) -> list[tuple[str, int | None, int]]:
    """Return the counters of places and budgets that a grant uses: key, size, amount."""
    found: list[tuple[str, int | None, int]] = [
        (quota_key_of(decision, quota), quota.size, 1) for quota in decision.quotas
    ]
    for budget, amount_fen in decision.budgets.items():
        key = budget_key(budget)
        found.append((key, usage.ceiling(key), amount_fen))
    return found
