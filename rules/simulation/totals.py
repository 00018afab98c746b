"""Totals of one side of a simulation: cost, what each member gets, and the days on which money or places ran out."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate
from typing import NamedTuple

from rules.engine.admission import Admission
from rules.engine.decision import Decision
from rules.engine.rule import QuotaShare
from rules.engine.usage import BUDGET_PREFIX, Usage, budget_key, quota_key, quota_key_of
from rules.facts import FactValue


@dataclass(slots=True)
class FundUsage:
    """A budget (in fen) or the places of a period (a count), and its use by day.

    ``runs_out_on`` is the day of the first event that found too little left; ``refused`` counts these events.
    """

    size: int | None
    before: int
    by_day: dict[date, int] = field(default_factory=dict)
    runs_out_on: date | None = None
    refused: int = 0

    @property
    def used(self) -> int:
        """The use at the end of the last day."""
        return self.before + sum(self.by_day.values())

    @property
    def most(self) -> int:
        """The greatest use at the end of a day."""
        return max((used for _, used in self.curve), default=self.before)

    @property
    def remaining(self) -> int | None:
        """The unused rest; None if no size is set."""
        return None if self.size is None else self.size - self.used

    @property
    def curve(self) -> tuple[tuple[date, int], ...]:
        """The use by the end of each day."""
        days = sorted(self.by_day)
        sums = accumulate((self.by_day[day] for day in days), initial=self.before)
        return tuple(zip(days, list(sums)[1:], strict=True))


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

    granted: int = 0
    refusals: int = 0  # places on a waiting list among them
    by_place: defaultdict[CostCell, int] = field(default_factory=lambda: defaultdict(int))  # worth in fen
    by_member: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    funds: dict[str, FundUsage] = field(default_factory=dict)  # by the ledger's key of the counter
    entries: dict[str, EntryTotals] = field(default_factory=dict)  # by the key of the places
    shares: Mapping[str, QuotaShare] = field(default_factory=dict)

    @property
    def amount_fen(self) -> int:
        """The worth of all grants together."""
        return sum(self.by_place.values())

    def add(
        self,
        facts: Mapping[str, FactValue],
        decision: Decision,
        admission: Admission | None,
        usage: Usage,
    ) -> None:
        """Count one decision; ``admission`` is None if conditions don't hold."""
        if self.shares and (share := self.shares.get(decision.rule_hash)):
            self._take_part(decision, share)
        if admission is None:
            self.refusals += 1
        elif admission.outcome == "granted":
            self._grant(facts, admission.of(decision), usage)
            self._exhaust_budgets(decision, admission, usage)
        elif admission.outcome == "entered":
            self._enter(decision)
        else:
            self._turn_away(decision, admission, usage)

    def _grant(self, facts: Mapping[str, FactValue], decision: Decision, usage: Usage) -> None:
        amount_fen, day = decision.amount_fen, decision.occurred_on
        code = facts.get("member.organisation") or facts.get("member.district") or ""
        self.granted += 1
        self.by_place[CostCell(day.isoformat()[:7], str(code), decision.rule_id)] += amount_fen
        self.by_member[decision.member] += amount_fen
        for key, size, taken in _takes(decision, usage):
            fund = self.funds.get(key) or self._fund(key, size, usage, taken)
            used = fund.by_day
            used[day] = used.get(day, 0) + taken

    def give_back(self, day: date, back: Mapping[str, int], usage: Usage) -> None:
        """Count back what ended on a day and was taken off the usage: of places and budgets, not of caps or entries."""
        for key, amount in back.items():
            fund = self.funds.get(key)
            if fund is None and key.startswith(BUDGET_PREFIX):  # granted before the first day
                fund = self._fund(key, usage.ceiling(key), usage, -amount)
            if fund is not None:
                fund.by_day[day] = fund.by_day.get(day, 0) - amount

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

    def _turn_away(self, decision: Decision, admission: Admission, usage: Usage) -> None:
        """Count a refusal for an exhausted bound, or a place on the waiting list."""
        self.refusals += 1
        self._exhaust_budgets(decision, admission, usage)
        if not decision.quota:
            return
        short = [refusal for refusal in admission.refusals if refusal.code in _PLACES]
        above = {refusal.params["group"] for refusal in short if "group" in refusal.params}
        is_own = any("group" not in refusal.params for refusal in short)
        for quota in decision.quotas:
            if quota.group in above or (quota is decision.quota and is_own):
                self._exhaust(quota_key_of(decision, quota), quota.size, decision.occurred_on, usage)

    def _exhaust_budgets(self, decision: Decision, admission: Admission, usage: Usage) -> None:
        """Note each budget for which something was refused, left out or reduced."""
        for refusal in admission.refusals:
            if refusal.code in _BUDGET_CODES:
                key = budget_key(refusal.params["budget"])
                self._exhaust(key, usage.ceiling(key), decision.occurred_on, usage)

    def _exhaust(self, key: str, size: int | None, on: date, usage: Usage) -> None:
        fund = self.funds.get(key) or self._fund(key, size, usage, 0)
        fund.refused += 1
        fund.runs_out_on = fund.runs_out_on or on

    def _fund(self, key: str, size: int | None, usage: Usage, taken: int) -> FundUsage:
        fund = self.funds[key] = FundUsage(size, usage.used(key) - taken)
        return fund


def merge_totals(one: SimulationTotals, other: SimulationTotals) -> SimulationTotals:
    """Return the sum of two totals whose rules share nothing: each rule and budget occurs in one only."""
    by_member = defaultdict(int, one.by_member)
    for member, amount_fen in other.by_member.items():
        by_member[member] += amount_fen
    return SimulationTotals(
        granted=one.granted + other.granted,
        refusals=one.refusals + other.refusals,
        by_place=defaultdict(int, {**one.by_place, **other.by_place}),
        by_member=by_member,
        funds={**one.funds, **other.funds},
        entries={**one.entries, **other.entries},
        shares={**one.shares, **other.shares},
    )


_BUDGET_CODES = frozenset({"budget-exhausted", "part-left-out", "part-reduced"})
_PLACES = frozenset({"quota-exhausted", "waits-already", "others-wait"})


def _takes(decision: Decision, usage: Usage) -> list[tuple[str, int | None, int]]:
    """Return the counters of places and budgets that a grant uses: key, size, amount."""
    found: list[tuple[str, int | None, int]] = [
        (quota_key_of(decision, quota), quota.size, 1) for quota in decision.quotas
    ]
    for budget, amount_fen in decision.budgets.items():
        key = budget_key(budget)
        found.append((key, usage.ceiling(key), amount_fen))
    return found
